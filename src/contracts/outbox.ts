// What people are asked or told. A question waits until its first answer; whatever does not fit what waits now is refused with what does.
// A notice (an item that accepts nothing) waits until somebody says that it was seen, also when its sender has ended.

export type Verdict = 'answer' | 'approve' | 'reject' | 'confirm';

export interface NewOutboxItem {
  /** Chosen by who asks and unique for ever: the same id asked again is the same item. */
  readonly id: string;
  /** The workflow that waits; an accepted answer is put into its mailbox. */
  readonly askedBy: string;
  readonly question: string;
  /** Empty: nothing is asked, only told. */
  readonly accepts: readonly Verdict[];
  /** What an answer must name to be valid, where it matters: the head commit of an approval. */
  readonly about?: string;
}

export interface OutboxItem extends NewOutboxItem {
  readonly askedAt: number;
  readonly answer?: Answer;
  /** Why it waits no longer, without an answer. */
  readonly withdrawnBecause?: string;
  /** Who has said first that it was seen. A question waits for its answer all the same. */
  readonly seenBy?: string;
}

export interface NewAnswer {
  readonly item: string;
  readonly verdict: Verdict;
  readonly by: string;
  /** Any JSON. */
  readonly body?: unknown;
  /** The commit that the person saw. */
  readonly about?: string;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly by: string;
  readonly body: unknown;
  readonly at: number;
  /** Id of the mail that carries it. */
  readonly mail: string;
}

export type AnswerOutcome =
  | { readonly state: 'accepted'; readonly item: OutboxItem }
  | { readonly state: 'answered already'; readonly answer: Answer }
  | { readonly state: 'refused'; readonly because: string; readonly waiting: readonly OutboxItem[] };
