// Auto-merge and the merge queue, switched on and used by GraphQL, as on GitHub; the checks come from the API or from CI itself.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { workflow } from './ci-support.ts';
import { eventually, type TestForge } from './harness.ts';
import type { PullView, Workbench } from './pull-request-support.ts';
import {
  autoMerge,
  dequeued,
  enqueue,
  groupOf,
  groups,
  merged,
  mutate,
  parentsOf,
  protectByQueue,
  queue,
  queued,
  report,
} from './queue-support.ts';
import { benchForEach } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
benchForEach((...ready) => {
  [forge, bench] = ready;
});

describe('auto-merge', () => {
  beforeEach(async () => {
    const { repos } = forge.as('owner').rest;
    await repos.update({ ...bench.place, allow_auto_merge: true });
    await repos.updateBranchProtection({
      ...bench.place,
      branch: 'main',
      required_status_checks: { strict: false, contexts: ['build'] },
      enforce_admins: true,
      required_pull_request_reviews: null,
      restrictions: null,
    });
  });

  it('merges once the last check has succeeded, and not before, as was wished when it was switched on', async () => {
    const pull = await bench.open('feature');
    await autoMerge(bench, pull, { mergeMethod: 'SQUASH', commitHeadline: 'All at once' });
    expect(await bench.pull(pull.number)).toMatchObject({ merged: false, auto_merge: { merge_method: 'squash' } });
    await report(bench, pull.head.sha, 'build', 'success');
    await merged(bench, pull.number);
    expect(await bench.effects('pull_request.merged')).toEqual([expect.objectContaining({ actor: 'writer' })]);
    await bench.git('fetch', '-q', 'origin', 'main');
    expect(await bench.git('log', '-1', '--format=%s', 'FETCH_HEAD')).toBe('All at once');
  });

  it('waits for what comes late, and merges what was pushed then', async () => {
    const pull = await bench.open('feature');
    await autoMerge(bench, pull);
    await report(bench, pull.head.sha, 'build', 'failure');
    const head = await bench.commit('feature', { 'more.txt': 'more\n' });
    expect(await bench.pull(pull.number)).toMatchObject({ merged: false, auto_merge: { merge_method: 'merge' } });
    await report(bench, head, 'build', 'success');
    await merged(bench, pull.number);
    expect((await bench.pull(pull.number)).head.sha).toBe(head);
  });

  it('is off after a conversion to draft, and merges nothing then', async () => {
    const pull = await bench.open('feature');
    await autoMerge(bench, pull);
    await mutate(bench, 'convertPullRequestToDraft', { pullRequestId: pull.node_id });
    await report(bench, pull.head.sha, 'build', 'success');
    await mutate(bench, 'markPullRequestReadyForReview', { pullRequestId: pull.node_id });
    expect(await bench.pull(pull.number)).toMatchObject({ merged: false, auto_merge: null, mergeable_state: 'clean' });
    await expect(autoMerge(bench, pull)).rejects.toThrow('Pull request is in clean status');
  });
});

describe('a merge queue', () => {
  it('tests each request upon the one before, and with ALLGREEN merges each only when it is green itself', async () => {
    const [one, two] = (await queued(bench, {}, 'one', 'two')) as [PullView, PullView];
    const [first, second] = [await groupOf(bench, one.number), await groupOf(bench, two.number)];
    expect(await parentsOf(bench, second)).toBe(first);
    expect(await queue(bench)).toEqual([
      { position: 1, state: 'AWAITING_CHECKS', pullRequest: { number: one.number } },
      { position: 2, state: 'AWAITING_CHECKS', pullRequest: { number: two.number } },
    ]);
    const direct = forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: one.number });
    await expect(direct).rejects.toThrow('Changes must be made through the merge queue');
    await report(bench, second, 'build', 'success');
    expect((await bench.pull(two.number)).merged).toBe(false);
    await report(bench, first, 'build', 'success');
    await merged(bench, two.number);
    expect(await bench.tip('main')).toBe(second);
    expect((await bench.effects('pull_request.merged')).map(({ subject }) => subject)).toEqual([`#${one.number}`, `#${two.number}`]);
    expect((await groups(bench)).size).toBe(0);
    expect(await dequeued(bench)).toEqual([
      [`#${one.number}`, 'MERGE'],
      [`#${two.number}`, 'MERGE'],
    ]);
  });

  it('with HEADGREEN merges together what is below a green one, red or not', async () => {
    const [one, two] = (await queued(bench, { grouping_strategy: 'HEADGREEN' }, 'one', 'two')) as [PullView, PullView];
    const [first, second] = [await groupOf(bench, one.number), await groupOf(bench, two.number)];
    await report(bench, second, 'build', 'success');
    await merged(bench, two.number);
    expect((await bench.pull(one.number)).merged).toBe(true);
    expect(await bench.tip('main')).toBe(second);
    expect(await parentsOf(bench, second)).toBe(first);
  });

  it('drops what is red, tests anew what was built upon it, and does not take it back by itself', async () => {
    const [one, two] = (await queued(bench, {}, 'one', 'two')) as [PullView, PullView];
    const [first, second] = [await groupOf(bench, one.number), await groupOf(bench, two.number)];
    await report(bench, first, 'build', 'failure');
    const anew = await groupOf(bench, two.number, second);
    await report(bench, anew, 'build', 'success');
    await merged(bench, two.number);
    expect(await bench.tip('main')).toBe(anew);
    expect(await bench.pull(one.number)).toMatchObject({ merged: false, auto_merge: null });
    expect(await bench.effects('pull_request.enqueued')).toHaveLength(2);
    expect(await dequeued(bench)).toContainEqual([`#${one.number}`, 'CI_FAILURE']);
    await enqueue(bench, one);
    await report(bench, await groupOf(bench, one.number), 'build', 'success');
    await merged(bench, one.number);
  });

  it('drops a request that conflicts with one ahead of it, though each can be merged alone', async () => {
    const open = async (branch: string): Promise<PullView> => {
      await bench.commit(branch, { 'README.md': `${branch}\n` });
      const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: branch, base: 'main', title: branch });
      await report(bench, data.head.sha, 'build', 'success');
      return data;
    };
    const [one, two] = [await open('one'), await open('two')];
    await protectByQueue(bench);
    expect((await bench.pull(two.number)).mergeable).toBe(true);
    await enqueue(bench, one);
    const first = await groupOf(bench, one.number);
    await enqueue(bench, two);
    await eventually('the conflict to be seen', async () => (await dequeued(bench)).length > 0);
    expect(await dequeued(bench)).toEqual([[`#${two.number}`, 'MERGE_CONFLICT']]);
    await report(bench, first, 'build', 'success');
    await merged(bench, one.number);
    expect(await bench.pull(two.number)).toMatchObject({ merged: false, mergeable: false });
    await expect(enqueue(bench, two)).rejects.toThrow('Pull request is in dirty status');
  });

  it('is left after a push to the head and by closing; what is behind is built anew', async () => {
    const [one, two, three] = (await queued(bench, {}, 'one', 'two', 'three')) as [PullView, PullView, PullView];
    const before = await groupOf(bench, three.number);
    await bench.commit('one', { 'more.txt': 'more\n' });
    await forge.as('writer').rest.pulls.update({ ...bench.place, pull_number: two.number, state: 'closed' });
    const main = await bench.tip('main');
    const alone = await eventually('a group upon main alone', async () => {
      const group = await groupOf(bench, three.number, before);
      return (await parentsOf(bench, group)) === main && group;
    });
    expect(await dequeued(bench)).toEqual([
      [`#${one.number}`, 'HEAD_MOVED'],
      [`#${two.number}`, 'MANUAL'],
    ]);
    await report(bench, alone, 'build', 'success');
    await merged(bench, three.number);
    expect(await bench.tip('main')).toBe(alone);
  });

  it('takes in what auto-merge has waited for', async () => {
    await forge.as('owner').rest.repos.update({ ...bench.place, allow_auto_merge: true });
    await protectByQueue(bench);
    const pull = await bench.open('feature');
    await expect(enqueue(bench, pull)).rejects.toThrow('Pull request is in blocked status');
    await autoMerge(bench, pull);
    expect(await queue(bench)).toEqual([]);
    await report(bench, pull.head.sha, 'build', 'success');
    await report(bench, await groupOf(bench, pull.number), 'build', 'success');
    await merged(bench, pull.number);
  });

  it('is emptied when its rule goes, and requests are merged as before', async () => {
    const one = await bench.open('one');
    const ruleset_id = await protectByQueue(bench);
    await report(bench, one.head.sha, 'build', 'success');
    await enqueue(bench, one);
    await groupOf(bench, one.number);
    await forge.as('owner').rest.repos.deleteRepoRuleset({ ...bench.place, ruleset_id });
    await eventually('the queue to be empty', async () => (await groups(bench)).size === 0);
    await forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: one.number });
  });

  it('runs CI for each group, by the event merge_group, and believes it', async () => {
    const steps = ['uses: actions/checkout@v4', 'run: test ! -f one.txt || test ! -f two.txt'].map((step) => `      - ${step}\n`).join('');
    const ci = workflow(`  build:\n    runs-on: ubuntu-latest\n    steps:\n${steps}`, 'on: [pull_request, merge_group]');
    await bench.commit('main', ci);
    const one = await bench.open('one');
    const two = await bench.open('two');
    await protectByQueue(bench, { max_entries_to_build: 1 });
    for (const { number } of [one, two])
      await eventually('CI of the request', async () => (await bench.pull(number)).mergeable_state === 'clean', 20_000);
    await enqueue(bench, one);
    await enqueue(bench, two);
    await merged(bench, one.number);
    await eventually('the second to be dropped', async () => (await dequeued(bench)).length === 2, 20_000);
    expect(await dequeued(bench)).toEqual([
      [`#${one.number}`, 'MERGE'],
      [`#${two.number}`, 'CI_FAILURE'],
    ]);
    expect((await bench.pull(two.number)).merged).toBe(false);
    const { data } = await forge.as('reader').rest.actions.listWorkflowRunsForRepo({ ...bench.place, event: 'merge_group' });
    expect(data.workflow_runs.map(({ conclusion, head_branch }) => [conclusion, head_branch?.replace(/-[0-9a-f]{40}$/, '')])).toEqual([
      ['failure', `gh-readonly-queue/main/pr-${two.number}`],
      ['success', `gh-readonly-queue/main/pr-${one.number}`],
    ]);
    expect(data.workflow_runs.at(-1)?.head_sha).toBe(await bench.tip('main'));
  });
});
