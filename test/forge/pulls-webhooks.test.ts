import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';
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
