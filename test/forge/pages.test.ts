// The pages at `html_url`, as a browser without a token gets them.
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { cloned, ended, job, jobsOf, push, workflow } from './ci-support.ts';
import type { TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';
import { oneBench } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
oneBench((...ready) => {
  [forge, bench] = ready;
});

const page = async (address: string | null | undefined, login?: string): Promise<{ status: number; text: string; headers: Headers }> => {
  const response = await forge.fetch((address ?? '').replace(forge.url, ''), {
    headers: { accept: 'text/html' },
    ...(login === undefined ? {} : { login }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

describe('pages for people', () => {
  it('are where the API says that they are, and say what is there', async () => {
    const { pulls, issues, checks, repos } = forge.as('writer').rest;
    const { data: issue } = await issues.create({
      ...bench.place,
      title: 'It is broken',
      body: 'Look at https://example.org/why',
      labels: ['bug'],
    });
    const { data: comment } = await issues.createComment({ ...bench.place, issue_number: issue.number, body: 'Indeed.<!-- marker -->' });
    const pull = await bench.open('feature', { title: 'Mend it', body: `Fixes #${issue.number}` });
    const { data: review } = await forge.as('owner').rest.pulls.createReview({
      ...bench.place,
      pull_number: pull.number,
      event: 'REQUEST_CHANGES',
      body: 'Not quite.',
      comments: [{ path: 'feature.txt', line: 1, body: 'Why this line?' }],
    });
    const [said] = (await pulls.listReviewComments({ ...bench.place, pull_number: pull.number })).data;
    const { data: check } = await checks.create({
      ...bench.place,
      head_sha: pull.head.sha,
      name: 'types',
      conclusion: 'failure',
      output: { title: 'Two errors', summary: 'In feature.txt' },
    });
    await repos.createCommitStatus({ ...bench.place, sha: pull.head.sha, state: 'success', context: 'lint' });
    const file = (await repos.getContent({ ...bench.place, path: 'feature.txt', ref: 'feature' })).data as { html_url: string };
    const { data: commit } = await repos.getCommit({ ...bench.place, ref: pull.head.sha });

    const expected: [string | null | undefined, ...string[]][] = [
      [pull.base.repo.html_url, bench.place.repo, 'git clone ', 'README.md', 'Issues (1 open)', 'Pull requests (1 open)'],
      [issue.html_url, 'It is broken', 'bug', 'href="https://example.org/why"', 'Indeed.'],
      [comment.html_url, `id="issuecomment-${comment.id}"`],
      [pull.html_url, 'Mend it', 'owner:feature', 'Not quite.', 'requested changes', 'Why this line?', 'feature.txt:1', 'types', 'lint'],
      [review.html_url, `id="pullrequestreview-${review.id}"`],
      [said?.html_url, `id="discussion_r${said?.id ?? 0}"`],
      [`${pull.html_url}/files`, 'feature.txt', '<span class="added">+feature</span>', '+1 −0'],
      [`${pull.html_url}/commits`, 'Change feature.txt'],
      [`${pull.html_url}/checks`, 'types', 'Two errors', 'lint'],
      [pull.diff_url, 'diff --git a/feature.txt b/feature.txt', '+feature'],
      [pull.patch_url, 'Subject: [PATCH] Change feature.txt'],
      [check.html_url, 'types', 'Two errors', 'In feature.txt', 'failure'],
      [file.html_url, '<pre>feature\n</pre>'],
      [commit.html_url, 'Change feature.txt', '<span class="added">+feature</span>'],
      [issue.user?.html_url, 'writer'],
      ['/', `/owner/${bench.place.repo}`],
      [`${pull.base.repo.html_url}/issues`, 'It is broken', '1 open'],
      [`${pull.base.repo.html_url}/pulls`, 'Mend it'],
    ];
    for (const [address, ...parts] of expected) {
      const { status, text } = await page(address);
      expect([address, status]).toEqual([address, 200]);
      for (const part of parts) expect(text).toContain(part);
    }
    expect((await page(comment.html_url)).text).not.toContain('marker');
    const redirected = await forge.fetch(`/owner/${bench.place.repo}/issues/${pull.number}`, { redirect: 'manual' });
    expect(redirected.headers.get('location')).toBe(`/owner/${bench.place.repo}/pull/${pull.number}`);
  });

  it('show runs of CI with the logs of their jobs', async () => {
    const repository = await cloned(forge);
    const sha = await push(repository, workflow(job('test', 'echo "<b>loud</b>"')));
    const run = await ended(forge, repository, sha);
    const [only] = await jobsOf(forge, repository, run);
    expect((await page(run.html_url)).text).toContain(only?.html_url?.replace(forge.url, ''));
    expect((await page(only?.html_url)).text).toContain('&lt;b&gt;loud&lt;/b&gt;');
  });

  it('say what a merge lacks', async () => {
    const { number, html_url } = await bench.open('waiting', { draft: true });
    await bench.pull(number);
    expect((await page(html_url)).text).toContain('It is a draft.');
  });

  it('show what people write as Markdown', async () => {
    const body = '## Why\n\n<details><summary><b>Proof</b></summary>\n\n| gate | |\n|---|---|\n| open | **met** |\n</details>\n\n- `one`';
    const { data } = await forge.as('writer').rest.issues.create({ ...bench.place, title: 'Markdown', body });
    const { text } = await page(data.html_url);
    for (const part of ['<h2>Why</h2>', '<summary><b>Proof</b></summary>', '<strong>met</strong>', '<li><code>one</code></li>'])
      expect(text).toContain(part);
  });

  it('run nothing that somebody wrote: neither titles, texts, names, diffs nor addresses', async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
    const { issues, checks, repos } = forge.as('writer').rest;
    await issues.createLabel({ ...bench.place, name: '<i>label</i>', color: 'ff0000' });
    const { data: issue } = await issues.create({
      ...bench.place,
      title: evil,
      body: `${evil} javascript:alert(3)`,
      labels: ['<i>label</i>'],
    });
    await issues.createComment({ ...bench.place, issue_number: issue.number, body: `https://example.org/"onmouseover="alert(4) ${evil}` });
    const markdown =
      '[x](javascript:alert(5)) ![p](https://example.org/p.png) <details open onclick="alert(6)"> <details></div> &#x202E; &lt;img src=x&gt;';
    const { data: said } = await issues.createComment({ ...bench.place, issue_number: issue.number, body: markdown });
    expect((await page(said.html_url)).text).toContain('[x](javascript:alert(5))');
    await bench.commit('hostile', { '<b>name</b>.txt': `${evil}\nabc\u202Etxt.exe\n` }, { message: evil });
    const { data: pull } = await forge
      .as('writer')
      .rest.pulls.create({ ...bench.place, head: 'hostile', base: 'main', title: evil, body: evil });
    const sha = pull.head.sha;
    const { data: check } = await checks.create({
      ...bench.place,
      head_sha: sha,
      name: evil,
      conclusion: 'failure',
      output: { title: evil, summary: evil },
    });
    await repos.createCommitStatus({
      ...bench.place,
      sha,
      state: 'failure',
      context: evil,
      description: evil,
      target_url: 'https://example.org/',
    });
    const root = pull.base.repo.html_url;
    const addresses = [
      issue.html_url,
      pull.html_url,
      `${pull.html_url}/files`,
      `${pull.html_url}/commits`,
      `${pull.html_url}/checks`,
      check.html_url,
    ];
    for (const address of [...addresses, `${root}/commit/${sha}`, `${root}/tree/hostile`, `${root}/issues`, `${root}/pulls`]) {
      const { status, text, headers } = await page(address);
      expect(status).toBe(200);
      expect(text).not.toMatch(/<script|<img|<i>|<b>name|javascript:[^<]*"|\son\w+=(?!&)/i);
      expect(text).not.toContain('\u202E');
      const policy = headers.get('content-security-policy');
      const style = /<style>([^<]*)<\/style>/.exec(text)?.[1] ?? '';
      expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
      expect(policy).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    const plain = await page(pull.diff_url);
    expect([plain.headers.get('content-type'), plain.headers.get('x-content-type-options')]).toEqual([
      'text/plain; charset=utf-8',
      'nosniff',
    ]);
  });

  it('are as little there as the repository, for who may not see it', async () => {
    const hidden = await workbench(forge, { private: true });
    try {
      const { html_url, base } = await hidden.open('secret');
      for (const address of [
        base.repo.html_url,
        html_url,
        `${html_url}/files`,
        `${html_url}.diff`,
        `${base.repo.html_url}/blob/main/README.md`,
      ]) {
        const missing = await page(address.replace(hidden.place.repo, 'no-such-repository'));
        for (const answer of [await page(address), await page(address, 'stranger')])
          expect([answer.status, answer.text]).toEqual([404, missing.text]);
        expect((await page(address, 'reader')).status).toBe(200);
      }
      expect((await page('/owner')).text).not.toContain(hidden.place.repo);
      expect((await page('/owner', 'reader')).text).toContain(hidden.place.repo);
    } finally {
      hidden.dispose();
    }
  });

  it('do not stand in the way of the API, and are not there for what nobody has', async () => {
    const root = `/owner/${bench.place.repo}`;
    const lost = [
      '/issues/999',
      '/issues/x',
      '/pull/999',
      '/pull/2/nonsense',
      `/commit/${'f'.repeat(40)}`,
      '/blob/main/no',
      '/blob/nowhere/x',
      '/runs/1',
      '/actions/runs/1',
      '/actions/runs/1/job/1',
      '/wiki',
    ];
    for (const route of lost) expect([route, (await page(root + route)).status]).toEqual([route, 404]);
    expect((await page(`/owner/..%2f..%2fetc`)).status).toBe(404);
    expect((await page('/nobody')).status).toBe(501);
    expect((await forge.fetch(root, { method: 'POST', body: '{}', login: 'owner' })).status).toBe(501);
    expect((await forge.fetch(`/repos${root}`)).headers.get('content-type')).toContain('application/json');
  });
});
