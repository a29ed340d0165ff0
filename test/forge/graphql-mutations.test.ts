import { describe, expect, it } from '@jest/globals';
import { type TestForge } from './harness.ts';
import { ask, dig } from './graphql-support.ts';
import { type Workbench } from './pull-request-support.ts';
import { oneBench } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
oneBench((...ready) => {
  [forge, bench] = ready;
});

/** Runs one mutation; `what` is what its payload shall show. */
const run = (login: string, name: string, input: object, what: string) => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  return ask(forge, login, `mutation($input: ${type}!) { ${name}(input: $input) { clientMutationId ${what} } }`, { input });
};

let branches = 0;
const open = async () => bench.open(`mutated-${++branches}`);
const fileOf = ({ head }: { head: { ref: string } }): string => `${head.ref}.txt`;
const kinds = async (number: number): Promise<string[]> =>
  (await bench.effects()).filter(({ subject }) => subject === `#${number}`).map(({ kind }) => kind);

describe('GraphQL mutations of reviews', () => {
  it('fill a pending review with threads and replies and submit it', async () => {
    const pull = await open();
    const begun = await run(
      'owner',
      'addPullRequestReview',
      { pullRequestId: pull.node_id, clientMutationId: 'c1' },
      'pullRequestReview { id state }',
    );
    expect(dig(begun, 'addPullRequestReview')).toMatchObject({ clientMutationId: 'c1', pullRequestReview: { state: 'PENDING' } });
    const review = dig(begun, 'addPullRequestReview', 'pullRequestReview', 'id');
    const thread = { pullRequestReviewId: review, path: fileOf(pull), line: 1, body: 'Why?' };
    const added = await run(
      'owner',
      'addPullRequestReviewThread',
      thread,
      'thread { id line path isOutdated comments(first: 5) { nodes { body state } } }',
    );
    expect(dig(added, 'addPullRequestReviewThread', 'thread')).toMatchObject({
      line: 1,
      isOutdated: false,
      comments: { nodes: [{ body: 'Why?', state: 'PENDING' }] },
    });
    const threads = 'query($id: ID!) { node(id: $id) { ... on PullRequest { reviewThreads(first: 5) { totalCount } } } }';
    expect(dig(await ask(forge, 'writer', threads, { id: pull.node_id }), 'node', 'reviewThreads')).toEqual({ totalCount: 0 });
    const submitted = await run(
      'owner',
      'submitPullRequestReview',
      { pullRequestReviewId: review, event: 'REQUEST_CHANGES', body: 'No.' },
      'pullRequestReview { state body }',
    );
    expect(dig(submitted, 'submitPullRequestReview', 'pullRequestReview')).toEqual({ state: 'CHANGES_REQUESTED', body: 'No.' });
    expect(dig(await ask(forge, 'writer', threads, { id: pull.node_id }), 'node', 'reviewThreads')).toEqual({ totalCount: 1 });
  });

  it('answer in threads, resolve them and open them again, once each', async () => {
    const pull = await open();
    const input = { pullRequestId: pull.node_id, event: 'COMMENT', threads: [{ path: fileOf(pull), line: 1, body: 'Hm.' }] };
    await run('owner', 'addPullRequestReview', input, 'pullRequestReview { state }');
    const query =
      'query($id: ID!) { node(id: $id) { ... on PullRequest { reviewThreads(first: 5) { nodes { id isResolved viewerCanResolve } } } } }';
    const threads = await ask(forge, 'writer', query, { id: pull.node_id });
    const threadId = dig(threads, 'node', 'reviewThreads', 'nodes', 0, 'id');
    const reply = { pullRequestReviewThreadId: threadId, body: 'Because.' };
    const said = await run('writer', 'addPullRequestReviewThreadReply', reply, 'comment { body state replyTo { body } author { login } }');
    expect(dig(said, 'addPullRequestReviewThreadReply', 'comment')).toEqual({
      body: 'Because.',
      state: 'SUBMITTED',
      replyTo: { body: 'Hm.' },
      author: { login: 'writer' },
    });
    const resolved = 'thread { isResolved resolvedBy { login } }';
    expect((await run('reader', 'resolveReviewThread', { threadId }, resolved)).errors?.[0]?.type).toBe('FORBIDDEN');
    for (const _attempt of [1, 2])
      expect(dig(await run('writer', 'resolveReviewThread', { threadId }, resolved), 'resolveReviewThread', 'thread')).toEqual({
        isResolved: true,
        resolvedBy: { login: 'writer' },
      });
    await run('owner', 'unresolveReviewThread', { threadId }, resolved);
    expect((await kinds(pull.number)).filter((kind) => kind.includes('review_thread'))).toEqual([
      'pull_request_review_thread.resolved',
      'pull_request_review_thread.unresolved',
    ]);
  });

  it('are refused as REST refuses them, and leave nothing', async () => {
    const pull = await open();
    const before = await kinds(pull.number);
    const own = await run('writer', 'addPullRequestReview', { pullRequestId: pull.node_id, event: 'APPROVE' }, 'pullRequestReview { id }');
    expect(own).toMatchObject({
      data: { addPullRequestReview: null },
      errors: [{ type: 'UNPROCESSABLE', message: 'Can not approve your own pull request', path: ['addPullRequestReview'] }],
    });
    const nowhere = { pullRequestId: pull.node_id, path: fileOf(pull), line: 99, body: 'x' };
    expect((await run('owner', 'addPullRequestReviewThread', nowhere, 'thread { id }')).errors?.[0]).toMatchObject({
      type: 'UNPROCESSABLE',
      message: expect.stringContaining('line must be part of the diff'),
    });
    expect((await run('owner', 'resolveReviewThread', { threadId: pull.node_id }, 'thread { id }')).errors?.[0]?.type).toBe('NOT_FOUND');
    expect((await run('owner', 'resolveReviewThread', { thread: 'x' }, 'thread { id }')).errors).not.toHaveLength(0);
    expect(await kinds(pull.number)).toEqual(before);
  });

  it('request reviews and dismiss them', async () => {
    const pull = await open();
    const reader = (await forge.as('reader').rest.users.getAuthenticated()).data.node_id;
    const owner = (await forge.as('owner').rest.users.getAuthenticated()).data.node_id;
    const requested = 'pullRequest { reviewRequests(first: 5) { nodes { requestedReviewer { ... on User { login } } } } }';
    await run('writer', 'requestReviews', { pullRequestId: pull.node_id, userIds: [reader] }, requested);
    const replaced = await run('writer', 'requestReviews', { pullRequestId: pull.node_id, userIds: [owner] }, requested);
    expect(dig(replaced, 'requestReviews', 'pullRequest', 'reviewRequests', 'nodes')).toEqual([{ requestedReviewer: { login: 'owner' } }]);
    const { data: review } = await forge
      .as('owner')
      .rest.pulls.createReview({ ...bench.place, pull_number: pull.number, event: 'APPROVE' });
    const dismissal = { pullRequestReviewId: review.node_id, message: 'Too early.' };
    expect((await run('reader', 'dismissPullRequestReview', dismissal, 'pullRequestReview { state }')).errors?.[0]?.type).toBe('FORBIDDEN');
    const dismissed = await run('writer', 'dismissPullRequestReview', dismissal, 'pullRequestReview { state }');
    expect(dig(dismissed, 'dismissPullRequestReview', 'pullRequestReview')).toEqual({ state: 'DISMISSED' });
    const query = `query($id: ID!) { node(id: $id) { ... on PullRequest { timelineItems(first: 20, itemTypes: [REVIEW_REQUESTED_EVENT, REVIEW_DISMISSED_EVENT]) {
      nodes { __typename ... on ReviewDismissedEvent { dismissalMessage previousReviewState } } } } } }`;
    const timeline = await ask(forge, 'reader', query, { id: pull.node_id });
    expect(dig(timeline, 'node', 'timelineItems', 'nodes')).toEqual([
      { __typename: 'ReviewRequestedEvent' },
      { __typename: 'ReviewRequestedEvent' },
      { __typename: 'ReviewDismissedEvent', dismissalMessage: 'Too early.', previousReviewState: 'APPROVED' },
    ]);
  });
});

describe('GraphQL mutations of requests, issues and comments', () => {
  it('make a request a draft, ready, closed, open and merged', async () => {
    const pull = await open();
    const input = { pullRequestId: pull.node_id };
    const shown = 'pullRequest { state isDraft }';
    const after = async (login: string, name: string, more: object = {}): Promise<unknown> =>
      dig(await run(login, name, { ...input, ...more }, shown), name, 'pullRequest');
    expect((await run('reader', 'convertPullRequestToDraft', input, shown)).errors?.[0]?.type).toBe('FORBIDDEN');
    expect(await after('writer', 'convertPullRequestToDraft')).toEqual({ state: 'OPEN', isDraft: true });
    expect(await after('writer', 'markPullRequestReadyForReview')).toEqual({ state: 'OPEN', isDraft: false });
    expect(await after('writer', 'closePullRequest')).toEqual({ state: 'CLOSED', isDraft: false });
    expect(await after('writer', 'reopenPullRequest')).toEqual({ state: 'OPEN', isDraft: false });
    const stale = await run('writer', 'mergePullRequest', { ...input, expectedHeadOid: 'f'.repeat(40) }, shown);
    expect(stale.errors?.[0]).toMatchObject({
      type: 'UNPROCESSABLE',
      message: 'Head branch was modified. Review and try the merge again.',
    });
    expect(await after('writer', 'mergePullRequest', { mergeMethod: 'SQUASH', expectedHeadOid: pull.head.sha })).toEqual({
      state: 'MERGED',
      isDraft: false,
    });
    expect((await run('writer', 'updatePullRequestBranch', input, shown)).errors?.[0]?.type).toBe('UNPROCESSABLE');
  });

  it('switch auto-merge on and off where it is allowed', async () => {
    const pull = await open();
    const input = { pullRequestId: pull.node_id, mergeMethod: 'SQUASH', commitHeadline: 'All of it' };
    const shown = 'pullRequest { autoMergeRequest { mergeMethod commitHeadline enabledBy { login } } }';
    expect((await run('writer', 'enablePullRequestAutoMerge', input, shown)).errors?.[0]).toMatchObject({
      type: 'UNPROCESSABLE',
      message: 'Pull request Auto merge is not allowed for this repository',
    });
    const off = { pullRequestId: pull.node_id };
    expect((await run('writer', 'disablePullRequestAutoMerge', off, shown)).errors?.[0]?.type).toBe('UNPROCESSABLE');
    const owner = forge.as('owner').rest.repos;
    await owner.update({ ...bench.place, allow_auto_merge: true });
    await owner.updateBranchProtection({
      ...bench.place,
      branch: 'main',
      required_status_checks: { strict: false, contexts: ['test'] },
      enforce_admins: false,
      required_pull_request_reviews: null,
      restrictions: null,
    });
    expect(dig(await run('writer', 'enablePullRequestAutoMerge', input, shown), 'enablePullRequestAutoMerge', 'pullRequest')).toEqual({
      autoMergeRequest: { mergeMethod: 'SQUASH', commitHeadline: 'All of it', enabledBy: { login: 'writer' } },
    });
    expect(dig(await run('writer', 'disablePullRequestAutoMerge', off, shown), 'disablePullRequestAutoMerge', 'pullRequest')).toEqual({
      autoMergeRequest: null,
    });
    await owner.deleteBranchProtection({ ...bench.place, branch: 'main' });
  });

  it('put a request into the merge queue of its base, and take it out', async () => {
    const pull = await open();
    const entry = 'mergeQueueEntry { position enqueuer { login } pullRequest { number isInMergeQueue } }';
    const input = { pullRequestId: pull.node_id };
    expect((await run('writer', 'enqueuePullRequest', input, entry)).errors?.[0]).toMatchObject({
      type: 'UNPROCESSABLE',
      message: 'Merge queue is not enabled for main',
    });
    await forge.as('owner').rest.repos.updateBranchProtection({
      ...bench.place,
      branch: 'main',
      required_status_checks: { strict: false, contexts: ['never'] },
      enforce_admins: false,
      required_pull_request_reviews: null,
      restrictions: null,
    });
    await forge.as('writer').rest.checks.create({ ...bench.place, head_sha: pull.head.sha, name: 'never', conclusion: 'success' });
    await forge.as('owner').rest.repos.createRepoRuleset({
      ...bench.place,
      name: 'queue',
      enforcement: 'active',
      conditions: { ref_name: { include: ['refs/heads/main'], exclude: [] } },
      rules: [
        {
          type: 'merge_queue',
          parameters: {
            check_response_timeout_minutes: 5,
            grouping_strategy: 'ALLGREEN',
            max_entries_to_build: 5,
            max_entries_to_merge: 5,
            merge_method: 'MERGE',
            min_entries_to_merge: 1,
            min_entries_to_merge_wait_minutes: 0,
          },
        },
      ],
    });
    expect((await run('reader', 'enqueuePullRequest', input, entry)).errors?.[0]?.type).toBe('FORBIDDEN');
    expect(dig(await run('writer', 'enqueuePullRequest', input, entry), 'enqueuePullRequest', 'mergeQueueEntry')).toEqual({
      position: 1,
      enqueuer: { login: 'writer' },
      pullRequest: { number: pull.number, isInMergeQueue: true },
    });
    expect((await run('writer', 'enqueuePullRequest', input, entry)).errors?.[0]?.type).toBe('UNPROCESSABLE');
    const queue = `{ repository(owner: "owner", name: "${bench.place.repo}") { mergeQueue { entries(first: 5) { nodes { pullRequest { number } } } } } }`;
    expect(dig(await ask(forge, 'reader', queue), 'repository', 'mergeQueue', 'entries', 'nodes')).toEqual([
      { pullRequest: { number: pull.number } },
    ]);
    await run('writer', 'dequeuePullRequest', { id: pull.node_id }, entry);
    expect(dig(await ask(forge, 'reader', queue), 'repository', 'mergeQueue', 'entries', 'nodes')).toEqual([]);
  });

  it('comment, hide and show comments, and close and reopen issues', async () => {
    const { data: issue } = await forge.as('reader').rest.issues.create({ ...bench.place, title: 'Broken' });
    const comment = await run(
      'writer',
      'addComment',
      { subjectId: issue.node_id, body: 'Seen.' },
      'commentEdge { node { id body author { login } } } subject { __typename }',
    );
    expect(dig(comment, 'addComment')).toMatchObject({
      commentEdge: { node: { body: 'Seen.', author: { login: 'writer' } } },
      subject: { __typename: 'Issue' },
    });
    const subjectId = dig(comment, 'addComment', 'commentEdge', 'node', 'id');
    const shown = 'minimizedComment { isMinimized minimizedReason }';
    expect((await run('stranger', 'minimizeComment', { subjectId, classifier: 'OFF_TOPIC' }, shown)).errors?.[0]?.type).toBe('FORBIDDEN');
    expect(
      dig(await run('owner', 'minimizeComment', { subjectId, classifier: 'OFF_TOPIC' }, shown), 'minimizeComment', 'minimizedComment'),
    ).toEqual({
      isMinimized: true,
      minimizedReason: 'off-topic',
    });
    const again = await run('owner', 'unminimizeComment', { subjectId }, 'unminimizedComment { isMinimized minimizedReason }');
    expect(dig(again, 'unminimizeComment', 'unminimizedComment')).toEqual({ isMinimized: false, minimizedReason: null });
    const closed = await run('reader', 'closeIssue', { issueId: issue.node_id, stateReason: 'NOT_PLANNED' }, 'issue { state stateReason }');
    expect(dig(closed, 'closeIssue', 'issue')).toEqual({ state: 'CLOSED', stateReason: 'NOT_PLANNED' });
    expect(dig(await run('reader', 'reopenIssue', { issueId: issue.node_id }, 'issue { state }'), 'reopenIssue', 'issue')).toEqual({
      state: 'OPEN',
    });
    expect((await run('reader', 'addComment', { subjectId: issue.node_id, body: ' ' }, 'subject { id }')).errors?.[0]?.type).toBe(
      'UNPROCESSABLE',
    );
  });
});
