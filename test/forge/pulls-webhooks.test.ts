import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, dig } from './graphql-support.ts';
import { startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';
import { mutate, protectByQueue, report } from './queue-support.ts';
import { receiveWebhooks, type Receiver } from './webhook-receiver.ts';

let forge: TestForge;
let bench: Workbench;
let receiver: Receiver;
beforeAll(async () => {
  forge = await startTestForge();
  bench = await workbench(forge);
  receiver = await receiveWebhooks();
  await receiver.subscribe(forge, bench.place);
});
afterAll(async () => {
  bench.dispose();
  await forge.stop();
  await receiver.stop();
});

it('every step of a pull request is told, each as GitHub does', async () => {
  const at = (pull_number: number): { owner: string; repo: string; pull_number: number } => ({ ...bench.place, pull_number });
  const { rest } = forge.as('writer');
  const { number, head } = await bench.open('feature');
  expect((await receiver.first('pull_request.opened')).payload).toMatchObject({ number, pull_request: { head: { sha: head.sha } } });
  const sha = await bench.commit('feature', { 'more.txt': 'more' });
  expect((await receiver.first('pull_request.synchronize')).payload).toMatchObject({ before: head.sha, after: sha });
  expect((await receiver.first('push', ({ payload }) => payload['after'] === sha)).payload).toMatchObject({
    commits: [{ added: ['more.txt'], removed: [], modified: [] }],
  });
  await rest.pulls.update({ ...at(number), title: 'Better' });
  expect((await receiver.first('pull_request.edited')).payload).toMatchObject({ changes: { title: { from: 'Request feature' } } });
  await rest.pulls.update({ ...at(number), state: 'closed' });
  await receiver.first('pull_request.closed', ({ payload }) => (payload['pull_request'] as { merged: boolean }).merged === false);
  await rest.issues.update({ ...bench.place, issue_number: number, state: 'open' });
  await receiver.first('pull_request.reopened');
  await rest.pulls.merge(at(number));
  const { payload } = await receiver.first('pull_request.closed', (it) => (it.payload['pull_request'] as { merged: boolean }).merged);
  expect(payload).toMatchObject({ pull_request: { merge_commit_sha: await bench.tip('main'), merged_by: { login: 'writer' } } });
});

it('drafts, readiness and auto-merge are told', async () => {
  await forge.as('owner').rest.repos.update({ ...bench.place, allow_auto_merge: true });
  const { head, node_id } = await bench.open('automatic');
  const { data: rules } = await forge.as('owner').rest.repos.createRepoRuleset({
    ...bench.place,
    name: 'checks',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [
      {
        type: 'required_status_checks',
        parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: 'build' }] },
      },
    ],
  });
  const input = { pullRequestId: node_id };
  await mutate(bench, 'convertPullRequestToDraft', input);
  expect((await receiver.first('pull_request.converted_to_draft')).payload).toMatchObject({ pull_request: { draft: true } });
  await mutate(bench, 'markPullRequestReadyForReview', input);
  expect((await receiver.first('pull_request.ready_for_review')).payload).toMatchObject({ pull_request: { draft: false } });
  await mutate(bench, 'enablePullRequestAutoMerge', input);
  expect((await receiver.first('pull_request.auto_merge_enabled')).payload).toMatchObject({
    pull_request: { auto_merge: { enabled_by: { login: 'writer' }, merge_method: 'merge' } },
  });
  await mutate(bench, 'disablePullRequestAutoMerge', input);
  expect((await receiver.first('pull_request.auto_merge_disabled')).payload).toMatchObject({ pull_request: { auto_merge: null } });
  await forge.as('writer').rest.checks.create({ ...bench.place, head_sha: head.sha, name: 'build', status: 'in_progress' });
  expect((await receiver.first('check_suite.requested')).payload).toMatchObject({
    check_suite: { head_sha: head.sha, status: 'queued', conclusion: null },
  });
  await forge.as('owner').rest.repos.deleteRepoRuleset({ ...bench.place, ruleset_id: rules.id });
});

it('threads are told when they are resolved and opened again', async () => {
  const { number, node_id } = await bench.open('discussed');
  const comments = [{ path: 'discussed.txt', line: 1, body: 'Why?' }];
  await forge.as('owner').rest.pulls.createReview({ ...bench.place, pull_number: number, event: 'COMMENT', comments });
  const query = 'query($id: ID!) { node(id: $id) { ... on PullRequest { reviewThreads(first: 1) { nodes { id } } } } }';
  const threadId = dig(await ask(forge, 'writer', query, { id: node_id }), 'node', 'reviewThreads', 'nodes', 0, 'id');
  for (const [mutation, action] of [
    ['resolveReviewThread', 'resolved'],
    ['unresolveReviewThread', 'unresolved'],
  ] as const) {
    await mutate(bench, mutation, { threadId });
    expect((await receiver.first(`pull_request_review_thread.${action}`)).payload).toMatchObject({
      thread: { node_id: threadId, comments: [{ body: 'Why?' }] },
      pull_request: { number },
    });
  }
});

it('the merge queue and its groups are told', async () => {
  const { number, head, node_id } = await bench.open('queued');
  const input = { pullRequestId: node_id };
  const ruleset_id = await protectByQueue(bench);
  const groupIn = ({ payload }: { payload: Record<string, unknown> }) => payload['merge_group'] as { head_sha: string; base_sha: string };
  await report(bench, head.sha, 'build', 'success');
  await mutate(bench, 'enqueuePullRequest', input);
  expect((await receiver.first('pull_request.enqueued')).payload).toMatchObject({ number });
  const first = groupIn(await receiver.first('merge_group.checks_requested'));
  await mutate(bench, 'dequeuePullRequest', { id: node_id });
  expect((await receiver.first('pull_request.dequeued')).payload).toMatchObject({ number, reason: 'MANUAL' });
  const gone = await receiver.first('merge_group.destroyed');
  expect([gone.payload['reason'], groupIn(gone)]).toEqual(['dequeued', first]);

  const heard = receiver.received.length;
  await mutate(bench, 'enqueuePullRequest', input);
  const isNew = (it: (typeof receiver.received)[number]): boolean => receiver.received.indexOf(it) >= heard;
  const second = groupIn(await receiver.first('merge_group.checks_requested', isNew));
  await report(bench, second.head_sha, 'build', 'success');
  const merged = await receiver.first('merge_group.destroyed', ({ payload }) => payload['reason'] === 'merged');
  expect(groupIn(merged)).toEqual(second);
  await receiver.first('pull_request.dequeued', ({ payload }) => payload['reason'] === 'MERGE');
  await receiver.first('push', ({ payload }) => payload['ref'] === 'refs/heads/main' && payload['after'] === second.head_sha);
  await forge.as('owner').rest.repos.deleteRepoRuleset({ ...bench.place, ruleset_id });
});

it('a push tells of every commit and its files: of a new branch, of a merge, and of a branch without anything new', async () => {
  const pushTo = async (branch: string, after: string): Promise<Record<string, unknown>> =>
    (await receiver.first('push', ({ payload }) => payload['ref'] === `refs/heads/${branch}` && payload['after'] === after)).payload;
  await bench.commit('main', { 'base.txt': 'base' });
  const sha = await bench.commit('fresh', { 'fresh.txt': 'fresh' }, { message: 'Odd \x01 and \x02' });
  expect(await pushTo('fresh', sha)).toMatchObject({
    created: true,
    commits: [{ id: sha, message: 'Odd \x01 and \x02', added: ['fresh.txt'], removed: [], modified: [] }],
    head_commit: { id: sha },
  });
  await bench.git('push', '-q', forge.remote(bench.place, 'writer'), `${sha}:refs/heads/same`);
  expect(await pushTo('same', sha)).toMatchObject({ created: true, commits: [], head_commit: { id: sha, added: ['fresh.txt'] } });
  const { data } = await forge.as('writer').rest.repos.merge({ ...bench.place, base: 'main', head: 'fresh' });
  expect(await pushTo('main', data.sha)).toMatchObject({
    commits: [{ id: sha }, { id: data.sha, added: ['fresh.txt'] }],
    head_commit: { id: data.sha, added: ['fresh.txt'] },
  });
});

it('protection and forks are told', async () => {
  const wish = { required_status_checks: null, enforce_admins: true, required_pull_request_reviews: {}, restrictions: null };
  const at = { ...bench.place, branch: 'main' };
  const { rest } = forge.as('owner');
  await rest.repos.updateBranchProtection({ ...at, ...wish });
  expect((await receiver.first('branch_protection_rule.created')).payload).toMatchObject({ rule: { name: 'main', admin_enforced: true } });
  await rest.repos.updateBranchProtection({ ...at, ...wish, enforce_admins: false });
  await receiver.first('branch_protection_rule.edited');
  await rest.repos.deleteBranchProtection(at);
  await receiver.first('branch_protection_rule.deleted');
  await forge.as('stranger').rest.repos.createFork(bench.place);
  expect((await receiver.first('fork')).payload).toMatchObject({ forkee: { owner: { login: 'stranger' } } });
});
