// Mutations of reviews, their threads and their requests: doors to the domain.
import { addToDraft, createReview, deleteDraft, replyInThread, submitReview, withdrawVerdict, type Verdict } from '../../domain/reviews.ts';
import { removeRequests, requestReviewers } from '../../domain/review-requests.ts';
import { resolveThread } from '../../domain/review-threads.ts';
import { draftOf } from '../../domain/review-visibility.ts';
import type { Side } from '../../git/file-diff.ts';
import type { PullRequest, Review } from '../../state/records.ts';
import { cursorOf } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { needNode, pullRequestOf } from '../views/lookup.ts';
import { pullRequestView } from '../views/pull-request.ts';
import { userView } from '../views/actor.ts';
import { reviewCommentView, reviewThreadView, reviewView } from '../views/review.ts';
import { contentDoor, demand, door, inTransaction, refuse } from './mutation.ts';

interface ThreadWish {
  readonly path: string;
  readonly body: string;
  readonly line?: number | null;
  readonly side?: Side | null;
  readonly startLine?: number | null;
  readonly startSide?: Side | null;
  readonly subjectType?: 'LINE' | 'FILE' | null;
}

const commentIn = ({ path, body, line, side, startLine, startSide, subjectType }: ThreadWish) => ({
  path,
  body,
  line: line ?? undefined,
  side: side ?? undefined,
  startLine: startLine ?? undefined,
  startSide: startSide ?? undefined,
  subjectType: subjectType === 'FILE' ? ('file' as const) : undefined,
});

type Event = Verdict | 'DISMISS';

interface NewReviewInput {
  readonly pullRequestId: string;
  readonly body?: string | null;
  readonly commitOID?: string | null;
  readonly event?: Event | null;
  readonly comments?: readonly ({ path: string; body: string; position: number } | null)[] | null;
  readonly threads?: readonly (ThreadWish | null)[] | null;
}

export function reviewMutations(context: Context): View {
  const { forge, viewer } = context;
  const pullOf = ({ pullRequestId }: { readonly pullRequestId: number }): PullRequest => context.state.need('pullRequest', pullRequestId);
  const repositoryOf = ({ repositoryId }: { readonly repositoryId: number }) => context.state.need('repository', repositoryId);

  return {
    addPullRequestReview: contentDoor<NewReviewInput>(context, async (input) => {
      const pull = pullRequestOf(context, input.pullRequestId);
      demand(context, 'AddPullRequestReview', repositoryOf(pull), 'read');
      const review = await createReview(forge, pull, viewer, {
        commitSha: input.commitOID ?? undefined,
        body: input.body ?? '',
        verdict: verdictIn(input.event ?? undefined),
        comments: [
          ...(input.comments ?? []).filter((comment) => comment !== null),
          ...(input.threads ?? []).filter(isThere).map(commentIn),
        ],
      });
      const pullRequestReview = reviewView(context, review);
      return { pullRequestReview, reviewEdge: { cursor: cursorOf(review), node: pullRequestReview } };
    }),
    addPullRequestReviewThread: contentDoor<ThreadWish & { pullRequestId?: string | null; pullRequestReviewId?: string | null }>(
      context,
      async (input) => {
        const pull =
          typeof input.pullRequestReviewId === 'string'
            ? pullOf(ownDraft(context, input.pullRequestReviewId))
            : pullRequestOf(context, input.pullRequestId ?? '');
        demand(context, 'AddPullRequestReviewThread', repositoryOf(pull), 'read');
        if (typeof input.line !== 'number' && input.subjectType !== 'FILE') throw refuse('A thread on a line needs the line.');
        const comment = await addToDraft(forge, pull, viewer, commentIn(input));
        return { thread: reviewThreadView(context, forge.state.need('reviewThread', comment.threadId)) };
      },
    ),
    addPullRequestReviewThreadReply: contentDoor<{ pullRequestReviewThreadId: string; body: string; pullRequestReviewId?: string | null }>(
      context,
      async ({ pullRequestReviewThreadId, body, pullRequestReviewId }) => {
        if (typeof pullRequestReviewId === 'string') ownDraft(context, pullRequestReviewId);
        const thread = needNode(context, pullRequestReviewThreadId, 'reviewThread');
        demand(context, 'AddPullRequestReviewThreadReply', repositoryOf(thread), 'read');
        return { comment: reviewCommentView(context, await replyInThread(forge, pullOf(thread), viewer, thread, body, true)) };
      },
    ),
    submitPullRequestReview: contentDoor<{
      pullRequestId?: string | null;
      pullRequestReviewId?: string | null;
      event: Event;
      body?: string | null;
    }>(context, async ({ pullRequestId, pullRequestReviewId, event, body }) => {
      const draft =
        typeof pullRequestReviewId === 'string'
          ? ownDraft(context, pullRequestReviewId)
          : draftOf(context.state, pullRequestOf(context, pullRequestId ?? ''), viewer);
      const verdict = verdictIn(event);
      if (draft === undefined || verdict === undefined) throw refuse('There is no pending review to submit.');
      return {
        pullRequestReview: reviewView(context, await submitReview(forge, pullOf(draft), viewer, draft, verdict, body ?? undefined)),
      };
    }),
    dismissPullRequestReview: door<{ pullRequestReviewId: string; message: string }>(({ pullRequestReviewId, message }) => {
      const review = needNode(context, pullRequestReviewId, 'review');
      demand(context, 'DismissPullRequestReview', repositoryOf(review), 'write');
      if (message.trim() === '') throw refuse("Message can't be blank");
      const dismissed = inTransaction(context, (scene) => withdrawVerdict(scene, scene.transaction.need('review', review.id), message));
      return { pullRequestReview: reviewView(context, dismissed) };
    }),
    deletePullRequestReview: door<{ pullRequestReviewId: string }>(({ pullRequestReviewId }) => {
      const draft = ownDraft(context, pullRequestReviewId);
      inTransaction(context, (scene) => deleteDraft({ ...scene, pull: pullOf(draft) }, scene.transaction.need('review', draft.id)));
      return { pullRequestReview: reviewView(context, draft) };
    }),
    requestReviews: door<{ pullRequestId: string; userIds?: readonly string[] | null; union?: boolean | null }>((input) => {
      const pull = pullRequestOf(context, input.pullRequestId);
      demand(context, 'RequestReviews', repositoryOf(pull), 'triage');
      const logins = (input.userIds ?? []).map((id) => needNode(context, id, 'user').login);
      const loginOf = (id: number): string => context.state.need('user', id).login;
      const changed = inTransaction(context, ({ transaction }) => {
        const asked = transaction.need('pullRequest', pull.id).requestedReviewerIds.map(loginOf);
        const dropped = input.union === true ? [] : asked.filter((login) => !logins.includes(login));
        return requestReviewers(forge, transaction, removeRequests(forge, transaction, pull, viewer, dropped), viewer, logins);
      });
      const last = changed.requestedReviewerIds.at(-1);
      return {
        actor: userView(context, viewer),
        pullRequest: pullRequestView(context, changed),
        requestedReviewersEdge:
          last === undefined ? null : { cursor: cursorOf({ id: last }), node: () => userView(context, context.state.need('user', last)) },
      };
    }),
    resolveReviewThread: door<{ threadId: string }>(({ threadId }) => resolved(context, threadId, true)),
    unresolveReviewThread: door<{ threadId: string }>(({ threadId }) => resolved(context, threadId, false)),
  };
}

const isThere = <Value>(value: Value | null): value is Value => value !== null;

async function resolved(context: Context, id: string, resolve: boolean): Promise<View> {
  const thread = needNode(context, id, 'reviewThread');
  const repository = context.state.need('repository', thread.repositoryId);
  demand(context, resolve ? 'ResolveReviewThread' : 'UnresolveReviewThread', repository, 'read');
  return { thread: reviewThreadView(context, await resolveThread(context.forge, thread, context.viewer, resolve)) };
}

function ownDraft(context: Context, id: string): Review {
  const review = needNode(context, id, 'review');
  if (review.authorId !== context.viewer.id) throw refuse('Only its author can change a review.');
  if (review.state !== 'PENDING') throw refuse('The review is not pending.');
  return review;
}

function verdictIn(event: Event | undefined): Verdict | undefined {
  if (event === 'DISMISS') throw refuse('A review is dismissed by dismissPullRequestReview.');
  return event;
}
