import { describe, expect, it } from '@jest/globals';
import { refusal, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';
import { oneBench } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
oneBench((...ready) => {
  [forge, bench] = ready;
});

let branches = 0;
const numbered = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

/** A request of `writer` that changes line 10 of a file of 30 lines. */
async function request(): Promise<{ owner: string; repo: string; pull_number: number; file: string; branch: string; head: string }> {
  const branch = `review-${++branches}`;
  const file = `${branch}.md`;
  await bench.commit('main', { [file]: numbered(30) });
  await bench.commit(branch, { [file]: numbered(30).replace('line 10\n', 'ten\n') }, { from: 'main' });
  const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: branch, base: 'main', title: branch });
  return { ...bench.place, pull_number: data.number, file, branch, head: data.head.sha };
}
type Request = Awaited<ReturnType<typeof request>>;
const at = ({ owner, repo, pull_number }: Request) => ({ owner, repo, pull_number });

describe('reviews', () => {
  it('of each verdict are kept with the commit that they are about', async () => {
    const pull = await request();
    const { pulls } = forge.as('owner').rest;
    const { data: changes } = await pulls.createReview({ ...at(pull), event: 'REQUEST_CHANGES', body: 'Say eleven.' });
    expect(changes).toMatchObject({
      state: 'CHANGES_REQUESTED',
      commit_id: pull.head,
      user: { login: 'owner' },
      author_association: 'OWNER',
    });
    const head = await bench.commit(pull.branch, { [pull.file]: numbered(30).replace('line 10\n', 'eleven\n') });
    const { data: approval } = await pulls.createReview({ ...at(pull), event: 'APPROVE' });
    expect(approval).toMatchObject({ state: 'APPROVED', commit_id: head, body: '' });
    await forge.as('reader').rest.pulls.createReview({ ...at(pull), event: 'COMMENT', body: 'Fine.' });
    const { data: reviews } = await pulls.listReviews(at(pull));
    expect(reviews.map(({ state, user }) => [user?.login, state])).toEqual([
      ['owner', 'CHANGES_REQUESTED'],
      ['owner', 'APPROVED'],
      ['reader', 'COMMENTED'],
    ]);
    expect((await pulls.getReview({ ...at(pull), review_id: approval.id })).data).toEqual(approval);
    expect((await pulls.listReviews({ ...at(pull), per_page: 1, page: 3 })).data).toHaveLength(1);
    expect((await bench.effects('pull_request_review.submitted')).filter(({ subject }) => subject === `#${pull.pull_number}`)).toHaveLength(
      3,
    );
  });

  it('of ones own request may comment, and neither approve nor request changes', async () => {
    const pull = await request();
    const { pulls } = forge.as('writer').rest;
    const own = await refusal(pulls.createReview({ ...at(pull), event: 'APPROVE' }));
    expect([own.status, own.body.message, own.body.errors]).toEqual([
      422,
      'Unprocessable Entity',
      ['Can not approve your own pull request'],
    ]);
    expect((await refusal(pulls.createReview({ ...at(pull), event: 'REQUEST_CHANGES', body: 'No.' }))).body.errors).toEqual([
      'Can not request changes on your own pull request',
    ]);
    await pulls.createReview({ ...at(pull), event: 'COMMENT', body: 'A note.' });
    expect((await pulls.listReviews(at(pull))).data.map(({ state }) => state)).toEqual(['COMMENTED']);
  });

  it('that were refused leave nothing, whoever reviews another request next', async () => {
    const [own, other] = [await request(), await request()];
    await refusal(forge.as('writer').rest.pulls.createReview({ ...at(own), event: 'APPROVE' }));
    const { pulls } = forge.as('owner').rest;
    await pulls.createReview({ ...at(other), event: 'APPROVE' });
    expect((await pulls.listReviews(at(own))).data).toEqual([]);
    expect((await pulls.listReviews(at(other))).data).toHaveLength(1);
  });

  it('that are pending are seen, submitted and withdrawn by their author only', async () => {
    const pull = await request();
    const { pulls } = forge.as('owner').rest;
    const { data: draft } = await pulls.createReview({ ...at(pull), comments: [{ path: pull.file, line: 10, body: 'Why?' }] });
    expect(draft).toMatchObject({ state: 'PENDING' });
    expect(draft.submitted_at).toBeUndefined();
    const mine = { ...at(pull), review_id: draft.id };
    expect((await pulls.listReviews(at(pull))).data).toHaveLength(1);
    expect((await pulls.listCommentsForReview(mine)).data.map(({ body }) => body)).toEqual(['Why?']);
    expect((await pulls.listReviewComments(at(pull))).data).toEqual([]);
    const other = forge.as('writer').rest.pulls;
    expect((await other.listReviews(at(pull))).data).toEqual([]);
    expect((await refusal(other.getReview(mine))).status).toBe(404);
    expect((await refusal(other.submitReview({ ...mine, event: 'APPROVE' }))).status).toBe(404);
    expect((await refusal(pulls.createReview(at(pull)))).body.errors).toEqual(['User can only have one pending review per pull request']);
    const beside = pulls.createReviewComment({ ...at(pull), commit_id: pull.head, path: pull.file, line: 10, body: 'Also.' });
    expect((await refusal(beside)).status).toBe(422);

    await pulls.updateReview({ ...mine, body: 'Nearly.' });
    const { data: submitted } = await pulls.submitReview({ ...mine, event: 'REQUEST_CHANGES' });
    expect(submitted).toMatchObject({ state: 'CHANGES_REQUESTED', body: 'Nearly.' });
    expect((await other.listReviewComments(at(pull))).data.map(({ body }) => body)).toEqual(['Why?']);
    expect((await refusal(pulls.submitReview({ ...mine, event: 'APPROVE' }))).status).toBe(422);
    expect((await refusal(pulls.deletePendingReview(mine))).body.errors).toEqual(['Can not delete a non-pending pull request review']);

    const { data: second } = await pulls.createReview({ ...at(pull), comments: [{ path: pull.file, line: 10, body: 'Never mind.' }] });
    await pulls.deletePendingReview({ ...at(pull), review_id: second.id });
    expect((await pulls.listReviews(at(pull))).data).toHaveLength(1);
    expect(
      (await bench.effects('pull_request_review_comment.created')).filter(({ subject }) => subject === `#${pull.pull_number}`),
    ).toHaveLength(1);
  });

  it('that are pending neither count nor hold up a merge that asks for resolved conversations', async () => {
    const pull = await request();
    const owner = forge.as('owner').rest;
    await owner.repos.updateBranchProtection({
      ...bench.place,
      branch: 'main',
      required_status_checks: null,
      enforce_admins: true,
      required_pull_request_reviews: null,
      restrictions: null,
      required_conversation_resolution: true,
    });
    const { data: draft } = await owner.pulls.createReview({ ...at(pull), comments: [{ path: pull.file, line: 10, body: 'Why?' }] });
    const seen = async () => (await forge.as('writer').rest.pulls.get(at(pull))).data;
    expect(await seen()).toMatchObject({ review_comments: 0, mergeable_state: 'clean' });
    await owner.pulls.submitReview({ ...at(pull), review_id: draft.id, event: 'COMMENT' });
    expect(await seen()).toMatchObject({ review_comments: 1, mergeable_state: 'blocked' });
    await owner.repos.deleteBranchProtection({ ...bench.place, branch: 'main' });
  });

  it('are dismissed with a reason by those who may write, edited by their author, once', async () => {
    const pull = await request();
    const { data: review } = await forge.as('owner').rest.pulls.createReview({ ...at(pull), event: 'APPROVE', body: 'Good.' });
    const it = { ...at(pull), review_id: review.id };
    const { pulls } = forge.as('writer').rest;
    expect((await refusal(forge.as('reader').rest.pulls.dismissReview({ ...it, message: 'No.' }))).status).toBe(403);
    expect((await refusal(pulls.updateReview({ ...it, body: 'Bad.' }))).status).toBe(403);
    expect((await forge.as('owner').rest.pulls.updateReview({ ...it, body: 'Very good.' })).data.body).toBe('Very good.');
    expect((await pulls.dismissReview({ ...it, message: 'Too early.' })).data.state).toBe('DISMISSED');
    expect((await refusal(pulls.dismissReview({ ...it, message: 'Again.' }))).status).toBe(422);
    expect((await bench.effects('pull_request_review.dismissed')).filter(({ subject }) => subject === `#${pull.pull_number}`)).toEqual([
      expect.objectContaining({ actor: 'writer', details: expect.objectContaining({ message: 'Too early.', review: review.id }) }),
    ]);
  });

  it('without a word, about unknown commits or requests, or by strangers where they may not look, are refused whole', async () => {
    const pull = await request();
    const { pulls } = forge.as('owner').rest;
    const wrong = await Promise.all([
      refusal(pulls.createReview({ ...at(pull), event: 'COMMENT' })),
      refusal(pulls.createReview({ ...at(pull), event: 'REQUEST_CHANGES', body: '  ' })),
      refusal(pulls.createReview({ ...at(pull), event: 'APPROVE', commit_id: 'f'.repeat(40) })),
      refusal(pulls.createReview({ ...at(pull), event: 'MERGE' as never })),
      refusal(pulls.createReview({ ...at(pull), event: 'COMMENT', comments: [{ path: pull.file, line: 10, body: ' ' }] })),
      refusal(pulls.createReview({ ...at(pull), pull_number: 9_999, event: 'APPROVE' })),
    ]);
    expect(wrong.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422, 404]);
    expect((await forge.fetch(`/repos/owner/${pull.repo}/pulls/${pull.pull_number}/reviews`, { method: 'POST', body: '{}' })).status).toBe(
      401,
    );
    expect((await pulls.listReviews(at(pull))).data).toEqual([]);
    const hidden = await workbench(forge, { private: true });
    const { number } = await hidden.open('secret');
    const stranger = forge.as('stranger').rest.pulls;
    expect((await refusal(stranger.createReview({ ...hidden.place, pull_number: number, event: 'APPROVE' }))).status).toBe(404);
    hidden.dispose();
  });

  it('begun twice at once by one person leave one pending review', async () => {
    const pull = await request();
    const { pulls } = forge.as('owner').rest;
    const both = await Promise.allSettled([pulls.createReview(at(pull)), pulls.createReview(at(pull))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await pulls.listReviews(at(pull))).data).toHaveLength(1);
  });
});

describe('requested reviewers', () => {
  it('are asked, taken off by their review, asked again, and removed', async () => {
    const pull = await request();
    const { pulls } = forge.as('writer').rest;
    const asked = async (): Promise<string[]> => (await pulls.listRequestedReviewers(at(pull))).data.users.map(({ login }) => login);
    const { data } = await pulls.requestReviewers({ ...at(pull), reviewers: ['owner', 'reader'] });
    expect(data.requested_reviewers?.map(({ login }) => login)).toEqual(['owner', 'reader']);
    await forge.as('owner').rest.pulls.createReview({ ...at(pull), event: 'COMMENT', body: 'Hm.' });
    expect(await asked()).toEqual(['reader']);
    await pulls.requestReviewers({ ...at(pull), reviewers: ['owner', 'reader'] });
    expect(await asked()).toEqual(['reader', 'owner']);
    await pulls.removeRequestedReviewers({ ...at(pull), reviewers: ['reader', 'stranger'] });
    expect(await asked()).toEqual(['owner']);
    const effects = (await bench.effects()).filter(
      ({ kind, subject }) => subject === `#${pull.pull_number}` && kind.includes('review_request'),
    );
    expect(effects.map(({ kind, details }) => `${kind} ${String(details?.['reviewer'])}`)).toEqual([
      'pull_request.review_requested owner',
      'pull_request.review_requested reader',
      'pull_request.review_requested owner',
      'pull_request.review_request_removed reader',
    ]);
  });

  it('may be neither the author nor a stranger; one who may not be asked refuses all', async () => {
    const pull = await request();
    const { pulls } = forge.as('writer').rest;
    const author = await refusal(pulls.requestReviewers({ ...at(pull), reviewers: ['owner', 'writer'] }));
    expect([author.status, author.body.message]).toEqual([422, 'Review cannot be requested from pull request author.']);
    const stranger = await refusal(pulls.requestReviewers({ ...at(pull), reviewers: ['owner', 'stranger'] }));
    expect(stranger.body.message).toContain('Reviews may only be requested from collaborators.');
    expect((await refusal(pulls.requestReviewers({ ...at(pull), team_reviewers: ['all'] }))).status).toBe(422);
    expect((await refusal(forge.as('reader').rest.pulls.requestReviewers({ ...at(pull), reviewers: ['owner'] }))).status).toBe(403);
    expect((await pulls.listRequestedReviewers(at(pull))).data).toEqual({ users: [], teams: [] });
  });
});
