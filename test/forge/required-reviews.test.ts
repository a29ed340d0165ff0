// What protection asks of reviews, each up to a merge that is refused and then one that is not.
import { describe, expect, it } from '@jest/globals';
import { ask, dig } from './graphql-support.ts';
import { refusal, type TestForge } from './harness.ts';
import { type Workbench } from './pull-request-support.ts';
import { benchForEach } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
benchForEach(
  (...ready) => {
    [forge, bench] = ready;
  },
  ['second'],
);

interface ReviewsWish {
  readonly required_approving_review_count?: number;
  readonly dismiss_stale_reviews?: boolean;
  readonly require_code_owner_reviews?: boolean;
  readonly require_last_push_approval?: boolean;
}

const protect = async (reviews: ReviewsWish | null, more: object = {}): Promise<void> => {
  await forge.as('owner').rest.repos.updateBranchProtection({
    ...bench.place,
    branch: 'main',
    required_status_checks: null,
    enforce_admins: true,
    required_pull_request_reviews: reviews === null ? null : { required_approving_review_count: 1, ...reviews },
    restrictions: null,
    ...more,
  });
};
/** `second` as somebody who may write, by invitation. */
const inviteSecond = async (): Promise<void> => {
  const { data } = await forge.as('owner').rest.repos.addCollaborator({ ...bench.place, username: 'second', permission: 'push' });
  await forge.as('second').rest.repos.acceptInvitationForAuthenticatedUser({ invitation_id: data.id });
};
const review = async (login: string, pull_number: number, event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT', body = 'Seen.') =>
  (await forge.as(login).rest.pulls.createReview({ ...bench.place, pull_number, event, body })).data;
const merge = (number: number, login = 'writer'): Promise<unknown> =>
  forge.as(login).rest.pulls.merge({ ...bench.place, pull_number: number });
/** What stands in the way: as the merge is refused, and as the request and its decision show it. */
const obstacle = async (number: number, login?: string): Promise<unknown> => {
  const { status, body } = await refusal(merge(number, login));
  expect(status).toBe(405);
  const { mergeable_state, node_id } = await bench.pull(number);
  expect(mergeable_state).toBe('blocked');
  const query = 'query($id: ID!) { node(id: $id) { ... on PullRequest { reviewDecision mergeStateStatus } } }';
  const { reviewDecision } = dig(await ask(forge, 'reader', query, { id: node_id }), 'node') as { reviewDecision: string | null };
  return [reviewDecision, body.message];
};
const merges = async (number: number, login?: string): Promise<void> => {
  expect((await bench.pull(number)).mergeable_state).toBe('clean');
  await merge(number, login);
  expect(await bench.effects('pull_request.merged')).toHaveLength(1);
};

const lacksOne = ['REVIEW_REQUIRED', 'At least 1 approving review is required by reviewers with write access.'];

describe('required approvals', () => {
  it('come from people with write access, the author aside, and are as many as asked for', async () => {
    await inviteSecond();
    await protect({ required_approving_review_count: 2 });
    const { number } = await bench.open('feature');
    const lacksTwo = ['REVIEW_REQUIRED', 'At least 2 approving reviews are required by reviewers with write access.'];
    expect(await obstacle(number, 'owner')).toEqual(lacksTwo);
    await review('reader', number, 'APPROVE');
    await review('owner', number, 'APPROVE');
    await review('owner', number, 'APPROVE');
    expect(await obstacle(number)).toEqual(lacksTwo);
    await review('second', number, 'APPROVE');
    await merges(number);
  });

  it('do not count against changes that somebody requested, until these are withdrawn', async () => {
    await inviteSecond();
    await protect({});
    const { number } = await bench.open('feature');
    await review('owner', number, 'APPROVE');
    const changes = await review('second', number, 'REQUEST_CHANGES', 'No.');
    await review('second', number, 'COMMENT', 'Still no.');
    expect(await obstacle(number)).toEqual(['CHANGES_REQUESTED', 'Changes were requested by a reviewer with write access.']);
    await forge.as('owner').rest.pulls.dismissReview({ ...bench.place, pull_number: number, review_id: changes.id, message: 'Away.' });
    await merges(number);
  });

  it('are gone when the person who gave them may not write any more', async () => {
    await inviteSecond();
    await protect({});
    const { number } = await bench.open('feature');
    await review('second', number, 'APPROVE');
    await forge.as('owner').rest.repos.removeCollaborator({ ...bench.place, username: 'second' });
    expect(await obstacle(number)).toEqual(lacksOne);
    await review('owner', number, 'APPROVE');
    await merges(number);
  });
});

describe('code owners', () => {
  it('must approve what they own, whoever else has approved, and are asked to', async () => {
    await inviteSecond();
    await bench.commit('main', { '.github/CODEOWNERS': '*.txt @owner\n/docs/ @second\n' }, { login: 'owner' });
    await protect({ require_code_owner_reviews: true });
    await bench.commit('feature', { 'a.txt': 'a\n', 'docs/b.txt': 'b\n', 'c.md': 'c\n' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'T' });
    expect(data.requested_reviewers?.map(({ login }) => login).sort()).toEqual(['owner', 'second']);
    const { number } = data;
    await review('second', number, 'APPROVE');
    expect(await obstacle(number)).toEqual(['REVIEW_REQUIRED', 'Waiting on code owner review from owner.']);
    await review('owner', number, 'APPROVE');
    await merges(number);
  });

  it('are those of the base: a request cannot appoint its own', async () => {
    await inviteSecond();
    await bench.commit('main', { CODEOWNERS: '* @owner\n' }, { login: 'owner' });
    await protect({ require_code_owner_reviews: true });
    await bench.commit('feature', { CODEOWNERS: '* @second\n' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: 'feature', base: 'main', title: 'T' });
    await review('second', data.number, 'APPROVE');
    expect(await obstacle(data.number)).toEqual(['REVIEW_REQUIRED', 'Waiting on code owner review from owner.']);
    await review('owner', data.number, 'APPROVE');
    await merges(data.number);
  });
});

describe('approval of the last push', () => {
  it('comes from somebody else than who pushed, and after the push', async () => {
    await inviteSecond();
    await protect({ require_last_push_approval: true });
    const { number } = await bench.open('feature');
    await review('second', number, 'APPROVE');
    await bench.commit('feature', { 'more.txt': 'more\n' }, { login: 'second' });
    const lacksOther = ['REVIEW_REQUIRED', 'New changes require approval from someone other than the last pusher.'];
    expect(await obstacle(number)).toEqual(lacksOther);
    await review('second', number, 'APPROVE');
    expect(await obstacle(number)).toEqual(lacksOther);
    await review('owner', number, 'APPROVE');
    await merges(number);
  });
});

describe('stale approvals', () => {
  it('are dismissed by a push, said so in the timeline, and can be given again', async () => {
    await protect({ dismiss_stale_reviews: true });
    const { number } = await bench.open('feature');
    const approval = await review('owner', number, 'APPROVE');
    expect((await bench.pull(number)).mergeable_state).toBe('clean');
    const head = await bench.commit('feature', { 'more.txt': 'more\n' });
    expect(await obstacle(number)).toEqual(lacksOne);
    const at = { ...bench.place, pull_number: number };
    expect((await forge.as('reader').rest.pulls.getReview({ ...at, review_id: approval.id })).data.state).toBe('DISMISSED');
    expect(await bench.effects('pull_request_review.dismissed')).toHaveLength(1);
    const { data: events } = await forge.as('reader').rest.issues.listEventsForTimeline({ ...bench.place, issue_number: number });
    expect(events.filter((event) => 'event' in event && event.event === 'review_dismissed')).toHaveLength(1);
    expect((await review('owner', number, 'APPROVE')).commit_id).toBe(head);
    await merges(number);
  });

  it('stay where protection does not ask for that', async () => {
    await protect({});
    const { number } = await bench.open('feature');
    await review('owner', number, 'APPROVE');
    await bench.commit('feature', { 'more.txt': 'more\n' });
    await merges(number);
  });
});

describe('conversations', () => {
  it('must all be resolved, also those that are outdated', async () => {
    await protect(null, { required_conversation_resolution: true });
    const { number, node_id } = await bench.open('feature');
    await forge.as('reader').rest.pulls.createReview({
      ...bench.place,
      pull_number: number,
      event: 'COMMENT',
      comments: [
        { path: 'feature.txt', line: 1, body: 'Why?' },
        { path: 'feature.txt', line: 1, body: 'And why here?' },
      ],
    });
    await bench.commit('feature', { 'feature.txt': 'another line\n' });
    const unresolved = [null, 'A conversation must be resolved before this pull request can be merged.'];
    const query = 'query($id: ID!) { node(id: $id) { ... on PullRequest { reviewThreads(first: 9) { nodes { id isResolved } } } } }';
    const threads = dig(await ask(forge, 'writer', query, { id: node_id }), 'node', 'reviewThreads', 'nodes') as { id: string }[];
    const resolve = 'mutation($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { isResolved } } }';
    expect(threads).toHaveLength(2);
    for (const { id } of threads) {
      expect(await obstacle(number)).toEqual(unresolved);
      await forge.as('writer').graphql(resolve, { id });
    }
    await merges(number);
  });
});

describe('the rules of a ruleset and of protection', () => {
  it('hold together, for administrators too', async () => {
    await inviteSecond();
    await protect({}, { enforce_admins: false });
    await forge.as('owner').rest.repos.createRepoRuleset({
      ...bench.place,
      name: 'two',
      enforcement: 'active',
      conditions: { ref_name: { include: ['refs/heads/ma*'], exclude: [] } },
      rules: [
        {
          type: 'pull_request',
          parameters: {
            dismiss_stale_reviews_on_push: true,
            require_code_owner_review: false,
            require_last_push_approval: false,
            required_approving_review_count: 2,
            required_review_thread_resolution: true,
          },
        },
      ],
    });
    const { number } = await bench.open('feature');
    await review('owner', number, 'APPROVE');
    expect(await obstacle(number, 'owner')).toEqual([
      'REVIEW_REQUIRED',
      'At least 2 approving reviews are required by reviewers with write access.',
    ]);
    await review('second', number, 'APPROVE');
    await merges(number, 'owner');
  });
});
