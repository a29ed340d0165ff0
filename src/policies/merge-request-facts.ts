// What a request's policy decides by, and what follows from it. What was done is read from the ledger of effects, by names that are the
// rest of their keys; limits count over the whole life of the request.
import type { Custody } from '../contracts/custody.ts';
import type { EffectOutcome } from '../contracts/effect.ts';
import type { MergeAsk } from '../contracts/merge-lane.ts';
import { mergeAskId } from '../contracts/merge-lane.ts';
import type { Aftermath, BaseTaken, BaseUpdate, MergeRequestAction } from '../contracts/merge-request-actions.ts';
import type { Nits, Remindable, Reminders } from '../contracts/merge-request-settings.ts';
import type { CheckFailure, MergeRequestSnapshot, PersonComment } from '../contracts/merge-request-snapshot.ts';
import type { MergeRequestOutcome } from '../contracts/merge-request-actions.ts';
import type { NewMergeRequest } from '../contracts/merge-request.ts';
import type { Verdict } from '../contracts/outbox.ts';
import type { Gate, GateName } from '../contracts/proof.ts';
import type { ReviewEnd } from '../contracts/review.ts';
import type { SessionEnd } from '../contracts/session.ts';

export interface MergeRequestFacts {
  /** Prefix of the keys of everything that is done for this request. */
  readonly id: string;
  readonly request: NewMergeRequest;
  /** In whose hands it is, and under which policy. */
  readonly custody: Custody;
  readonly now: MergeRequestSnapshot;
  /** What was done or refused, by the rest of the key. Not from the forge: its lists lag. */
  readonly done: Readonly<Record<string, EffectOutcome<unknown>>>;
  /** The status comment of an earlier hand-over as the same identity: a new one goes on with it. Null where there is none. */
  readonly statusBefore: number | null;
  /** Heads that are ours: what the request began with, what was pushed since, what was taken up from a person; the newest last. */
  readonly heads: readonly string[];
  readonly sessions: Readonly<Record<string, SessionEnd>>;
  readonly reviews: Readonly<Record<string, ReviewEnd>>;
  /** Key of the child that runs now. */
  readonly running: string | null;
  readonly gates: readonly Gate[];
  /** Digest of the section of the description that shows how these gates stand. */
  readonly proof: string;
  /** What the description's footer has to be; null where it is to have none of ours. */
  readonly footer: string | null;
  /** Whether a review of ours has looked at the head's tree, whatever it said. */
  readonly reviewed: boolean;
  /**
   * What was wished of the merge lane, oldest first. `fresh`: it was refused so lately that the lane may have been shown less than the owner.
   * `rested`: that it was refused has been long enough ago to try again what time may mend.
   */
  readonly wishes: readonly (Pick<MergeAsk, 'head' | 'outcome'> & { readonly fresh: boolean; readonly rested: boolean })[];
  /** What people have answered, by the ids of the questions. */
  readonly answers: Readonly<Record<string, Verdict>>;
  /** Ids of mail with words for the next session. */
  readonly told: readonly string[];
  /** Whether it is still watched after its end: what becomes of its merge, whether it is opened again; `off`: never is. */
  readonly tracking: 'off' | 'on' | 'over';
  /** What has become of it so far. */
  readonly aftermath: readonly Aftermath[];
  /** For each who may be waited for, how often the hours of a reminder have passed since the wait began. */
  readonly overdue: Readonly<Record<Remindable, number>>;
  /** Why a review wants that a person decides, for the whole life of the request; null where none does. */
  readonly escalated: string | null;
  readonly limits: MergeRequestLimits;
  /** How a branch on which all is ours is brought up to date; others are only merged into. */
  readonly updateBy: BaseUpdate;
  readonly nits: Nits;
}

export interface MergeRequestLimits {
  /** Sessions that may try to mend failed checks, over the whole life of a request. */
  readonly fixes: number;
  /** How often the merge lane is asked for the same head. */
  readonly wishes: number;
  /** How often git may take the base in, and how many sessions may resolve conflicts with it, over the whole life of a request. */
  readonly updates: number;
  readonly resolutions: number;
  readonly reminders: Reminders;
  /** For how many days after its end a request is watched; 0: not at all. */
  readonly trackDays: number;
  /** For how long the forge's lists may lack what it has told of, or has shown before; 0: never. */
  readonly lagSeconds: number;
}

export const DEFAULT_MERGE_REQUEST_LIMITS: MergeRequestLimits = {
  fixes: 3,
  wishes: 3,
  updates: 20,
  resolutions: 3,
  reminders: { most: 2, hours: { ci: 2, reviewer: 24, operator: 24, people: 24, resting: 7 * 24 } },
  trackDays: 30,
  lagSeconds: 6,
};

/**
 * How long a wait may be. Webhooks, and the poll of the repository behind them, tell what people do, how checks end and that the base has moved;
 * what neither shows (rights were given) is seen then.
 */
export const PERSON_MINUTES = 60;
export const MACHINE_MINUTES = 10;
/** How long what time may mend is left alone, in minutes. */
export const REST_MINUTES = MACHINE_MINUTES;
/** Of what nobody tells and what takes moments: whether it can be merged, whether checks begin. */
export const CHECK_MINUTES = 1;

export const operator = (): MergeRequestAction => ({ kind: 'wait', forWhom: 'operator', atMostMinutes: PERSON_MINUTES });
export const people = (): MergeRequestAction => ({ kind: 'wait', forWhom: 'people', atMostMinutes: PERSON_MINUTES });
export const keyOf = ({ id }: MergeRequestFacts, name: string): string => `${id}/${name}`;
export const isMissing = ({ done }: MergeRequestFacts, name: string): boolean => done[name] === undefined;

const SHORT = 12;
export const short = (commit: string): string => commit.slice(0, SHORT);
export const headOf = ({ now }: MergeRequestFacts): string => now.forge.head;
/** The newest head of ours. */
export const last = ({ heads }: MergeRequestFacts): string => heads.at(-1) ?? '';
export const isOurs = ({ heads }: MergeRequestFacts, commit: string | null): boolean => commit !== null && heads.includes(commit);

/** Somebody has set the branch back to an older commit of ours: that is where the branch itself is, and not only where the request shows it. */
export const isSetBack = (facts: MergeRequestFacts): boolean =>
  headOf(facts) !== last(facts) && isOurs(facts, headOf(facts)) && facts.now.branchSha === headOf(facts);
/** The head is somebody else's doing. */
export const isTheirs = (facts: MergeRequestFacts): boolean => !isOurs(facts, headOf(facts)) || isSetBack(facts);
/** Names what somebody else has made of the branch: a commit, or the state after so many heads that was undone. */
const theirName = (facts: MergeRequestFacts): string => (isSetBack(facts) ? `${facts.heads.length}/${headOf(facts)}` : headOf(facts));

export const pushName = (facts: MergeRequestFacts): string => `push/${toPush(facts)?.commit}`;

export const nameOf = {
  takeUp: (facts: MergeRequestFacts): string => `take-up/${theirName(facts)}`,
  sayTheirs: (facts: MergeRequestFacts): string => `say/pushed/${theirName(facts)}`,
  /** Once per head commit and job. */
  rerun: (facts: MergeRequestFacts, check: string): string => `rerun/${headOf(facts)}/${check}`,
  askReviewer: (facts: MergeRequestFacts, reviewer: string): string => `ask-reviewer/${headOf(facts)}/${reviewer}`,
  wish: (facts: MergeRequestFacts): string => mergeAskId(facts.id, headOf(facts), wishes(facts).length),
};

export function resultOf<Result>({ done }: MergeRequestFacts, name: string): Result | undefined {
  const outcome = done[name];
  return outcome?.state === 'done' ? (outcome.result as Result) : undefined;
}

export const hasEnded = ({ now }: MergeRequestFacts): boolean => now.forge.state !== 'open';
export const outcomeOf = ({ now: { forge } }: MergeRequestFacts): MergeRequestOutcome =>
  forge.state === 'merged' ? { outcome: forge.state, head: forge.head, mergeSha: forge.merged?.sha ?? null } : { outcome: 'closed' };

// Sessions and what they leave

interface Ended {
  readonly session: string;
  readonly outcome: SessionEnd['outcome'];
  readonly discard: string | null;
}

/** What a killed or failed session left is nobody's intention. */
const NOT_KEPT: readonly SessionEnd['outcome'][] = ['killed', 'failed'];

/** A session that has ended and that no commit has dealt with. */
export function toCommit({ sessions, done }: MergeRequestFacts): Ended | null {
  for (const [session, { outcome, because }] of Object.entries(sessions))
    if (done[`commit/${session}`] === undefined)
      return { session, outcome, discard: NOT_KEPT.includes(outcome) ? `${session} was ${outcome}: ${because}` : null };
  return null;
}

export const COMMIT = 'commit/';
/** What git has made by taking the base in (merge-request-base.ts). */
export const TAKE_BASE = 'take-base/';

export interface Unpublished {
  readonly commit: string;
  readonly rewrites: boolean;
}

/**
 * A commit for the newest head that is not published: of a session, of the base that was taken in, or of the fixes of a review. One that
 * was made for another head was left behind when a person pushed.
 */
export function toPush(facts: MergeRequestFacts): Unpublished | null {
  for (const name of Object.keys(facts.done).filter((one) => one.startsWith(COMMIT) || one.startsWith(TAKE_BASE))) {
    const { commit = null, parent, rewrites = false } = resultOf<Partial<BaseTaken>>(facts, name) ?? {};
    if (commit !== null && parent === last(facts) && !facts.heads.includes(commit)) return { commit, rewrites };
  }
  const reviewed = facts.reviews[reviewKey(last(facts))];
  return reviewed !== undefined && !facts.heads.includes(reviewed.head) ? { commit: reviewed.head, rewrites: false } : null;
}

// Checks

/** Those that have ended; one that runs again is pending until the forge shows the new run. */
export function failures(facts: MergeRequestFacts): CheckFailure[] {
  const failed = facts.now.failures.filter(({ name, run }) => resultOf<{ id: string }>(facts, nameOf.rerun(facts, name))?.id !== run);
  // One session shall see everything that is wrong.
  return facts.now.forge.checks.some(({ state }) => state === 'pending') || failed.length < facts.now.failures.length ? [] : failed;
}

export const toRerun = (facts: MergeRequestFacts): CheckFailure | null =>
  facts.now.failures.find(
    ({ name, flaky, kind, job }) =>
      job !== null && (flaky !== null || kind === 'infrastructure') && facts.done[nameOf.rerun(facts, name)] === undefined,
  ) ?? null;

const FIX = 'fix-checks/';
export const fixKey = (facts: MergeRequestFacts): string => `${FIX}${short(headOf(facts))}`;
export const fixesTried = ({ done }: Pick<MergeRequestFacts, 'done'>): number =>
  Object.keys(done).filter((name) => name.startsWith(`${COMMIT}${FIX}`)).length;

// Reviews

const REVIEW = 'review/';
export const reviewKey = (head: string): string => `${REVIEW}${short(head)}`;
export const reviewEnded = (facts: MergeRequestFacts): ReviewEnd | null => facts.reviews[reviewKey(headOf(facts))] ?? null;
export const isReviewed = ({ reviewed, gates }: MergeRequestFacts): boolean =>
  reviewed || !gates.some(({ name, needed }) => name === 'review' && needed);

/** Why a person has to look whatever else holds: somebody had to be asked before about what we can't judge. */
export const escalation = (facts: Pick<MergeRequestFacts, 'done' | 'limits' | 'escalated'>): string | null =>
  facts.escalated ?? (fixesTried(facts) >= facts.limits.fixes ? `${fixesTried(facts)} sessions had to mend failed checks.` : null);

export const mayAsk = ({ rank }: PersonComment): boolean => rank !== 'stranger';
/** Says that it must not be merged, at the word of somebody who may say so. */
export const isBlocker = (comment: PersonComment): boolean => mayAsk(comment) && comment.triage === 'blocker';

// Gates

/** Told of by rules of their own. */
const OWN_RULES: readonly GateName[] = ['hold', 'review', 'blocker'];
const isUnmet = ({ needed, met, pending }: Gate): boolean => needed && !met && !pending;

/** What comes by itself. That the forge holds a merge as long as people have not approved is no news. */
export function pendingGates(facts: MergeRequestFacts): Gate[] {
  const waitsForPeople = unmet(facts).approvals.length > 0;
  return facts.gates.filter(({ name, needed, met, pending }) => needed && !met && pending && !(name === 'mergeable' && waitsForPeople));
}

export interface Unmet {
  readonly blocker: PersonComment | null;
  readonly hold: Gate | null;
  readonly review: Gate | null;
  readonly approvals: readonly Gate[];
  readonly others: readonly Gate[];
}

/** What is missing and does not come by itself, by who could bring it. */
export function unmet(facts: MergeRequestFacts): Unmet {
  const gates = facts.gates.filter(isUnmet);
  return {
    blocker: facts.now.comments.find((comment) => isBlocker(comment) && facts.answers[blockerId(facts, comment)] === undefined) ?? null,
    hold: gates.find(({ name }) => name === 'hold') ?? null,
    review: gates.find(({ name }) => name === 'review') ?? null,
    approvals: gates.filter(({ byPeople }) => byPeople),
    others: gates.filter(({ name, byPeople }) => !OWN_RULES.includes(name) && !byPeople),
  };
}

/** Gates that the approval of the head by a person meets. */
export const MET_BY_APPROVAL: readonly GateName[] = ['approval', 'architecture', 'production', 'security'];

/** Who wanted changes of an earlier head, and was not asked to look at this one. */
export const reviewerToAsk = (facts: MergeRequestFacts): string | null =>
  facts.now.forge.reviews.find(
    ({ by, state, commit }) =>
      state === 'changes requested' && commit !== headOf(facts) && facts.done[nameOf.askReviewer(facts, by)] === undefined,
  )?.by ?? null;

/** Of the head as it is. */
export const wishes = (facts: MergeRequestFacts): MergeRequestFacts['wishes'] => facts.wishes.filter(({ head }) => head === headOf(facts));

// Questions to people, by their ids

export const approveId = (id: string, head: string): string => `approve/${id}/${head}`;
export const requeueId = (facts: MergeRequestFacts): string => `requeue/${facts.id}/${short(headOf(facts))}/${wishes(facts).length}`;
export const goOnId = (facts: MergeRequestFacts): string => `go-on/${facts.id}/${theirName(facts)}`;
export const blockerId = ({ id }: Pick<MergeRequestFacts, 'id'>, { key }: PersonComment): string => `blocker/${id}/${key}`;
export const nitId = ({ id }: MergeRequestFacts, { key }: PersonComment): string => `nit/${id}/${key}`;
export const unansweredId = ({ id }: MergeRequestFacts, { key }: PersonComment): string => `unanswered/${id}/${key}`;

/** Rules by which nothing is done because people want that. */
export const RESTS: readonly string[] = ['person-holds', 'draft', 'paused'];
/** Rules that wait for what a person does on the forge; they need no question. */
export const ASKS_NOTHING: readonly string[] = [...RESTS, 'merge-watched', 'closed-watched'];
