import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { git, refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
let folder: string;
let clone: string;
const repository = { owner: 'owner', repo: 'history' };
const at = (day: number): string => `2024-01-0${day}T12:00:00Z`;

/** main: 1 – 2 – 3 – 4, topic: 2 – 5. */
beforeAll(async () => {
  forge = await startTestForge();
  await forge.repository('history');
  folder = mkdtempSync(path.join(tmpdir(), 'commits-'));
  clone = path.join(folder, 'history');
  await git(folder, 'clone', '-q', forge.remote(repository, 'writer'), clone);
  const commit = async (day: number, file: string, text: string, author: string): Promise<void> => {
    writeFileSync(path.join(clone, file), text);
    await git(clone, 'add', '.');
    await git(
      clone,
      '-c',
      `user.name=${author}`,
      'commit',
      '-qm',
      `Day ${day}\n\nMore about it.`,
      `--date=${at(day)}`,
      `--author=${author}`,
    );
  };
  await commit(1, 'a.txt', 'one\n', 'Ann <ann@example.org>');
  await commit(2, 'b.txt', 'two\n', 'writer <writer@users.noreply.forge.local>');
  await git(clone, 'branch', 'topic');
  await commit(3, 'a.txt', 'three\n', 'Ann <ann@example.org>');
  await git(clone, 'mv', 'b.txt', 'c.txt');
  await commit(4, 'line\nbreak', 'four\n', 'Bob <bob@example.org>');
  await git(clone, 'checkout', '-q', 'topic');
  await commit(5, 'topic.txt', 'five\n', 'Bob <bob@example.org>');
  await git(clone, 'push', '-q', 'origin', 'main', 'topic');
});
afterAll(async () => {
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the history', () => {
  const days = async (query: Record<string, unknown> = {}): Promise<string[]> =>
    (await forge.as('reader').rest.repos.listCommits({ ...repository, ...query })).data.map(
      ({ commit }) => commit.message.split('\n')[0] ?? '',
    );

  it.each<[Record<string, unknown>, string[]]>([
    [{}, ['Day 4', 'Day 3', 'Day 2', 'Day 1', 'Initial commit']],
    [{ sha: 'topic' }, ['Day 5', 'Day 2', 'Day 1', 'Initial commit']],
    [{ path: 'a.txt' }, ['Day 3', 'Day 1']],
    [{ path: 'line\nbreak' }, ['Day 4']],
    [{ path: '*.txt' }, []],
    [{ author: 'ann@example.org' }, ['Day 3', 'Day 1']],
    [{ author: 'writer' }, ['Day 2']],
    [{ author: 'an.@example.org' }, []],
    [{ per_page: 2, page: 2 }, ['Day 2', 'Day 1']],
    [{ until: '2000-01-01T00:00:00Z' }, []],
  ])('with %j is %j', async (query, expected) => {
    expect(await days(query)).toEqual(expected);
  });

  it('is walked page by page', async () => {
    const octokit = forge.as('reader');
    expect(await octokit.paginate(octokit.rest.repos.listCommits, { ...repository, per_page: 2 })).toHaveLength(5);
  });

  it('is refused from where nothing is, and where there is none', async () => {
    expect((await refusal(days({ sha: 'nowhere' }))).status).toBe(404);
    expect((await refusal(days({ since: 'yesterday' }))).status).toBe(422);
    const { repos } = forge.as('owner').rest;
    await repos.createForAuthenticatedUser({ name: 'void' });
    const { status, body } = await refusal(repos.listCommits({ owner: 'owner', repo: 'void' }));
    expect([status, body.message]).toEqual([409, 'Git Repository is empty.']);
  });
});

describe('a commit', () => {
  it('is found by branch, by id and by the beginning of its id, with what it changed', async () => {
    const { repos } = forge.as('reader').rest;
    const { data } = await repos.getCommit({ ...repository, ref: 'main' });
    expect(data.stats).toEqual({ total: 1, additions: 1, deletions: 0 });
    expect(data.files).toMatchObject([
      { filename: 'c.txt', previous_filename: 'b.txt', status: 'renamed' },
      { filename: 'line\nbreak', status: 'added', additions: 1, patch: '@@ -0,0 +1 @@\n+four' },
    ]);
    expect(data.author).toBeNull();
    for (const ref of [data.sha, data.sha.slice(0, 10), 'heads/main'])
      expect((await repos.getCommit({ ...repository, ref })).data.sha).toBe(data.sha);
    const second = await repos.getCommit({ ...repository, ref: 'topic~1' });
    expect(second.data).toMatchObject({ author: { login: 'writer' }, commit: { author: { date: at(2) } } });
    const { status, body } = await refusal(repos.getCommit({ ...repository, ref: 'f'.repeat(40) }));
    expect([status, body.message]).toEqual([422, `No commit found for SHA: ${'f'.repeat(40)}`]);
  });

  it('is given as a diff, as a patch that git applies, and as an id', async () => {
    const get = async (kind: string): Promise<string> =>
      (
        await forge.fetch('/repos/owner/history/commits/topic', { login: 'reader', headers: { accept: `application/vnd.github.${kind}` } })
      ).text();
    expect(await get('diff')).toContain('+++ b/topic.txt\n@@ -0,0 +1 @@\n+five');
    expect(await get('sha')).toBe(await git(clone, 'rev-parse', 'topic'));
    writeFileSync(path.join(folder, 'patch'), await get('patch'));
    await git(clone, 'checkout', '-q', '-b', 'applied', 'main');
    await git(clone, 'am', '-q', path.join(folder, 'patch'));
    expect(await git(clone, 'log', '-1', '--format=%an %s')).toBe('Bob Day 5');
  });

  it('belongs to the pull requests that bring it', async () => {
    const { pulls, repos } = forge.as('writer').rest;
    const { data: pull } = await pulls.create({ ...repository, head: 'topic', base: 'main', title: 'Day 5' });
    const of = async (sha: string): Promise<number[]> =>
      (await repos.listPullRequestsAssociatedWithCommit({ ...repository, commit_sha: sha })).data.map(({ number }) => number);
    expect(await of(pull.head.sha)).toEqual([pull.number]);
    expect(await of(pull.base.sha)).toEqual([]);
    expect(await of(await git(clone, 'rev-parse', 'topic~1'))).toEqual([]);
  });
});

describe('a comparison', () => {
  const compare = async (base: string, head: string, query: Record<string, unknown> = {}) =>
    (await forge.as('reader').rest.repos.compareCommits({ ...repository, base, head, ...query })).data;

  it('counts what each side has, from where they parted', async () => {
    const data = await compare('main', 'topic');
    expect(data).toMatchObject({ status: 'diverged', ahead_by: 1, behind_by: 2, total_commits: 1 });
    expect(data.merge_base_commit.sha).toBe(await git(clone, 'rev-parse', 'topic~1'));
    expect(data.commits.map(({ commit }) => commit.message.split('\n')[0])).toEqual(['Day 5']);
    expect(data.files?.map(({ filename }) => filename)).toEqual(['topic.txt']);
    expect((await compare('main', 'main')).status).toBe('identical');
    expect(await compare('main', 'main~1')).toMatchObject({ status: 'behind', ahead_by: 0, behind_by: 1, files: [] });
    expect((await compare('main~1', 'main')).status).toBe('ahead');
  });

  it('shows its commits oldest first, page by page, and its files on the first page', async () => {
    const first = await compare('main~4', 'owner:main', { per_page: 3 });
    const second = await compare('main~4', 'owner:main', { per_page: 3, page: 2 });
    const subjects = [...first.commits, ...second.commits].map(({ commit }) => commit.message.split('\n')[0]);
    expect(subjects).toEqual(['Day 1', 'Day 2', 'Day 3', 'Day 4']);
    expect([first.total_commits, first.files?.length, second.files?.length]).toEqual([4, 3, 0]);
  });

  it('is given as a diff', async () => {
    const answer = await forge.fetch('/repos/owner/history/compare/main...topic', {
      login: 'reader',
      headers: { accept: 'application/vnd.github.diff' },
    });
    expect(await answer.text()).toMatch(/^diff --git a\/topic.txt/);
  });

  it('is refused where a side is not there or nothing is shared', async () => {
    expect((await refusal(compare('main', 'nowhere'))).status).toBe(404);
    expect((await refusal(compare('main', 'stranger:main'))).status).toBe(404);
    await git(clone, 'checkout', '-q', '--orphan', 'alone');
    await git(clone, 'commit', '-qm', 'Alone');
    await git(clone, 'push', '-q', 'origin', 'alone');
    expect((await refusal(compare('main', 'alone'))).body.message).toBe('No common ancestor between main and alone.');
  });
});
