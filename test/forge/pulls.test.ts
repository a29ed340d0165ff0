import { describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';
import { benchForEach } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
benchForEach((...ready) => {
  [forge, bench] = ready;
});

describe('opening a pull request', () => {
  it('shows both ends, how much it changes, and that it can be merged', async () => {
    const head = await bench.commit('feature', { 'a.txt': 'a\nb\n' });
    await bench.commit('feature', { 'b.txt': 'c\n' });
    const { data } = await forge
      .as('writer')
      .rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'A feature', body: 'Why' });
    expect(data).toMatchObject({ number: 1, state: 'open', title: 'A feature', body: 'Why', merged: false, user: { login: 'writer' } });
    expect(data).toMatchObject({ commits: 2, additions: 3, deletions: 0, changed_files: 2 });
    expect(data.head).toMatchObject({ ref: 'feature', label: 'owner:feature', sha: await bench.tip('feature') });
    expect(data.base).toMatchObject({ ref: 'main', sha: await bench.tip('main') });
    expect(head).not.toBe(data.head.sha);
    expect(await bench.pull(1)).toMatchObject({ mergeable: true, mergeable_state: 'clean' });
    expect(await bench.effects('pull_request.opened')).toEqual([expect.objectContaining({ actor: 'writer', subject: '#1' })]);
  });

  it('publishes its head and its merge as refs, as GitHub does', async () => {
    const { number, head } = await bench.open('feature');
    await bench.pull(number);
    const refs = await bench.git('ls-remote', forge.remote(bench.place, 'reader'), 'refs/pull/*');
    expect(refs).toContain(`${head.sha}\trefs/pull/1/head`);
    await bench.git('fetch', '-q', 'origin', 'refs/pull/1/merge');
    expect(await bench.git('log', '-1', '--format=%P', 'FETCH_HEAD')).toBe(`${await bench.tip('main')} ${head.sha}`);
  });

  it('is refused without a title, for branches that are not there, that have nothing new, and twice', async () => {
    const { rest } = forge.as('writer');
    const create = (fields: object): Promise<unknown> =>
      rest.pulls.create({ ...bench.place, title: 'T', head: 'main', base: 'main', ...fields });
    await bench.open('feature');
    const refusals = await Promise.all([
      refusal(create({ title: ' ' })),
      refusal(create({ head: 'nowhere' })),
      refusal(create({ head: 'feature', base: 'nowhere' })),
      refusal(create({})),
      refusal(create({ head: 'feature' })),
      refusal(create({ head: 'stranger:feature' })),
    ]);
    expect(refusals.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422, 422]);
    expect(refusals.map(({ body }) => body.errors?.[0])).toEqual([
      expect.objectContaining({ field: 'title' }),
      expect.objectContaining({ field: 'head', code: 'invalid' }),
      expect.objectContaining({ field: 'base', code: 'invalid' }),
      expect.objectContaining({ message: 'No commits between main and main' }),
      expect.objectContaining({ message: 'A pull request already exists for owner:feature.' }),
      expect.objectContaining({ field: 'head', code: 'invalid' }),
    ]);
  });

  it('is refused to those who may not', async () => {
    await bench.commit('feature', { 'a.txt': 'a' });
    const wish = { ...bench.place, title: 'T', head: 'feature', base: 'main' };
    expect((await refusal(forge.as('stranger').rest.pulls.create(wish))).status).toBe(403);
    expect((await forge.fetch(`/repos/owner/${bench.place.repo}/pulls`, { method: 'POST', body: JSON.stringify(wish) })).status).toBe(401);
    const hidden = await forge.repository(undefined, { private: true });
    expect((await refusal(forge.as('stranger').rest.pulls.create({ ...wish, ...hidden }))).status).toBe(404);
  });

  it('takes over an issue, which keeps its number and its title', async () => {
    await bench.open('other');
    await bench.commit('feature', { 'a.txt': 'a' });
    const missing = forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', issue: 9 });
    expect((await refusal(missing)).body.errors?.[0]).toMatchObject({ field: 'issue' });
  });
});

describe('the list of pull requests', () => {
  it('is the open ones, the newest first, in pages, by base and by head', async () => {
    await bench.open('one');
    await bench.open('two');
    await bench.open('three', { base: 'two' });
    const numbers = async (wish: object): Promise<number[]> =>
      (await forge.as('reader').rest.pulls.list({ ...bench.place, ...wish })).data.map(({ number }) => number);
    expect(await numbers({})).toEqual([3, 2, 1]);
    expect(await numbers({ direction: 'asc' })).toEqual([1, 2, 3]);
    expect(await numbers({ base: 'two' })).toEqual([3]);
    expect(await numbers({ head: 'owner:one' })).toEqual([1]);
    expect(await numbers({ head: 'writer:one' })).toEqual([]);
    expect(await numbers({ state: 'closed' })).toEqual([]);
    expect(await numbers({ per_page: 2, page: 2 })).toEqual([1]);
    expect((await refusal(numbers({ state: 'merged' }))).status).toBe(422);
  });
});

describe('mergeability', () => {
  it('is null for a while, until the forge has tried the merge', async () => {
    const delayed = await startTestForge({ arguments: [] });
    const slow = await workbench(delayed);
    try {
      const { number, mergeable, mergeable_state } = await slow.open('feature');
      expect({ mergeable, mergeable_state }).toEqual({ mergeable: null, mergeable_state: 'unknown' });
      expect((await slow.pull(number)).mergeable).toBeNull();
    } finally {
      slow.dispose();
      await delayed.stop();
    }
  });

  it('is false for what conflicts', async () => {
    await bench.commit('feature', { 'README.md': 'theirs\n' });
    await bench.commit('main', { 'README.md': 'ours\n' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'T' });
    expect(await bench.pull(data.number)).toMatchObject({ mergeable: false, mergeable_state: 'dirty', rebaseable: false });
  });
});
