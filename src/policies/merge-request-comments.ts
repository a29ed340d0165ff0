// What people have said in a request and what became of it: given to a session, answered, resolved, or dropped. A comment is known by its id
// and its edit, so nothing is answered twice.
import type { Committed, ToTriage } from '../contracts/merge-request-actions.ts';
import type { PersonComment } from '../contracts/merge-request-snapshot.ts';
import { mergeRequestId, type MergeRequestRef } from '../contracts/work.ts';
import { blockerId, COMMIT, isMissing, mayAsk, nitId, resultOf, unansweredId, type MergeRequestFacts } from './merge-request-facts.ts';

const committed = (facts: MergeRequestFacts, session: string): Committed | undefined => resultOf<Committed>(facts, `${COMMIT}${session}`);

interface Taken {
  readonly session: string;
  readonly comments: readonly string[];
}

const TAKE = 'take/';
const numberOf = (name: string): number => Number(name.slice(TAKE.length));
/** Oldest first. */
export const takes = (facts: MergeRequestFacts): Taken[] =>
  Object.keys(facts.done)
    .filter((name) => name.startsWith(TAKE))
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((name) => ({
      session: `answer/${name.slice(TAKE.length)}`,
      comments: resultOf<{ comments: readonly string[] }>(facts, name)?.comments ?? [],
    }));

/** Given to a session that has not run yet. */
export const takenNow = (facts: MergeRequestFacts): Taken | null =>
  takes(facts).find(({ session }) => facts.done[`${COMMIT}${session}`] === undefined) ?? null;

/**
 * What was said in the conversation before people handed over a request of theirs was said to others; threads are open or resolved. What we
 * have replied to in a thread under an earlier hand-over is settled: its rows are under another id.
 */
function isForUs({ request, custody }: MergeRequestFacts, { key, place }: PersonComment): boolean {
  const since = Math.floor(custody.since / 1_000);
  if (place.in === 'thread') return place.repliedAt === null || place.repliedAt >= since;
  return request.tell !== null || Number(key.split('@')[1]) >= since;
}

/** Of the request, whoever hands it over how often: a comment is triaged once. */
export const triageKey = (ref: MergeRequestRef, comment: string): string => `${mergeRequestId(ref)}/triage/${comment}`;

/** It may want anything that its author can ask for: a model has to say what. */
const isUnclear = (facts: MergeRequestFacts, comment: PersonComment): boolean =>
  comment.triage === 'unsure' && mayAsk(comment) && isForUs(facts, comment);

/** Asked about at once. */
const MOST_TO_TRIAGE = 10;

/** Comments that a model has to be asked about. Their words are in the store, or nobody would be asked. */
export const toTriage = (facts: MergeRequestFacts): (ToTriage & Pick<PersonComment, 'by'>)[] =>
  facts.now.comments
    .filter((comment) => isUnclear(facts, comment))
    .flatMap(({ key, by, text }) => (text === undefined ? [] : [{ key: triageKey(facts.request.ref, key), comment: key, text, by }]))
    .slice(0, MOST_TO_TRIAGE);

const NO_WORK: readonly PersonComment['triage'][] = ['approval', 'blocker', 'unsure'];

/** Somebody who may ask for something wants something that a session can do or say; of nits only where that is the policy, or allowed. */
function wants(facts: MergeRequestFacts, comment: PersonComment): boolean {
  if (!mayAsk(comment) || !isForUs(facts, comment) || NO_WORK.includes(comment.triage)) return false;
  return comment.triage !== 'nit' || facts.nits === 'fix' || (facts.nits === 'ask' && facts.answers[nitId(facts, comment)] === 'approve');
}

/** Nits about which whoever runs Signalbox is asked, and has not said anything. */
export const nitsToAsk = (facts: MergeRequestFacts): PersonComment[] =>
  facts.nits !== 'ask'
    ? []
    : facts.now.comments.filter(
        (comment) =>
          comment.triage === 'nit' && mayAsk(comment) && isForUs(facts, comment) && facts.answers[nitId(facts, comment)] === undefined,
      );

/** What somebody who may ask for something wants, and nobody was given. */
export function commentsToTake(facts: MergeRequestFacts): PersonComment[] {
  const given = new Set(takes(facts).flatMap(({ comments }) => comments));
  return facts.now.comments.filter((comment) => wants(facts, comment) && !given.has(comment.key));
}

interface Answered {
  readonly comment: PersonComment;
  readonly session: string;
  readonly commit: string | null;
  readonly hasReply: boolean;
  readonly because: string;
}

/** Comments whose session is over, as far as they are still there. */
const answered = (facts: MergeRequestFacts): Answered[] =>
  takes(facts).flatMap(({ session, comments }) => {
    const result = committed(facts, session);
    if (result === undefined) return [];
    return facts.now.comments
      .filter(({ key }) => comments.includes(key))
      .map((comment) => ({
        comment,
        session,
        commit: result.commit,
        hasReply: result.replies.includes(comment.key),
        because: result.because,
      }));
  });

const isPublished = (facts: MergeRequestFacts, { commit }: Answered): boolean => commit !== null && facts.heads.includes(commit);
const canReply = (facts: MergeRequestFacts, one: Answered): boolean => isPublished(facts, one) || (one.commit === null && one.hasReply);
const replied = (facts: MergeRequestFacts, { comment }: Answered): boolean => facts.done[`reply/${comment.key}`] !== undefined;

export const replyDue = (facts: MergeRequestFacts): Answered | null =>
  answered(facts).find((one) => canReply(facts, one) && !replied(facts, one)) ?? null;

/** Nobody in the thread waits for us: what was wanted has its reply, or an operator's word; what blocks has that word. */
function isThreadSettled(facts: MergeRequestFacts, thread: string): boolean {
  return facts.now.comments.every((comment) => {
    if (comment.place.in !== 'thread' || comment.place.thread !== thread) return true;
    if (isUnclear(facts, comment)) return false;
    if (mayAsk(comment) && comment.triage === 'blocker') return facts.answers[blockerId(facts, comment)] !== undefined;
    const { done, answers } = facts;
    return !wants(facts, comment) || done[`reply/${comment.key}`] !== undefined || answers[unansweredId(facts, comment)] !== undefined;
  });
}

/**
 * A thread is resolved where a commit has done what was asked for last, and nobody in it waits; where we only answer, whoever asked decides.
 * Once for the last comment that was answered: what is said after it makes it due again.
 */
export function resolveDue(facts: MergeRequestFacts): (Answered & { readonly thread: string }) | null {
  const last = new Map<string, Answered>();
  for (const one of answered(facts)) if (one.comment.place.in === 'thread') last.set(one.comment.place.thread, one);
  for (const [thread, one] of last)
    if (isPublished(facts, one) && isMissing(facts, `resolve/${one.comment.key}`) && isThreadSettled(facts, thread))
      return { ...one, thread };
  return null;
}

/** Work on it is over, and there is nothing to say: it failed, or its commit was left behind. An operator's word settles it. */
export const dropped = (facts: MergeRequestFacts): Answered | null =>
  answered(facts).find(
    (one) => !canReply(facts, one) && !replied(facts, one) && facts.answers[unansweredId(facts, one.comment)] === undefined,
  ) ?? null;
