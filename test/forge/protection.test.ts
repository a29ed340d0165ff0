import { describe, expect, it } from '@jest/globals';
import { refusal, type TestForge } from './harness.ts';
import { type Workbench } from './pull-request-support.ts';
import { benchForEach } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
benchForEach((...ready) => {
  [forge, bench] = ready;
});

const OFF = { required_status_checks: null, enforce_admins: null, required_pull_request_reviews: null, restrictions: null };

const protect = async (fields: object, branch = 'main'): Promise<unknown> =>
  (await forge.as('owner').rest.repos.updateBranchProtection({ ...bench.place, branch, ...OFF, ...fields })).data;
const merge = (number: number, login = 'writer'): Promise<unknown> =>
  forge.as(login).rest.pulls.merge({ ...bench.place, pull_number: number });
const refusedMerge = async (number: number, login?: string): Promise<string> => {
  const { status, body } = await refusal(merge(number, login));
  return `${status} ${body.message}`;
};
const report = (sha: string, context: string, state: 'success' | 'failure' | 'pending'): Promise<unknown> =>
  forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha, context, state });

describe('branch protection', () => {
  it('is put, shown in whole and in part, and removed, by administrators', async () => {
    const at = { ...bench.place, branch: 'main' };
    const { rest } = forge.as('owner');
    expect((await refusal(rest.repos.getBranchProtection(at))).body.message).toBe('Branch not protected');
    await protect({
      required_status_checks: { strict: true, contexts: ['test'] },
      required_pull_request_reviews: { required_approving_review_count: 2, dismiss_stale_reviews: true },
      restrictions: { users: ['writer'], teams: [] },
    });
    const { data } = await rest.repos.getBranchProtection(at);
    expect(data).toMatchObject({
      required_status_checks: { strict: true, contexts: ['test'] },
      required_pull_request_reviews: { required_approving_review_count: 2, dismiss_stale_reviews: true },
      enforce_admins: { enabled: false },
      allow_force_pushes: { enabled: false },
    });
    expect((await rest.repos.getStatusChecksProtection(at)).data.contexts).toEqual(['test']);
    expect((await rest.repos.getPullRequestReviewProtection(at)).data.required_approving_review_count).toBe(2);
    expect((await refusal(forge.as('writer').rest.repos.getBranchProtection(at))).status).toBe(403);
    await rest.repos.deleteBranchProtection(at);
    expect((await refusal(rest.repos.getStatusChecksProtection(at))).status).toBe(404);
    expect((await bench.effects()).map(({ kind }) => kind).filter((kind) => kind.startsWith('branch_protection'))).toEqual([
      'branch_protection.created',
      'branch_protection.deleted',
    ]);
  });

  it('counts as last pusher who pushed, and not who opened the request or opened it again', async () => {
    await protect({ required_pull_request_reviews: { required_approving_review_count: 1, require_last_push_approval: true } });
    await bench.commit('feature', { 'f.txt': 'f\n' });
    const { pulls } = forge.as('owner').rest;
    const { number } = (await pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'F' })).data;
    const at = { ...bench.place, pull_number: number };
    await forge.as('writer').rest.pulls.createReview({ ...at, event: 'APPROVE' });
    expect(await refusedMerge(number)).toBe('405 New changes require approval from someone other than the last pusher.');
    await pulls.update({ ...at, state: 'closed' });
    await bench.commit('feature', { 'f.txt': 'more\n' });
    await pulls.update({ ...at, state: 'open' });
    await forge.as('writer').rest.pulls.createReview({ ...at, event: 'APPROVE' });
    expect(await refusedMerge(number)).toBe('405 New changes require approval from someone other than the last pusher.');
  });

  it('dismisses approvals of a request to which was pushed while it was closed', async () => {
    await protect({ required_pull_request_reviews: { required_approving_review_count: 1, dismiss_stale_reviews: true } });
    const { number } = await bench.open('feature');
    const at = { ...bench.place, pull_number: number };
    await forge.as('owner').rest.pulls.createReview({ ...at, event: 'APPROVE' });
    await forge.as('writer').rest.pulls.update({ ...at, state: 'closed' });
    await bench.commit('feature', { 'f.txt': 'f\n' });
    await forge.as('writer').rest.pulls.update({ ...at, state: 'open' });
    expect((await forge.as('reader').rest.pulls.listReviews(at)).data.map(({ state }) => state)).toEqual(['DISMISSED']);
    expect(await refusedMerge(number)).toMatch(/^405 At least 1 approving review/);
  });

  it('is refused for branches, people and settings that are not there', async () => {
    expect((await refusal(protect({}, 'nowhere'))).status).toBe(404);
    expect((await refusal(protect({ restrictions: { users: ['nobody'], teams: [] } }))).status).toBe(422);
    expect((await refusal(protect({ restrictions: { users: [], teams: ['team'] } }))).body.message).toContain('restrictions.teams');
    expect((await refusal(protect({ required_pull_request_reviews: { required_approving_review_count: 7 } }))).status).toBe(422);
    expect((await refusal(protect({ enforce_admins: 'yes' }))).status).toBe(422);
  });

  it('keeps people from pushing, forcing and deleting, over git and over the API', async () => {
    await protect({ required_pull_request_reviews: {} });
    await expect(bench.commit('main', { 'a.txt': 'a' })).rejects.toThrow('Changes must be made through a pull request.');
    await expect(bench.git('push', '-q', 'origin', ':main')).rejects.toThrow('Cannot delete this branch');
    await bench.commit('feature', { 'b.txt': 'b' });
    const merging = forge.as('writer').rest.repos.merge({ ...bench.place, base: 'main', head: 'feature' });
    expect((await refusal(merging)).status).toBe(409);
    const before = await bench.tip('main');
    await bench.commit('main', { 'c.txt': 'c' }, { login: 'owner' });
    expect(await bench.tip('main')).not.toBe(before);
    const forced = bench.commit('main', { 'd.txt': 'd' }, { login: 'owner', force: true, from: 'feature' });
    await expect(forced).rejects.toThrow('Cannot force-push to this branch');
  });

  it('lets only those push whom it names, and nobody to a locked branch', async () => {
    await protect({ restrictions: { users: ['owner'], teams: [] } });
    await expect(bench.commit('main', { 'a.txt': 'a' })).rejects.toThrow("You're not authorized to push to this branch.");
    const { number } = await bench.open('feature');
    expect(await refusedMerge(number)).toBe("405 You're not authorized to push to this branch.");
    await protect({ lock_branch: true, enforce_admins: true });
    expect(await refusedMerge(number, 'owner')).toBe('405 Cannot change this locked branch');
    await expect(bench.commit('main', { 'a.txt': 'a' }, { login: 'owner' })).rejects.toThrow('Cannot change this locked branch');
  });
});

describe('required checks', () => {
  it('hold a merge back until each has succeeded on the head', async () => {
    await protect({ required_status_checks: { strict: false, contexts: ['build', 'test'] } });
    const { number, head } = await bench.open('feature');
    expect((await bench.pull(number)).mergeable_state).toBe('blocked');
    expect(await refusedMerge(number)).toBe('405 2 of 2 required status checks have not succeeded: 2 expected.');
    await report(head.sha, 'build', 'success');
    expect(await refusedMerge(number)).toBe('405 Required status check "test" is expected.');
    await report(head.sha, 'test', 'pending');
    expect(await refusedMerge(number)).toBe('405 Required status check "test" is in progress.');
    await report(head.sha, 'test', 'failure');
    expect(await refusedMerge(number)).toBe('405 Required status check "test" is failing.');
    await report(head.sha, 'test', 'success');
    expect((await bench.pull(number)).mergeable_state).toBe('clean');
    const newer = await bench.commit('feature', { 'more.txt': 'more' });
    expect(await refusedMerge(number)).toMatch(/^405 2 of 2/);
    for (const context of ['build', 'test']) await report(newer, context, 'success');
    await merge(number);
  });

  it('come before the question whether the head has moved', async () => {
    await protect({ required_status_checks: { strict: false, contexts: ['build'] } });
    const { number } = await bench.open('feature');
    const sha = await bench.tip('main');
    expect((await refusal(forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: number, sha }))).status).toBe(405);
  });

  it('are not asked of administrators, unless they are enforced for them', async () => {
    await protect({ required_status_checks: { strict: false, contexts: ['build'] } });
    const { number } = await bench.open('feature');
    await protect({ required_status_checks: { strict: false, contexts: ['build'] }, enforce_admins: true });
    expect(await refusedMerge(number, 'owner')).toBe('405 Required status check "build" is expected.');
    await protect({ required_status_checks: { strict: false, contexts: ['build'] } });
    await merge(number, 'owner');
  });

  it('that are strict want the head to be up to date', async () => {
    await protect({ required_status_checks: { strict: true, contexts: [] } });
    const { number } = await bench.open('feature');
    await bench.commit('main', { 'c.txt': 'c' }, { login: 'owner' });
    expect((await bench.pull(number)).mergeable_state).toBe('behind');
    expect(await refusedMerge(number)).toMatch(/^405 This branch must be up to date/);
    await forge.as('writer').rest.pulls.updateBranch({ ...bench.place, pull_number: number });
    await merge(number);
  });

  it('that nobody requires make a request unstable when they fail', async () => {
    const { number, head } = await bench.open('feature');
    await report(head.sha, 'lint', 'failure');
    expect(await bench.pull(number)).toMatchObject({ mergeable: true, mergeable_state: 'unstable' });
    await merge(number);
  });
});

describe('linear history', () => {
  it('leaves squash and rebase', async () => {
    await protect({ required_linear_history: true, enforce_admins: true });
    const { number } = await bench.open('feature');
    expect(await refusedMerge(number, 'owner')).toBe('405 Merge commits are not allowed into main.');
    await forge.as('owner').rest.pulls.merge({ ...bench.place, pull_number: number, merge_method: 'squash' });
  });
});

describe('rulesets', () => {
  type Rules = NonNullable<Parameters<ReturnType<TestForge['as']>['rest']['repos']['createRepoRuleset']>[0]>['rules'];
  const create = (rules: Rules, fields: object = {}): Promise<{ data: { id: number } }> =>
    forge.as('owner').rest.repos.createRepoRuleset({
      ...bench.place,
      name: 'main is dear',
      enforcement: 'active',
      conditions: { ref_name: { include: ['~DEFAULT_BRANCH', 'refs/heads/release/*'], exclude: ['refs/heads/release/old'] } },
      ...(rules === undefined ? {} : { rules }),
      ...fields,
    });

  it('are made, listed, shown, changed and removed', async () => {
    const { rest } = forge.as('owner');
    const { data } = await create([{ type: 'deletion' }, { type: 'non_fast_forward' }]);
    const at = { ...bench.place, ruleset_id: data.id };
    expect((await rest.repos.getRepoRulesets(bench.place)).data.map(({ name }) => name)).toEqual(['main is dear']);
    expect((await rest.repos.getRepoRuleset(at)).data.rules).toEqual([{ type: 'deletion' }, { type: 'non_fast_forward' }]);
    expect((await rest.repos.getBranchRules({ ...bench.place, branch: 'main' })).data.map(({ type }) => type)).toEqual([
      'deletion',
      'non_fast_forward',
    ]);
    expect((await rest.repos.getBranchRules({ ...bench.place, branch: 'release/old' })).data).toEqual([]);
    await rest.repos.updateRepoRuleset({ ...at, enforcement: 'disabled' });
    expect((await rest.repos.getBranchRules({ ...bench.place, branch: 'main' })).data).toEqual([]);
    await rest.repos.deleteRepoRuleset(at);
    expect((await refusal(rest.repos.getRepoRuleset(at))).status).toBe(404);
    expect(
      (await refusal(forge.as('writer').rest.repos.createRepoRuleset({ ...bench.place, name: 'x', enforcement: 'active' }))).status,
    ).toBe(403);
  });

  it('are refused by name where the forge does not keep a rule', async () => {
    const { status, body } = await refusal(create([{ type: 'required_signatures' }]));
    expect([status, body.message]).toEqual([422, expect.stringContaining('"required_signatures"')]);
    expect((await refusal(create([], { target: 'tag' }))).status).toBe(422);
    expect((await refusal(create([{ type: 'merge_queue' }]))).status).toBe(422);
  });

  it('hold for everybody, administrators too', async () => {
    await create([
      { type: 'non_fast_forward' },
      {
        type: 'pull_request',
        parameters: {
          allowed_merge_methods: ['squash'],
          dismiss_stale_reviews_on_push: false,
          require_code_owner_review: false,
          require_last_push_approval: false,
          required_approving_review_count: 0,
          required_review_thread_resolution: false,
        },
      },
      {
        type: 'required_status_checks',
        parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: 'build' }] },
      },
    ]);
    await expect(bench.commit('main', { 'a.txt': 'a' }, { login: 'owner' })).rejects.toThrow(
      'Changes must be made through a pull request.',
    );
    const { number, head } = await bench.open('feature');
    expect(await refusedMerge(number, 'owner')).toBe('405 Merge commits are not allowed into main.');
    const squash = (): Promise<unknown> =>
      forge.as('owner').rest.pulls.merge({ ...bench.place, pull_number: number, merge_method: 'squash' });
    expect((await refusal(squash())).body.message).toBe('Required status check "build" is expected.');
    await report(head.sha, 'build', 'success');
    await squash();
  });
});

describe('CODEOWNERS', () => {
  it('is checked for owners who are nobody or may not write', async () => {
    const at = bench.place;
    expect((await refusal(forge.as('reader').rest.repos.codeownersErrors(at))).status).toBe(404);
    await bench.commit('main', { '.github/CODEOWNERS': '# all\n* @writer\n/docs/ @reader @nobody # people\n*.md\n' }, { login: 'owner' });
    const { data } = await forge.as('reader').rest.repos.codeownersErrors(at);
    expect(data.errors.map(({ line, column, kind }) => [line, column, kind])).toEqual([
      [3, 8, 'Unknown owner'],
      [3, 16, 'Unknown owner'],
    ]);
  });
});
