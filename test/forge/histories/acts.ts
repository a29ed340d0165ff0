// What people do in a random history: a history is a list of moments, in each of which some of them act at once, each once. Acts name
// what they are about by small numbers, which play.ts turns into what is there by then, so that any part of a history is one as well.
import fc from 'fast-check';

export const PEOPLE = ['owner', 'writer', 'helper', 'reader'] as const;
export type Person = (typeof PEOPLE)[number];

/** Who may write: the verdicts of the others do not count. */
export const WRITERS: readonly string[] = ['owner', 'writer', 'helper'];

export const BASES = ['main', 'next'] as const;
export const TOPICS = ['red', 'green', 'blue', 'grey'] as const;
export const LABELS = ['bug', 'help wanted', 'question'] as const;

/** Of what a CODEOWNERS may consist; files of these histories lie in no folders. */
export const OWNER_LINES = ['* @owner', 'red-* @writer @reader', '/shared @helper @owner', 'green-? @reader', 'blue-1'] as const;

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface Protection {
  /** `build` comes as a commit status, `lint` as a check run. */
  readonly contexts: readonly ('build' | 'lint')[];
  readonly strict: boolean;
  /** Approvals; null: none are asked for. */
  readonly approvals: number | null;
  readonly dismissStale: boolean;
  readonly lastPush: boolean;
  readonly holdsAdmins: boolean;
  readonly linear: boolean;
  /** What has owners (owners.ts) needs the approval of one of them. */
  readonly codeOwners: boolean;
}

/** A merge queue, and the checks that it asks for. */
export interface QueueRule {
  readonly method: MergeMethod;
  readonly contexts: readonly ('build' | 'lint')[];
  readonly grouping: 'ALLGREEN' | 'HEADGREEN';
  /** How many entries are built and merged at once. */
  readonly atOnce: number;
}

export type Act =
  | { readonly kind: 'push'; readonly branch: string; readonly file: number; readonly force: boolean }
  | { readonly kind: 'delete branch'; readonly branch: string }
  | { readonly kind: 'open'; readonly from: number; readonly base: string; readonly draft: boolean }
  | { readonly kind: 'open issue' }
  | { readonly kind: 'comment'; readonly on: number }
  | { readonly kind: 'label' | 'unlabel'; readonly on: number; readonly label: string }
  | { readonly kind: 'review'; readonly on: number; readonly verdict: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT' }
  | { readonly kind: 'dismiss'; readonly on: number }
  | { readonly kind: 'status'; readonly on: number; readonly state: 'success' | 'failure' | 'pending' }
  | { readonly kind: 'check'; readonly on: number; readonly conclusion: 'success' | 'failure' | 'neutral' }
  | { readonly kind: 'merge'; readonly on: number; readonly method: MergeMethod; readonly guard: 'none' | 'head' | 'wrong' }
  | { readonly kind: 'update' | 'close' | 'reopen'; readonly on: number }
  | { readonly kind: 'draft' | 'ready' | 'no auto-merge' | 'enqueue' | 'dequeue'; readonly on: number }
  | { readonly kind: 'auto-merge'; readonly on: number; readonly method: MergeMethod }
  /** What CI says of an entry's group: `build` and `lint` at once. */
  | { readonly kind: 'test group'; readonly on: number; readonly state: 'success' | 'failure' }
  | { readonly kind: 'owners'; readonly base: string; readonly lines: readonly string[] }
  | { readonly kind: 'queue'; readonly base: string; readonly rule: QueueRule }
  | { readonly kind: 'no queue'; readonly base: string }
  | { readonly kind: 'protect'; readonly base: string; readonly protection: Protection }
  | { readonly kind: 'unprotect'; readonly base: string };

export interface Deed {
  readonly by: Person;
  readonly act: Act;
}

export type History = readonly (readonly Deed[])[];

const on = fc.nat({ max: 7 });
const topic = fc.constantFrom(...TOPICS);
const base = fc.constantFrom('main', 'main', 'main', 'next');
const label = fc.constantFrom(...LABELS);

const protection: fc.Arbitrary<Protection> = fc.record({
  contexts: fc.subarray(['build', 'lint'] as const),
  strict: fc.boolean(),
  approvals: fc.constantFrom(null, null, 0, 1, 1, 1, 2),
  dismissStale: fc.boolean(),
  lastPush: fc.boolean(),
  holdsAdmins: fc.boolean(),
  linear: fc.boolean(),
  codeOwners: fc.boolean(),
});

const queueRule: fc.Arbitrary<QueueRule> = fc.record({
  method: fc.constantFrom('merge', 'squash', 'rebase'),
  contexts: fc.constantFrom<QueueRule['contexts'][]>(['build'], ['build'], ['build', 'lint'], []),
  grouping: fc.constantFrom('ALLGREEN', 'HEADGREEN'),
  atOnce: fc.constantFrom(1, 2, 5),
});

/** With the weights of a repository where work gets done: otherwise hardly anything would ever be merged. */
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('push'), branch: topic, file: fc.nat({ max: 3 }), force: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('push'), branch: base, file: fc.nat({ max: 3 }), force: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete branch'), branch: topic }) },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('open'), from: on, base, draft: fc.constantFrom(false, false, false, false, false, true) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('open issue') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('comment'), on }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('label', 'label', 'unlabel'), on, label }) },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('review'),
      on,
      verdict: fc.constantFrom('APPROVE', 'APPROVE', 'APPROVE', 'REQUEST_CHANGES', 'COMMENT'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('dismiss'), on }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('status'), on, state: fc.constantFrom('success', 'success', 'failure', 'pending') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('check'), on, conclusion: fc.constantFrom('success', 'success', 'failure', 'neutral') }) },
  {
    weight: 13,
    arbitrary: fc.record({
      kind: fc.constant('merge'),
      on,
      method: fc.constantFrom('merge', 'squash', 'rebase'),
      guard: fc.constantFrom('none', 'head', 'head', 'head', 'wrong'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('update'), on }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('close', 'reopen', 'reopen', 'draft', 'ready', 'ready', 'ready'), on }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('protect'), base, protection }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unprotect'), base }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('auto-merge'), on, method: fc.constantFrom('merge', 'squash', 'rebase') }),
  },
  { weight: 10, arbitrary: fc.record({ kind: fc.constantFrom('enqueue', 'enqueue', 'enqueue', 'enqueue', 'dequeue', 'no auto-merge'), on }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('test group'), on, state: fc.constantFrom('success', 'success', 'success', 'failure') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('owners'), base, lines: fc.subarray([...OWNER_LINES]) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('queue'), base, rule: queueRule }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('no queue'), base }) },
);

const OWNERS_ACTS: ReadonlySet<Act['kind']> = new Set(['protect', 'unprotect', 'queue', 'no queue', 'owners']);

/** Rules are the owner's to set; all else anybody may try. */
const deed: fc.Arbitrary<Deed> = fc
  .record({ by: fc.constantFrom<Person[]>('owner', 'owner', 'writer', 'writer', 'writer', 'helper', 'helper', 'helper', 'reader'), act })
  .map(({ by, act: what }): Deed => ({ by: OWNERS_ACTS.has(what.kind) ? 'owner' : by, act: what }));

const STRICT: Protection = {
  contexts: ['lint'],
  strict: false,
  approvals: 1,
  dismissStale: false,
  lastPush: false,
  holdsAdmins: true,
  linear: false,
  codeOwners: false,
};
const QUEUE: QueueRule = { method: 'squash', contexts: ['build'], grouping: 'ALLGREEN', atOnce: 5 };

const push = (branch: string, file = 0): Act => ({ kind: 'push', branch, file, force: false });
const open = (from: number): Act => ({ kind: 'open', from, base: 'main', draft: false });
const merge = (method: MergeMethod, guard: 'head' | 'wrong' = 'head'): Act => ({ kind: 'merge', on: 0, method, guard });
const approve: Act = { kind: 'review', on: 0, verdict: 'APPROVE' };
const build = (at: number): Act => ({ kind: 'status', on: at, state: 'success' });
const test = (at: number): Act => ({ kind: 'test group', on: at, state: 'success' });

/** With this every history begins, so that no seed leaves out a merge by some method or way, one under rules, or one that these refuse. */
export const BEGINNING: History = [
  [
    { by: 'owner', act: push('red') },
    { by: 'writer', act: push('green') },
    { by: 'helper', act: push('blue') },
  ],
  [
    { by: 'helper', act: open(0) },
    { by: 'owner', act: open(1) },
    { by: 'writer', act: open(2) },
  ],
  [{ by: 'owner', act: { kind: 'protect', base: 'main', protection: STRICT } }],
  [{ by: 'writer', act: merge('squash') }],
  [
    { by: 'owner', act: approve },
    { by: 'writer', act: approve },
  ],
  [{ by: 'writer', act: merge('squash') }],
  [{ by: 'helper', act: { kind: 'check', on: 0, conclusion: 'success' } }],
  [{ by: 'helper', act: merge('squash', 'wrong') }],
  [{ by: 'writer', act: merge('squash') }],
  [{ by: 'owner', act: { kind: 'unprotect', base: 'main' } }],
  [{ by: 'helper', act: merge('merge') }],
  [{ by: 'owner', act: merge('rebase') }],
  [
    { by: 'owner', act: push('red', 1) },
    { by: 'helper', act: push('grey') },
  ],
  [{ by: 'owner', act: { kind: 'owners', base: 'main', lines: ['* @owner', 'red-* @writer @reader'] } }],
  [{ by: 'helper', act: open(3) }],
  [{ by: 'writer', act: open(2) }],
  [{ by: 'owner', act: { kind: 'protect', base: 'main', protection: { ...STRICT, contexts: ['build'], codeOwners: true } } }],
  [
    { by: 'writer', act: { kind: 'auto-merge', on: 0, method: 'squash' } },
    { by: 'owner', act: { kind: 'auto-merge', on: 1, method: 'merge' } },
    { by: 'helper', act: build(0) },
  ],
  [{ by: 'owner', act: approve }],
  [{ by: 'helper', act: merge('squash') }],
  [{ by: 'writer', act: approve }],
  [
    { by: 'owner', act: approve },
    { by: 'writer', act: build(0) },
  ],
  [
    { by: 'owner', act: { kind: 'unprotect', base: 'main' } },
    { by: 'writer', act: push('green', 1) },
    { by: 'helper', act: push('blue', 1) },
  ],
  [
    { by: 'owner', act: { kind: 'queue', base: 'main', rule: QUEUE } },
    { by: 'writer', act: open(1) },
    { by: 'helper', act: open(0) },
  ],
  [
    { by: 'writer', act: build(0) },
    { by: 'helper', act: build(1) },
  ],
  [
    { by: 'writer', act: { kind: 'enqueue', on: 0 } },
    { by: 'helper', act: { kind: 'enqueue', on: 1 } },
  ],
  [
    { by: 'writer', act: merge('squash') },
    { by: 'helper', act: test(1) },
  ],
  [{ by: 'owner', act: test(0) }],
  [
    { by: 'owner', act: { kind: 'no queue', base: 'main' } },
    { by: 'writer', act: push('red') },
    { by: 'helper', act: push('grey', 1) },
  ],
  [
    { by: 'writer', act: open(3) },
    { by: 'helper', act: open(2) },
  ],
];

/** @param moments of each history */
export const histories = (moments: { readonly least: number; readonly most: number }): fc.Arbitrary<History> =>
  fc.array(fc.uniqueArray(deed, { minLength: 2, maxLength: 4, selector: ({ by }) => by, size: 'max' }), {
    minLength: moments.least,
    maxLength: moments.most,
    size: 'max',
  });
