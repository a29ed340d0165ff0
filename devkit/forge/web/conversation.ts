// What was said and what happened on an issue or a pull request, in the order of time. Pending reviews are their authors' alone.
import { reviewsSeenBy, commentsSeenBy } from '../domain/review-visibility.ts';
import type { Issue, IssueEvent, PullRequest, Review, ReviewThread } from '../state/records.ts';
import { patchView } from './diff.ts';
import { markup, prose, type Child, type Html } from './html.ts';
import { capped, loginOf, shaLink, timeOf, type Place } from './place.ts';

interface Entry {
  readonly at: number;
  readonly id: number;
  readonly view: () => Html;
}

export function conversation(place: Place, issue: Issue, pull: PullRequest | undefined): Child {
  const { state, viewer } = place;
  const entries: Entry[] = [
    ...state.select('comment', 'issue', issue.id).map((comment) => ({
      at: comment.createdAt,
      id: comment.id,
      view: () =>
        said(
          place,
          `issuecomment-${comment.id}`,
          comment.authorId,
          'commented',
          comment.createdAt,
          comment.minimized === null ? comment.body : `(hidden: ${comment.minimized})`,
        ),
    })),
    ...state.select('issueEvent', 'issue', issue.id).flatMap((event) => happened(place, event) ?? []),
    ...(pull === undefined ? [] : reviewsSeenBy(state, pull, viewer)).map((review) => ({
      at: review.submittedAt ?? review.createdAt,
      id: review.id,
      view: () => reviewView(place, review),
    })),
  ];
  entries.sort((a, b) => a.at - b.at || a.id - b.id);
  return [
    said(place, `issue-${issue.id}`, issue.authorId, 'opened this', issue.createdAt, issue.body ?? ''),
    capped(entries, ({ view }) => view()),
  ];
}

function said({ state }: Place, id: string, authorId: number, did: string, at: number, text: string, more: Child = null): Html {
  return markup`<article class="said" id="${id}">
    <p><b>${loginOf(state, authorId)}</b> ${did} ${timeOf(at)}</p>
    ${text.trim() === '' ? null : prose(text)}${more}
  </article>`;
}

const VERDICTS: Readonly<Record<Review['state'], string>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'requested changes',
  COMMENTED: 'reviewed',
  DISMISSED: 'reviewed (dismissed since)',
  PENDING: 'has begun a review that only you see',
};

/** With the threads that it began or answered. */
function reviewView(place: Place, review: Review): Html {
  const { state } = place;
  const threads = new Set(state.select('reviewComment', 'review', review.id).map(({ threadId }) => threadId));
  const begun = [...threads].map((id) => state.need('reviewThread', id)).filter((thread) => rootReviewOf(place, thread) === review.id);
  const isMereReply = begun.length === 0 && threads.size > 0 && review.body.trim() === '';
  if (isMereReply) return markup``;
  const id = `pullrequestreview-${review.id}`;
  return said(
    place,
    id,
    review.authorId,
    VERDICTS[review.state],
    review.submittedAt ?? review.createdAt,
    review.body,
    begun.map((thread) => threadView(place, thread)),
  );
}

const rootReviewOf = ({ state, viewer }: Place, thread: ReviewThread): number | undefined =>
  commentsSeenBy(state, thread, viewer)[0]?.reviewId;

function threadView(place: Place, thread: ReviewThread): Html {
  const { state, viewer } = place;
  const line = thread.originalLine === null ? '' : `:${thread.originalLine}`;
  const resolved = thread.resolvedBy === null ? null : markup`, resolved by ${loginOf(state, thread.resolvedBy)}`;
  return markup`<section class="said">
    <p><code>${thread.path}${line}</code><span class="quiet">${resolved}</span></p>
    <div class="diff">${patchView(thread.diffHunk.split('\n').slice(-6).join('\n'))}</div>
    ${commentsSeenBy(state, thread, viewer).map((comment) => said(place, `discussion_r${comment.id}`, comment.authorId, 'said', comment.createdAt, comment.body))}
  </section>`;
}

/** Undefined for what is shown as something else. */
function happened(place: Place, event: IssueEvent): Entry | undefined {
  const { state } = place;
  const { details } = event;
  const personOf = (id: unknown): string | null => (typeof id === 'number' ? ` ${loginOf(state, id)}` : null);
  const nameIn = (key: string, field: string): string | null => {
    const value = (details[key] as Record<string, unknown> | undefined)?.[field];
    return typeof value === 'string' ? ` ${value}` : null;
  };
  const what: Child = [
    personOf(details['assigneeId']),
    personOf(details['requestedReviewerId']),
    nameIn('label', 'name'),
    nameIn('milestone', 'title'),
    nameIn('rename', 'to'),
    event.commitSha === null ? null : markup` ${shaLink(place, event.commitSha)}`,
  ];
  return {
    at: event.createdAt,
    id: event.id,
    view: () =>
      markup`<p class="happened quiet">
        ${loginOf(state, event.actorId)}: ${event.event.replaceAll('_', ' ')}${what} ${timeOf(event.createdAt)}
      </p>`,
  };
}
