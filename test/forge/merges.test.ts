import { describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';
import { benchForEach } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
benchForEach((...ready) => {
  [forge, bench] = ready;
});

const merge = async (number: number, options: object = {}, login = 'writer'): Promise<string> =>
  (await forge.as(login).rest.pulls.merge({ ...bench.place, pull_number: number, ...options })).data.sha;
const settings = (change: object): Promise<unknown> => forge.as('owner').rest.repos.update({ ...bench.place, ...change });
/** What git has on main, read from a fresh fetch. */
const main = async (format: string, ...args: string[]): Promise<string> => {
  await bench.git('fetch', '-q', 'origin', 'main');
  return bench.git('log', '-1', `--format=${format}`, ...args, 'FETCH_HEAD');
};

describe('a merge commit', () => {
  it('joins base and head, in the name of who merged', async () => {
    const before = await bench.tip('main');
    const { number, head } = await bench.open('feature', { title: 'A feature' });
    const sha = await merge(number);
    expect(await bench.tip('main')).toBe(sha);
    expect(await main('%P')).toBe(`${before} ${head.sha}`);
    expect(await main('%an')).toBe('writer');
    expect(await main('%B')).toBe('Merge pull request #1 from owner/feature\n\nA feature\n');
    expect(await bench.pull(number)).toMatchObject({
      state: 'closed',
      merged: true,
      merge_commit_sha: sha,
      mergeable: null,
      merged_by: { login: 'writer' },
    });
    const { status } = await forge.as('reader').rest.pulls.checkIfMerged({ ...bench.place, pull_number: number });
    expect(status).toBe(204);
  });

  it('says what the caller wants it to say', async () => {
    const { number } = await bench.open('feature');
    await merge(number, { commit_title: 'A title', commit_message: 'A body' });
    expect(await main('%B')).toBe('A title\n\nA body\n');
  });
});

describe('a squash', () => {
  it('of one commit keeps its message, and names who wrote the request', async () => {
    await bench.commit('feature', { 'a.txt': 'a' }, { message: 'Add a\n\nBecause.' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'T' });
    const before = await bench.tip('main');
    await merge(data.number, { merge_method: 'squash' }, 'owner');
    expect(await main('%P')).toBe(before);
    expect(await main('%an')).toBe('writer');
    expect(await main('%B')).toBe('Add a (#1)\n\nBecause.\n\nCo-authored-by: Tester <tester@example.org>\n');
  });

  it('of several lists them under the title of the request', async () => {
    await bench.commit('feature', { 'a.txt': 'a' }, { message: 'Add a' });
    await bench.commit('feature', { 'b.txt': 'b' }, { message: 'Add b' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'Both' });
    await merge(data.number, { merge_method: 'squash' });
    expect(await main('%B')).toBe('Both (#1)\n\n* Add a\n\n* Add b\n\nCo-authored-by: Tester <tester@example.org>\n');
    expect(await bench.git('ls-tree', '--name-only', 'FETCH_HEAD')).toBe('README.md\na.txt\nb.txt');
  });
});

describe('a rebase', () => {
  it('puts each commit on the base, with its author, and by who merged', async () => {
    await bench.commit('feature', { 'a.txt': 'a' }, { message: 'Add a' });
    await bench.commit('feature', { 'b.txt': 'b' }, { message: 'Add b' });
    const moved = await bench.commit('main', { 'c.txt': 'c' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'T' });
    const sha = await merge(data.number, { merge_method: 'rebase' });
    await bench.git('fetch', '-q', 'origin', 'main');
    expect(await bench.git('log', '--format=%s|%an|%cn', `${moved}..${sha}`)).toBe('Add b|Tester|writer\nAdd a|Tester|writer');
    expect(await bench.git('log', '--format=%P', '-1', `${sha}~1`)).toBe(moved);
    expect(await bench.git('ls-tree', '--name-only', sha)).toBe('README.md\na.txt\nb.txt\nc.txt');
  });

  it('is refused where a commit conflicts although the whole does not', async () => {
    await bench.commit('feature', { 'README.md': 'one\n' });
    await bench.commit('feature', { 'README.md': 'two\n' });
    await bench.commit('main', { 'README.md': 'two\n' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'T' });
    const { status, body } = await refusal(merge(data.number, { merge_method: 'rebase' }));
    expect([status, body.message]).toEqual([405, "This branch can't be rebased"]);
    expect(await bench.tip('main')).not.toBe(data.head.sha);
  });
});

describe('a merge is refused', () => {
  it('for what is merged, closed, a draft, in conflict, or not there', async () => {
    const merged = await bench.open('merged');
    await merge(merged.number);
    const draft = await bench.open('draft', { draft: true });
    const closed = await bench.open('closed');
    await forge.as('writer').rest.pulls.update({ ...bench.place, pull_number: closed.number, state: 'closed' });
    await bench.commit('dirty', { 'README.md': 'theirs\n' });
    await bench.commit('main', { 'README.md': 'ours\n' });
    const dirty = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'dirty', base: 'main', title: 'T' });
    const refusals = [];
    for (const number of [merged.number, draft.number, closed.number, dirty.data.number, 99]) refusals.push(await refusal(merge(number)));
    expect(refusals.map(({ status, body }) => [status, body.message])).toEqual([
      [405, 'Pull Request is not mergeable'],
      [405, 'Pull Request is still a draft'],
      [405, 'Pull Request is not mergeable'],
      [405, 'Pull Request is not mergeable'],
      [404, 'Not Found'],
    ]);
  });

  it('to those who may only read', async () => {
    const { number } = await bench.open('feature');
    expect((await refusal(merge(number, {}, 'reader'))).status).toBe(403);
    expect((await refusal(merge(number, {}, 'stranger'))).status).toBe(403);
  });

  it('by a method that the repository does not allow', async () => {
    await settings({ allow_rebase_merge: false });
    const { number } = await bench.open('feature');
    const { status, body } = await refusal(merge(number, { merge_method: 'rebase' }));
    expect([status, body.message]).toEqual([405, 'Rebase merges are not allowed on this repository.']);
    expect((await refusal(merge(number, { merge_method: 'octopus' }))).status).toBe(422);
  });

  it('when the head is not the one that the caller names', async () => {
    const { number, head } = await bench.open('feature');
    const newer = await bench.commit('feature', { 'more.txt': 'more' });
    const { status, body } = await refusal(merge(number, { sha: head.sha }));
    expect([status, body.message]).toEqual([409, 'Head branch was modified. Review and try the merge again.']);
    await merge(number, { sha: newer });
    expect((await bench.pull(number)).merged).toBe(true);
  });
});

describe('what follows from a merge', () => {
  it('the head branch goes if the repository wants it, and a request into it goes where the branch went', async () => {
    await settings({ delete_branch_on_merge: true });
    const below = await bench.open('below');
    const above = await bench.open('above', { base: 'below' });
    await merge(below.number, { sha: below.head.sha });
    expect(await bench.tip('below')).toBe('');
    expect(await bench.pull(above.number)).toMatchObject({ state: 'open', base: { ref: 'main' }, commits: 1 });
    expect(await bench.effects('ref.deleted')).toEqual([expect.objectContaining({ subject: 'refs/heads/below' })]);
  });

  it('issues that its text names are closed, if it went into the default branch', async () => {
    const { rest } = forge.as('writer');
    for (const title of ['One', 'Two', 'Three']) await rest.issues.create({ ...bench.place, title });
    await bench.commit('feature', { 'a.txt': 'a' }, { message: 'Add a\n\nResolves #2' });
    const { data } = await rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'T', body: 'Fixes #1. See #3.' });
    await merge(data.number);
    const { data: issues } = await rest.issues.listForRepo({ ...bench.place, state: 'all', direction: 'asc' });
    expect(issues.filter(({ pull_request }) => pull_request === undefined).map(({ state }) => state)).toEqual(['closed', 'closed', 'open']);
  });

  it('is written down once: one effect, one move of the base', async () => {
    const { number } = await bench.open('feature');
    const sha = await merge(number);
    expect(await bench.effects('pull_request.merged')).toEqual([
      expect.objectContaining({ actor: 'writer', subject: '#1', details: expect.objectContaining({ sha, method: 'merge' }) as unknown }),
    ]);
    const moves = (await bench.effects('ref.updated')).filter(({ subject }) => subject === 'refs/heads/main');
    expect(moves.map(({ details }) => details?.['after'])).toEqual([sha]);
  });
});

describe('two merges at once', () => {
  /** Statuses of three squash merges at the same time. */
  const race = async (where: Workbench, branch: string, naming: boolean): Promise<number[]> => {
    const { number, head } = await where.open(branch);
    const wish = { ...where.place, pull_number: number, merge_method: 'squash' as const, ...(naming ? { sha: head.sha } : {}) };
    const tries = await Promise.allSettled([1, 2, 3].map(() => where.forge.as('writer').rest.pulls.merge(wish)));
    return tries.map((one) => (one.status === 'fulfilled' ? one.value.status : (one.reason as { status: number }).status)).sort();
  };

  it('merge once', async () => {
    expect(await race(bench, 'feature', false)).toEqual([200, 405, 405]);
    expect(await bench.effects('pull_request.merged')).toHaveLength(1);
  });

  it('can both succeed on a forge with the delays of real ones, unless they name the head', async () => {
    const delayed = await startTestForge({ arguments: [] });
    const slow = await workbench(delayed);
    try {
      expect(await race(slow, 'unguarded', false)).toEqual([200, 200, 200]);
      expect(await slow.effects('pull_request.merged')).toHaveLength(3);
      expect(await race(slow, 'guarded', true)).toEqual([200, 405, 405]);
      expect(await slow.effects('pull_request.merged')).toHaveLength(4);
    } finally {
      slow.dispose();
      await delayed.stop();
    }
  });
});

describe('merging branches', () => {
  it('makes a merge commit, finds nothing to do the second time, and refuses conflicts', async () => {
    const { rest } = forge.as('writer');
    const head = await bench.commit('feature', { 'a.txt': 'a' });
    const { data } = await rest.repos.merge({ ...bench.place, base: 'main', head: 'feature' });
    expect(data).toMatchObject({ sha: await bench.tip('main'), commit: { message: 'Merge feature into main' } });
    expect(data.parents.map(({ sha }) => sha)).toContain(head);
    expect((await rest.repos.merge({ ...bench.place, base: 'main', head })).status).toBe(204);
    await bench.commit('dirty', { 'README.md': 'theirs\n' });
    await bench.commit('main', { 'README.md': 'ours\n' });
    expect((await refusal(rest.repos.merge({ ...bench.place, base: 'main', head: 'dirty' }))).status).toBe(409);
    expect((await refusal(rest.repos.merge({ ...bench.place, base: 'main', head: 'nowhere' }))).status).toBe(404);
  });
});

describe("a request's branch", () => {
  it('is brought up to date with its base, once', async () => {
    const { number, head } = await bench.open('feature');
    const base = await bench.commit('main', { 'c.txt': 'c' });
    const { rest } = forge.as('writer');
    const wrong = rest.pulls.updateBranch({ ...bench.place, pull_number: number, expected_head_sha: base });
    expect((await refusal(wrong)).status).toBe(422);
    const { status } = await rest.pulls.updateBranch({ ...bench.place, pull_number: number, expected_head_sha: head.sha });
    expect(status).toBe(202);
    const updated = await bench.pull(number);
    await bench.git('fetch', '-q', 'origin', 'feature');
    expect(await bench.git('log', '-1', '--format=%P', 'FETCH_HEAD')).toBe(`${head.sha} ${base}`);
    expect(updated).toMatchObject({ head: { sha: await bench.tip('feature') }, mergeable: true });
    const again = await refusal(rest.pulls.updateBranch({ ...bench.place, pull_number: number }));
    expect([again.status, again.body.message]).toEqual([422, 'There are no new commits on the base branch.']);
  });
});
