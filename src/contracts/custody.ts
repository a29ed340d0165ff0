// Who has a merge request in hand: people, or Signalbox under a policy. Every hand-over, pause and release is a word on record, by whom and
// when; how things stand follows from the words.

export const CUSTODY_POLICIES = ['watch', 'fix', 'merge'] as const;
/**
 * What an owner may do. `watch`: notice, report and remind; branch and threads are left alone. `fix`: also mend checks and answer comments;
 * people merge. `merge`: everything that the workspace allows.
 */
export type CustodyPolicy = (typeof CUSTODY_POLICIES)[number];

/** `begin` opens a generation, `end` closes it; what is said between holds until the next word of its kind. */
export type CustodyWord = 'begin' | 'policy' | 'pause' | 'resume' | 'release' | 'end';

export interface CustodyEntry {
  readonly request: string;
  /** Number of the hand-over: keys of effects contain it, so that nothing of an earlier one counts. */
  readonly generation: number;
  readonly word: CustodyWord;
  /** Of `begin` and `policy`. */
  readonly policy: CustodyPolicy | null;
  /** Of `begin`: the task that has made the request. */
  readonly task: string | null;
  readonly by: string;
  readonly because: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Custody {
  readonly request: string;
  readonly generation: number;
  readonly policy: CustodyPolicy;
  readonly state: 'active' | 'paused' | 'released' | 'ended';
  readonly task: string | null;
  /** Of the last word, which may be the first. */
  readonly by: string;
  readonly because: string;
  readonly at: number;
  /** When it was handed over, in milliseconds since 1970. */
  readonly since: number;
}

/** How one generation stands after its words, oldest first. @throws Error where there is none */
export function custodyOf(words: readonly CustodyEntry[]): Custody {
  const [first, last] = [words[0], words.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nobody has this request in hand');
  const { request, generation, task, at: since } = first;
  const { by, because, at } = last;
  const policy = words.findLast((word) => word.policy !== null)?.policy ?? 'merge';
  const said = (word: CustodyWord): boolean => words.some((one) => one.word === word);
  const pausing = words.findLast(({ word }) => word === 'pause' || word === 'resume')?.word;
  const state = said('end') ? 'ended' : said('release') ? 'released' : pausing === 'pause' ? 'paused' : 'active';
  return { request, generation, policy, state, task, by, because, at, since };
}

/** `unknown`: nobody has handed it over. `over`: it was released, or has ended. `already`: it stands so. */
export type CustodyOutcome = { readonly state: 'said' | 'already' | 'over'; readonly custody: Custody } | { readonly state: 'unknown' };
