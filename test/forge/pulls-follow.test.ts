import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { refusal, type TestForge } from './harness.ts';
import { type PullView, type Workbench } from './pull-request-support.ts';
import { benchForEach } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
benchForEach((...ready) => {
  [forge, bench] = ready;
});

const update = async (number: number, fields: object, login = 'writer'): Promise<PullView> =>
  (await forge.as(login).rest.pulls.update({ ...bench.place, pull_number: number, ...fields })).data;

describe('a push', () => {
  it('to the head moves the request, its size and its refs', async () => {
    const { number } = await bench.open('feature');
    const sha = await bench.commit('feature', { 'more.txt': 'more\n' });
    expect(await bench.pull(number)).toMatchObject({ head: { sha }, commits: 2, changed_files: 2, mergeable: true });
    expect(await bench.git('ls-remote', 'origin', 'refs/pull/1/head')).toBe(`${sha}\trefs/pull/1/head`);
    expect(await bench.effects('pull_request.synchronize')).toHaveLength(1);
  });

  it('to the base makes mergeability anew', async () => {
    await bench.commit('feature', { 'README.md': 'theirs\n' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'T' });
    expect((await bench.pull(data.number)).mergeable).toBe(true);
    await bench.commit('main', { 'README.md': 'ours\n' });
    expect((await bench.pull(data.number)).mergeable).toBe(false);
  });

  it('of the head into the base is a merge', async () => {
    const { number, head } = await bench.open('feature');
    await bench.git('push', '-q', 'origin', `${head.sha}:refs/heads/main`);
    expect(await bench.pull(number)).toMatchObject({ merged: true, state: 'closed', merged_by: { login: 'writer' } });
    expect(await bench.effects('pull_request.merged')).toEqual([
      expect.objectContaining({ details: expect.objectContaining({ method: 'push' }) as unknown }),
    ]);
  });

  it('that takes the head or the base away closes the request', async () => {
    const head = await bench.open('head');
    await bench.commit('base', { 'b.txt': 'b' });
    const into = await bench.open('into', { base: 'base' });
    await bench.git('push', '-q', 'origin', ':head', ':base');
    expect(await bench.pull(head.number)).toMatchObject({ state: 'closed', merged: false });
    expect(await bench.pull(into.number)).toMatchObject({ state: 'closed', merged: false });
  });

  it('that leaves nothing to merge closes the request', async () => {
    const { number } = await bench.open('feature');
    await bench.git('push', '-q', '--force', 'origin', `${await bench.tip('main')}:refs/heads/feature`);
    expect(await bench.pull(number)).toMatchObject({ state: 'closed', merged: false, commits: 0 });
  });
});

describe('closing and reopening', () => {
  it('goes back and forth, and takes in what was pushed meanwhile', async () => {
    const { number } = await bench.open('feature');
    expect(await update(number, { state: 'closed' })).toMatchObject({ state: 'closed', merged: false });
    const sha = await bench.commit('feature', { 'more.txt': 'more' });
    expect((await bench.pull(number)).head.sha).not.toBe(sha);
    expect(await update(number, { state: 'open' })).toMatchObject({ state: 'open', head: { sha }, commits: 2 });
    expect((await bench.effects()).map(({ kind }) => kind).filter((kind) => kind.startsWith('pull_request'))).toEqual([
      'pull_request.opened',
      'pull_request.closed',
      'pull_request.reopened',
    ]);
  });

  it('is refused for what was merged, rewritten, deleted, or opened anew', async () => {
    const reopen = async (number: number): Promise<string> => {
      const { status, body } = await refusal(update(number, { state: 'open' }));
      return `${status} ${(body.errors?.[0] as { message: string }).message}`;
    };
    const merged = await bench.open('merged');
    await forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: merged.number });
    expect(await reopen(merged.number)).toBe('422 state cannot be changed. The pull request was merged.');

    const rewritten = await bench.open('rewritten');
    await update(rewritten.number, { state: 'closed' });
    await bench.commit('rewritten', { 'other.txt': 'other' }, { force: true });
    expect(await reopen(rewritten.number)).toBe('422 state cannot be changed. The rewritten branch was force-pushed or recreated.');

    const again = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'rewritten', base: 'main', title: 'Anew' });
    expect(await reopen(rewritten.number)).toBe(
      '422 state cannot be changed. There is already an open pull request from rewritten to main.',
    );
    await bench.git('push', '-q', 'origin', ':rewritten');
    expect(await reopen(again.data.number)).toBe('422 state cannot be changed. The rewritten branch has been deleted.');
  });
});

describe('an edit by the API of issues', () => {
  it('opens a request again together with all else that it asks for, or does nothing', async () => {
    const { number } = await bench.open('feature');
    await update(number, { state: 'closed' });
    const edit = (fields: object): Promise<unknown> =>
      forge.as('writer').rest.issues.update({ ...bench.place, issue_number: number, state: 'open', ...fields });
    expect((await refusal(edit({ title: ' ' }))).status).toBe(422);
    expect((await refusal(edit({ milestone: 77 }))).status).toBe(422);
    expect((await bench.pull(number)).state).toBe('closed');
    expect(await bench.effects('pull_request.reopened')).toEqual([]);
    await edit({ title: 'Once more' });
    expect(await bench.pull(number)).toMatchObject({ state: 'open', title: 'Once more' });
  });
});

describe('editing', () => {
  it('changes what the request says, by its author or who may write', async () => {
    const { number } = await bench.open('feature');
    expect(await update(number, { title: 'Better', body: 'Why' })).toMatchObject({ title: 'Better', body: 'Why' });
    expect((await refusal(update(number, { title: 'Mine' }, 'reader'))).status).toBe(403);
    expect((await refusal(update(number, { title: '' }))).status).toBe(422);
    expect((await refusal(update(number, { milestone: 1 }))).status).toBe(422);
    expect(await bench.effects('pull_request.edited')).toHaveLength(1);
  });

  it('gives the request another base', async () => {
    await bench.commit('release', { 'r.txt': 'r' });
    const { number } = await bench.open('feature');
    expect(await update(number, { base: 'release' })).toMatchObject({
      base: { ref: 'release', sha: await bench.tip('release') },
      commits: 1,
    });
    expect((await refusal(update(number, { base: 'nowhere' }))).body.errors?.[0]).toMatchObject({ field: 'base', code: 'invalid' });
    expect((await refusal(update(number, { base: 'feature' }))).status).toBe(422);
    expect((await bench.pull(number)).base.ref).toBe('release');
  });
});

describe('commits and files of a request', () => {
  it('are those that its head has beyond its base', async () => {
    await bench.commit('main', { 'old.txt': 'one\ntwo\nthree\n', 'gone.txt': 'gone\n' });
    await bench.commit(
      'feature',
      { 'old.txt': null, 'new.txt': 'one\ntwo\nthree\nfour\n', 'gone.txt': null, 'ä b.txt': 'x' },
      { message: 'Move' },
    );
    await bench.commit('main', { 'later.txt': 'later' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'T' });
    const at = { ...bench.place, pull_number: data.number };
    const { data: commits } = await forge.as('reader').rest.pulls.listCommits(at);
    expect(commits.map(({ sha, commit }) => [sha, commit.message])).toEqual([[data.head.sha, 'Move']]);
    const { data: files } = await forge.as('reader').rest.pulls.listFiles(at);
    expect(files.map(({ filename, status, changes }) => [filename, status, changes])).toEqual([
      ['gone.txt', 'removed', 1],
      ['new.txt', 'renamed', 1],
      ['ä b.txt', 'added', 1],
    ]);
    expect(files[1]).toMatchObject({ previous_filename: 'old.txt', patch: '@@ -1,3 +1,4 @@\n one\n two\n three\n+four' });
    const second = await forge.as('reader').rest.pulls.listFiles({ ...at, per_page: 2, page: 2 });
    expect(second.data.map(({ filename }) => filename)).toEqual(['ä b.txt']);
    expect(second.headers.link).toContain('rel="prev"');
  });

  it('are told apart whatever bytes are in messages and files, and when a file becomes a link', async () => {
    await bench.commit('main', { 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n' });
    await bench.git('checkout', '-q', '-B', 'odd', 'main');
    rmSync(path.join(bench.clone, 'a.txt'));
    symlinkSync('b.txt', path.join(bench.clone, 'a.txt'));
    writeFileSync(path.join(bench.clone, 'b.txt'), 'b\rdiff --git a/x b/x\n');
    writeFileSync(path.join(bench.clone, 'c.txt'), 'd\n');
    await bench.git('add', '--all');
    const message = 'One\x01two\x02 three';
    await bench.git('commit', '-q', '-m', message);
    await bench.git('commit', '-q', '--allow-empty', '-m', 'Next');
    await bench.git('push', '-q', forge.remote(bench.place, 'writer'), 'odd');
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'odd', base: 'main', title: 'Odd' });
    const at = { ...bench.place, pull_number: data.number };
    const { data: commits } = await forge.as('reader').rest.pulls.listCommits(at);
    expect(commits.map(({ commit }) => commit.message)).toEqual([message, 'Next']);
    const { data: files } = await forge.as('reader').rest.pulls.listFiles(at);
    expect(files.map(({ filename, patch }) => [filename, patch])).toEqual([
      ['a.txt', '@@ -1 +0,0 @@\n-a\n@@ -0,0 +1 @@\n+b.txt\n\\ No newline at end of file'],
      ['b.txt', '@@ -1 +1 @@\n-b\n+b\rdiff --git a/x b/x'],
      ['c.txt', '@@ -1 +1 @@\n-c\n+d'],
    ]);
    await forge.as('writer').rest.pulls.merge({ ...at, merge_method: 'rebase' });
    await bench.git('fetch', '-q', 'origin', 'main');
    expect((await bench.git('log', '-z', '--format=%s', '-2', 'FETCH_HEAD')).split('\0').slice(0, 2)).toEqual(['Next', message]);
  });

  it('stay what they were once it is merged', async () => {
    const { number, head } = await bench.open('feature');
    await forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: number });
    const { data } = await forge.as('reader').rest.pulls.listCommits({ ...bench.place, pull_number: number });
    expect(data.map(({ sha }) => sha)).toEqual([head.sha]);
  });
});
