// The rules of a request: each can fire, and whatever the world answers, a request ends or waits for somebody who is named.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EffectOutcome } from '../../src/contracts/effect.ts';
import type { LeftQueueFor } from '../../src/contracts/merge-queue.ts';
import type { ForgeCheck, ForgeFacts } from '../../src/contracts/gates.ts';
import type { BaseTaken, Committed, MergeRequestAction } from '../../src/contracts/merge-request-actions.ts';
import { TRIAGES, type CheckFailure, type PersonComment } from '../../src/contracts/merge-request-snapshot.ts';
import type { Question } from '../../src/contracts/merge-request.ts';
import type { Check, Gate, GateName } from '../../src/contracts/proof.ts';
import type { SessionEnd } from '../../src/contracts/session.ts';
import { gates, gatesOfPeople } from '../../src/policies/gates.ts';
import { mergeRequestPolicy } from '../../src/policies/merge-request.ts';
import { questions } from '../../src/policies/merge-request-questions.ts';
import { withStatus } from '../../src/policies/merge-request-status.ts';
import { mayDo } from '../../src/policies/merge-request-custody.ts';
import {
  DEFAULT_MERGE_REQUEST_LIMITS,
  fixKey,
  goOnId,
  reviewKey,
  type MergeRequestFacts,
  requeueId,
} from '../../src/policies/merge-request-facts.ts';

const [H1, H2, H3] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string];
const ID = 'mr/forge/owner/app/7';

const forge: ForgeFacts = {
  state: 'open',
  closedAt: null,
  title: 'Do it',
  draft: false,
  labels: [],
  author: 'signalbox',
  head: H1,
  tree: 't1',
  base: { branch: 'main', commit: 'base' },
  merge: 'clean',
  checks: [],
  required: [],
  checksMayCome: false,
  approvalsRequired: 0,
  reviewDecision: null,
  conversations: { open: 0, mustBeResolved: false },
  alsoRequired: [],
  queue: false,
  reviews: [],
  files: ['a.ts'],
  merged: null,
  showsProof: true,
  footers: [],
};
const clean: MergeRequestFacts = {
  id: ID,
  request: {
    ref: { host: 'forge', owner: 'owner', repo: 'app', number: 7 },
    generation: 1,
    work: { workspace: 'w', owner: 'owner', repo: 'app', host: 'here', worktree: 'task/x', branch: 'signalbox/x', base: 'main' },
    goal: 'g',
    head: H1,
    classification: null,
    author: 'task/x/code/1',
    earlier: null,
    issue: 3,
    tell: 'task/x',
  },
  custody: { request: ID, generation: 1, policy: 'merge', state: 'active', task: 'task/x', by: 'task/x', because: 'b', at: 1, since: 1 },
  now: { forge, failures: [], comments: [], issue: null, branchSha: null, downstream: [] },
  proof: 'p1',
  done: { 'proof/0/p1': { state: 'done', result: null } },
  statusBefore: null,
  heads: [H1],
  sessions: {},
  reviews: {},
  running: null,
  gates: [],
  reviewed: true,
  wishes: [],
  answers: {},
  told: [],
  tracking: 'off',
  aftermath: [],
  footer: null,
  overdue: { ci: 0, reviewer: 0, operator: 0, people: 0, resting: 0 },
  escalated: null,
  limits: DEFAULT_MERGE_REQUEST_LIMITS,
  updateBy: 'rebase',
  nits: 'fix',
};

const on = (facts: MergeRequestFacts, more: Partial<ForgeFacts>): MergeRequestFacts => ({
  ...facts,
  now: { ...facts.now, forge: { ...facts.now.forge, ...more } },
});
const did = (facts: MergeRequestFacts, done: Record<string, EffectOutcome<unknown>>): MergeRequestFacts => ({
  ...facts,
  done: { ...facts.done, ...done },
});
const ok = (result: unknown = null) => ({ state: 'done', result }) as const;
const no = { state: 'refused', because: 'no' } as const;
const ended: SessionEnd = { outcome: 'completed', rule: 'r', because: 'b' };
const PEOPLES: readonly GateName[] = ['approval', 'changes-requested', 'forge-approvals', 'conversations', 'architecture'];
const gate = (name: GateName, state: 'unmet' | 'pending'): Gate => ({
  name,
  needed: true,
  because: `${name}.`,
  met: false,
  pending: state === 'pending',
  evidence: [],
  byPeople: state === 'unmet' && PEOPLES.includes(name),
});
const left = (parent: string, commit: string | null, replies: string[] = []) =>
  ok({ parent, commit, replies, because: 'x' } satisfies Committed);
const failure: CheckFailure = {
  name: 'test',
  run: '1',
  kind: 'code',
  url: null,
  summary: 'failure',
  step: 'npm test',
  job: 11,
  log: null,
  flaky: null,
};
const ci = (state: ForgeCheck['state']): ForgeCheck => ({
  name: 'test',
  state,
  ran: true,
  app: 'github-actions',
  run: '1',
  url: null,
  evidence: 'e',
});
const failing = (more: Partial<CheckFailure> = {}): MergeRequestFacts => {
  const facts = on(clean, { checks: [ci('failed')] });
  return { ...facts, gates: [gate('checks', 'unmet')], now: { ...facts.now, failures: [{ ...failure, ...more }] } };
};
const comment: PersonComment = {
  key: 'thread-5@1',
  by: 'ann',
  rank: 'writer',
  triage: 'actionable',
  excerpt: 'Rename it.',
  place: { in: 'thread', url: 'u', thread: 'T5', first: 5, path: 'a.ts', line: 1, repliedAt: null },
};
const commented = (more: Partial<PersonComment> = {}): MergeRequestFacts => ({
  ...clean,
  now: { ...clean.now, comments: [{ ...comment, ...more }] },
});
const unclear = (more: Partial<PersonComment> = {}): MergeRequestFacts => commented({ triage: 'unsure', text: 'w', ...more });
const taken = (done: Record<string, EffectOutcome<unknown>> = {}): MergeRequestFacts =>
  did(commented(), { 'take/1': ok({ comments: [comment.key] }), ...done });
const answered = (): MergeRequestFacts => ({ ...on(taken({ 'commit/answer/1': left(H1, H2) }), { head: H2 }), heads: [H1, H2] });
const merged = on(clean, { state: 'merged', merged: { sha: 'm', by: 'signalbox', at: 'then' } });
const tidy = did(merged, { 'remove-worktree': ok(), 'proof/merged': ok() });
const reverted = { kind: 'reverted', what: 'c0ffee', title: 'Revert it', by: 'ann' } as const;
const tracked = (facts: MergeRequestFacts): MergeRequestFacts => ({ ...facts, tracking: 'on' });
const closed = on(clean, { state: 'closed', closedAt: 'then' });
const saidClosed = did(closed, { 'say/closed/then': ok({ id: 1 }), 'notify/closed/then': ok() });
const pushed = on(clean, { head: H3 });
const unseenByReviewer = on(
  { ...clean, gates: [gate('changes-requested', 'unmet')] },
  { reviews: [{ by: 'ann', state: 'changes requested', commit: 'old', sameTree: false, mayWrite: true, isBot: false }] },
);
const conflicting = on({ ...clean, gates: [gate('mergeable', 'unmet')] }, { merge: 'conflict' });
const behind = on({ ...clean, gates: [gate('mergeable', 'unmet'), gate('approval', 'unmet')] }, { merge: 'behind' });
const took = (more: Partial<BaseTaken> = {}) =>
  ok({ parent: H1, commit: null, rewrites: false, conflicts: [], because: 'x', ...more } satisfies BaseTaken);
const TOOK = `take-base/${H1}/base`;
const stuck = did(conflicting, { [TOOK]: took({ conflicts: ['a.ts'] }) });
const RESOLVE = `resolve/base-${H1.slice(0, 12)}`;
const wish = (outcome: MergeRequestFacts['wishes'][number]['outcome']) => ({ head: H1, outcome, fresh: false, rested: false });
const fromQueue = (why: LeftQueueFor): MergeRequestFacts => ({
  ...clean,
  wishes: [wish({ state: 'refused', because: 'It has left the merge queue of main.', queue: { for: why, base: 'base' } })],
});
const justRefused: MergeRequestFacts = { ...clean, wishes: [{ ...wish({ state: 'refused', because: 'no' }), fresh: true }] };
const paused = { ...clean.custody, state: 'paused' } as const;
const released: MergeRequestFacts = { ...clean, custody: { ...clean.custody, state: 'released', by: 'ann' } };
const watched = { ...clean.custody, policy: 'watch' } as const;
const fixed = { ...clean.custody, policy: 'fix' } as const;
const unreviewed: MergeRequestFacts = { ...clean, reviewed: false, gates: [gate('review', 'unmet')] };

describe('the policy of a merge request', () => {
  const cases: Record<string, MergeRequestFacts> = {
    'working-after-release': { ...released, running: 'answer/1' },
    'release-unsaid': released,
    released: did(released, { 'say/released': ok({ id: 1 }) }),
    'merged-while-paused': { ...merged, custody: paused },
    'ended-while-paused': { ...closed, custody: paused },
    paused: { ...clean, custody: paused },
    'working-after-the-end': { ...merged, running: 'answer/1' },
    'lane-undecided': { ...merged, wishes: [wish(null)] },
    'issue-still-open': { ...merged, now: { ...merged.now, issue: 'open' } },
    'branch-still-there': { ...merged, now: { ...merged.now, branchSha: H1 } },
    'downstream-on-the-branch': { ...merged, now: { ...merged.now, branchSha: H1, downstream: [8, 9] } },
    'downstream-unseen': did({ ...merged, now: { ...merged.now, branchSha: H1, downstream: [8] } }, { 'retarget/8': ok() }),
    'worktree-still-there': merged,
    'proof-unfinished': did(merged, { 'remove-worktree': ok() }),
    'merge-unlogged': { ...did(merged, { 'remove-worktree': ok() }), custody: fixed },
    'closed-unsaid': closed,
    'end-unannounced': tidy,
    ended: did(tidy, { notify: ok() }),
    'end-untold': tracked(did(tidy, { notify: ok() })),
    'closing-untold': tracked(saidClosed),
    'closed-watched': tracked(did(saidClosed, { 'conclude/closed': ok() })),
    'aftermath-unrecorded': { ...tracked(did(tidy, { notify: ok(), conclude: ok() })), aftermath: [reverted] },
    'merge-watched': tracked(did(tidy, { notify: ok(), conclude: ok() })),
    'person-holds': { ...clean, gates: [gate('hold', 'unmet')] },
    'watched-unmet': { ...failing(), custody: watched },
    'watched-unknown': { ...clean, custody: watched, gates: [gate('checks', 'pending')] },
    'watched-unapproved': { ...clean, custody: watched, gates: [gate('forge-approvals', 'unmet')] },
    'watched-ready': { ...commented(), custody: watched },
    'child-runs': { ...clean, running: 'answer/1' },
    'session-ended': { ...clean, sessions: { 'answer/1': ended } },
    'person-lets-go-on': { ...pushed, answers: { [goOnId(pushed)]: 'approve' } },
    'push-of-a-person-unsaid': pushed,
    'person-has-pushed': did(pushed, { [`say/pushed/${H3}`]: ok() }),
    unpublished: did(clean, { 'commit/answer/1': left(H1, H2) }),
    'push-refused': did(clean, { 'commit/answer/1': left(H1, H2), [`push/${H2}`]: no }),
    'forge-lags': { ...clean, heads: [H1, H2] },
    'footer-changed': { ...clean, footer: 'Ours.' },
    draft: on(clean, { draft: true }),
    'base-conflicts': conflicting,
    'conflict-doubted': did(conflicting, { [TOOK]: took() }),
    'conflict-to-resolve': stuck,
    'conflict-unresolved': did(stuck, { [`commit/${RESOLVE}-1`]: left(H1, null) }),
    'behind-base': behind,
    'base-taken-unseen': did(behind, { [TOOK]: took() }),
    'reply-due': answered(),
    'thread-answered': did(answered(), { [`reply/${comment.key}`]: ok({ id: 1 }) }),
    'comment-unclear-meanwhile': { ...unclear(), running: 'answer/1' },
    'comment-unclear': unclear(),
    'comment-blocks': commented({ triage: 'blocker' }),
    'comment-unanswered': taken({ 'commit/answer/1': left(H1, null) }),
    'comments-taken': taken(),
    'people-have-said-something': commented(),
    'check-looks-flaky': failing({ flaky: 'a connection broke' }),
    'check-did-not-run': did(failing({ kind: 'infrastructure' }), { [`rerun/${H1}/test`]: ok({ id: '0' }) }),
    'checks-failed': failing(),
    'checks-not-fixed': did(failing(), { [`commit/${fixKey(clean)}`]: left(H1, null) }),
    'not-reviewed': unreviewed,
    'review-wants-a-person': {
      ...unreviewed,
      reviews: { [reviewKey(H1)]: { verdict: 'person', head: H1, rounds: 3, findings: null, because: 'Three rounds.' } },
    },
    'not-known-yet': { ...clean, gates: [gate('checks', 'pending')] },
    'gates-unmet': { ...clean, gates: [gate('mergeable', 'unmet')] },
    'reviewer-unasked': unseenByReviewer,
    'proof-outdated': { ...clean, gates: [gate('approval', 'unmet')], proof: 'p2' },
    'approval-missing': { ...clean, gates: [gate('approval', 'unmet'), gate('mergeable', 'pending')] },
    'left-to-people': { ...clean, custody: fixed },
    merging: { ...clean, wishes: [wish(null)] },
    'merged-unseen': { ...clean, wishes: [wish({ state: 'merged', sha: 'm', method: 'squash', by: 'bot' })] },
    'merge-refused': { ...clean, wishes: [1, 2, 3].map(() => wish({ state: 'refused', because: 'no' })) },
    'refused-just-now': justRefused,
    'all-gates-pass': clean,
    'taken-out-by-person': fromQueue('person'),
    'conflicts-in-queue': fromQueue('conflict'),
    'red-in-queue': fromQueue('checks'),
  };

  it.each(Object.entries(cases))('reaches %s', (rule, facts) => {
    expect(mergeRequestPolicy.decide(facts)).toMatchObject({ rule, because: expect.stringMatching(/^\S.*\S$/s) });
  });

  it('has no rule that these cases leave out', () => {
    expect(mergeRequestPolicy.rules.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort());
  });

  const ruleOf = (facts: MergeRequestFacts): string => mergeRequestPolicy.decide(facts).rule;

  it('does not rewrite a branch on which the change of somebody else was found', () => {
    const found = { ...conflicting, request: { ...conflicting.request, author: null } };
    expect(mergeRequestPolicy.decide(conflicting).action).toMatchObject({ kind: 'takeBase', how: 'rebase' });
    expect(mergeRequestPolicy.decide(found).action).toMatchObject({ kind: 'takeBase', how: 'merge' });
  });

  it('goes into the merge queue again when what it left for is over, as often as any wish', () => {
    const person = fromQueue('person');
    expect(questions(person, mergeRequestPolicy.decide(person))).toMatchObject([{ id: requeueId(person), accepts: ['approve', 'reject'] }]);
    expect(ruleOf({ ...person, answers: { [requeueId(person)]: 'approve' } })).toBe('all-gates-pass');
    const conflict = fromQueue('conflict');
    expect(ruleOf({ ...conflict, wishes: conflict.wishes.map((one) => ({ ...one, rested: true })) })).toBe('all-gates-pass');
    expect(ruleOf(on(conflict, { base: { branch: 'main', commit: 'moved' } }))).toBe('all-gates-pass');
    expect(mergeRequestPolicy.decide(fromQueue('checks')).action).toMatchObject({ kind: 'takeBase', why: 'queue', base: 'base' });
    const took = did(fromQueue('checks'), {
      [TOOK]: ok({ parent: H1, commit: null, rewrites: false, conflicts: [], because: 'It is in it.' }),
    });
    expect(ruleOf(took)).toBe('all-gates-pass');
    expect(ruleOf({ ...took, wishes: [...took.wishes, ...took.wishes, ...took.wishes] })).toBe('merge-refused');
    expect(ruleOf(fromQueue('other'))).toBe('all-gates-pass');
  });

  it('wishes again for what the lane was not shown, once no list can lag that much any more', () => {
    expect(mergeRequestPolicy.decide(justRefused).action).toEqual({ kind: 'wait', forWhom: 'forge', atMostMinutes: 0.1 });
    const seen = justRefused.wishes.map((one) => ({ ...one, fresh: false }));
    expect(mergeRequestPolicy.decide({ ...justRefused, wishes: seen }).action).toMatchObject({ kind: 'askMerge', head: H1 });
    expect(ruleOf({ ...justRefused, wishes: [...seen, ...seen, ...justRefused.wishes] })).toBe('merge-refused');
    expect(ruleOf({ ...justRefused, gates: [gate('hold', 'unmet')] })).toBe('person-holds');
  });

  it('is never behind where a queue merges it', () => {
    expect(ruleOf(on({ ...clean, gates: [] }, { merge: 'behind', queue: true }))).toBe('all-gates-pass');
  });

  it('tells the merge lane what a review wants a person to judge, for good', () => {
    const escalated = 'A critical finding has outlived a fix.';
    expect(mergeRequestPolicy.decide({ ...clean, escalated }).action).toMatchObject({ kind: 'askMerge', escalated });
  });

  it('does nothing at the word of strangers, and nothing about praise', () => {
    expect(ruleOf(commented({ rank: 'stranger' }))).toBe('all-gates-pass');
    expect(ruleOf(commented({ rank: 'stranger', triage: 'blocker' }))).toBe('all-gates-pass');
    expect(ruleOf(commented({ triage: 'approval' }))).toBe('all-gates-pass');
    expect(ruleOf(commented({ rank: 'asker' }))).toBe('people-have-said-something');
  });

  it('reacts to one text of a comment once, and to an edited one again', () => {
    const handled = did(answered(), { [`reply/${comment.key}`]: ok({ id: 1 }), [`resolve/${comment.key}`]: ok() });
    expect(ruleOf(handled)).toBe('all-gates-pass');
    const edited = { ...handled, now: { ...handled.now, comments: [{ ...comment, key: 'thread-5@2' }] } };
    expect(ruleOf(edited)).toBe('people-have-said-something');
  });

  it('asks a model about a comment whose words do not tell, once what is clear is given to a session, and before anything is merged', () => {
    const beside = (facts: MergeRequestFacts, more: Partial<PersonComment>): MergeRequestFacts => ({
      ...facts,
      now: { ...facts.now, comments: [...facts.now.comments, { ...comment, key: 'thread-6@2', ...more }] },
    });
    const asked = mergeRequestPolicy.decide(unclear());
    const key = `${ID}/triage/${comment.key}`;
    expect(asked.action).toEqual({ kind: 'triage', key, about: [{ key, comment: comment.key, text: 'w' }] });
    expect(mergeRequestPolicy.decide(beside(unclear(), { triage: 'unsure', text: 'v' })).action).toMatchObject({
      about: [{ comment: comment.key }, { comment: 'thread-6@2' }],
    });
    const both = beside(unclear(), {});
    expect(mergeRequestPolicy.decide(both).action).toMatchObject({ kind: 'take', comments: ['thread-6@2'] });
    const given = did(both, { 'take/1': ok({ comments: ['thread-6@2'] }) });
    expect(ruleOf(given)).toBe('comments-taken');
    expect(ruleOf({ ...given, running: 'answer/1' })).toBe('comment-unclear-meanwhile');
    // The thread of another one is not resolved over its head.
    const replied = did(beside(answered(), { triage: 'unsure', text: 'w' }), { [`reply/${comment.key}`]: ok({ id: 1 }) });
    expect(ruleOf(replied)).toBe('comment-unclear');
    // Handed over again, it is the same comment.
    expect(mergeRequestPolicy.decide({ ...unclear(), id: `${ID}@2` }).action).toEqual(asked.action);
  });

  it('asks no model about what strangers say, whatever it is, and lets an answer be no more than its author could have said', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TRIAGES, 'unsure' as const),
        fc.constantFrom('writer' as const, 'asker' as const, 'stranger' as const),
        fc.constantFrom('merge' as const, 'fix' as const, 'watch' as const),
        (triage, rank, handedTo) => {
          const custody = { ...clean.custody, policy: handedTo };
          const decided = mergeRequestPolicy.decide({ ...commented({ triage, rank, text: 'w' }), custody });
          if (rank === 'stranger') expect(decided).toEqual(mergeRequestPolicy.decide({ ...clean, custody }));
          else if (triage !== 'unsure') expect(decided).toEqual(mergeRequestPolicy.decide({ ...commented({ triage, rank }), custody }));
          // No word of a comment, and no model that has read it, brings a request nearer to its merge.
          if (decided.action.kind === 'askMerge') expect(rank === 'stranger' || triage === 'approval').toBe(true);
        },
      ),
    );
  });

  it('does nits, leaves them, or asks about each without waiting for that', () => {
    const nit = (nits: MergeRequestFacts['nits'], more: Partial<MergeRequestFacts> = {}): MergeRequestFacts => ({
      ...commented({ triage: 'nit' }),
      nits,
      ...more,
    });
    const asked = (facts: MergeRequestFacts): string[] => questions(facts, mergeRequestPolicy.decide(facts)).map(({ id }) => id);
    const item = `nit/${ID}/${comment.key}`;
    expect([ruleOf(nit('fix')), asked(nit('fix'))]).toEqual(['people-have-said-something', []]);
    expect([ruleOf(nit('log')), asked(nit('log'))]).toEqual(['all-gates-pass', []]);
    expect([ruleOf(nit('ask')), asked(nit('ask'))]).toEqual(['all-gates-pass', [item]]);
    expect(ruleOf(nit('ask', { answers: { [item]: 'approve' } }))).toBe('people-have-said-something');
    const rejected = nit('ask', { answers: { [item]: 'reject' } });
    expect([ruleOf(rejected), asked(rejected)]).toEqual(['all-gates-pass', []]);
    expect(asked({ ...nit('ask'), now: { ...clean.now, comments: [{ ...comment, triage: 'nit', rank: 'stranger' }] } })).toEqual([]);
  });

  it('tells the outbox once that a hold, a draft or a pause has lasted long, and leaves the request in peace', () => {
    const held: MergeRequestFacts = { ...clean, gates: [gate('hold', 'unmet')] };
    for (const [rule, facts] of Object.entries({
      'person-holds': held,
      draft: on(clean, { draft: true }),
      paused: { ...clean, custody: paused },
    })) {
      const asked = (resting: number): Question[] => {
        const now = { ...facts, overdue: { ci: 3, reviewer: 3, operator: 3, people: 3, resting } };
        expect(ruleOf(now)).toBe(rule);
        return questions(now, mergeRequestPolicy.decide(now));
      };
      expect(asked(0)).toEqual([]);
      expect(asked(1)).toMatchObject([{ id: `resting/${ID}/${rule}/${H1.slice(0, 12)}`, accepts: [] }]);
    }
  });

  it('goes on where a closed request is opened again, and says of each closing that it stops', () => {
    const watched = tracked(did(saidClosed, { 'conclude/closed': ok() }));
    expect(mergeRequestPolicy.decide(watched).action).toMatchObject({ kind: 'wait', forWhom: 'people' });
    expect(ruleOf(on(watched, { state: 'open', closedAt: null }))).toBe('all-gates-pass');
    expect(mergeRequestPolicy.decide(on(watched, { closedAt: 'later' })).action).toMatchObject({
      kind: 'say',
      key: `${ID}/say/closed/later`,
    });
    expect(ruleOf({ ...watched, custody: paused })).toBe('paused');
    expect(ruleOf({ ...watched, tracking: 'over' })).toBe('ended');
    expect(ruleOf(saidClosed)).toBe('ended');
    expect(ruleOf({ ...watched, custody: released.custody })).toBe('released');
  });

  it('runs once more what its machine has failed, and asks a person then', () => {
    const outside = failing({ kind: 'infrastructure', summary: 'the machine was full' });
    expect(mergeRequestPolicy.decide(outside)).toMatchObject({
      rule: 'check-looks-flaky',
      because: 'test failed, and not by the change (the machine was full): it runs once more before it is believed.',
    });
    const again = did(outside, { [`rerun/${H1}/test`]: ok({ id: '0' }) });
    expect(mergeRequestPolicy.decide(again)).toMatchObject({
      rule: 'check-did-not-run',
      because: 'test (the machine was full): no change of code mends that.',
      action: { kind: 'wait', forWhom: 'operator' },
    });
  });

  it('takes back what somebody said in a thread for nobody else, and resolves it when all in it are answered', () => {
    const beside = (facts: MergeRequestFacts, more: Partial<PersonComment>): MergeRequestFacts => ({
      ...facts,
      now: { ...facts.now, comments: [...facts.now.comments, { ...comment, key: 'thread-6@2', by: 'bob', ...more }] },
    });
    expect(ruleOf(beside(commented({ triage: 'blocker' }), { triage: 'approval' }))).toBe('comment-blocks');
    expect(ruleOf(beside(commented(), { triage: 'approval' }))).toBe('people-have-said-something');
    const replied = did(answered(), { [`reply/${comment.key}`]: ok({ id: 1 }) });
    expect(ruleOf(beside(replied, { triage: 'approval' }))).toBe('thread-answered');
    const waits = beside(replied, {});
    expect(mergeRequestPolicy.decide(waits).action).toMatchObject({ kind: 'take', comments: ['thread-6@2'] });
    const both = did(waits, { 'take/2': ok({ comments: ['thread-6@2'] }), 'commit/answer/2': left(H2, null, ['thread-6@2']) });
    expect(mergeRequestPolicy.decide(both).action).toMatchObject({ kind: 'reply', comment: 'thread-6@2' });
    // It was only answered: whoever asked decides.
    expect(ruleOf(did(both, { 'reply/thread-6@2': ok({ id: 2 }) }))).toBe('all-gates-pass');
    expect(ruleOf(beside(replied, { triage: 'blocker' }))).toBe('comment-blocks');
  });

  it('answers without a commit where the session has an answer, and leaves such a thread open', () => {
    const words = taken({ 'commit/answer/1': left(H1, null, [comment.key]) });
    expect(mergeRequestPolicy.decide(words).action).toMatchObject({ kind: 'reply', commit: null });
    expect(ruleOf(did(words, { [`reply/${comment.key}`]: ok({ id: 1 }) }))).toBe('all-gates-pass');
  });

  it('publishes nothing of a session that was killed or has failed', () => {
    const endedAs = (outcome: SessionEnd['outcome']): MergeRequestAction =>
      mergeRequestPolicy.decide({ ...clean, sessions: { 'answer/1': { ...ended, outcome } } }).action;
    expect(endedAs('killed')).toMatchObject({ kind: 'commit', discard: expect.stringContaining('killed') });
    expect(endedAs('failed')).toMatchObject({ kind: 'commit', discard: expect.stringContaining('failed') });
    expect(endedAs('limit')).toMatchObject({ kind: 'commit', discard: null });
  });

  it('never pushes over a person: what stood on an earlier head stays where it is', () => {
    const behind = did(pushed, { 'commit/answer/1': left(H1, H2), [`say/pushed/${H3}`]: ok() });
    expect(ruleOf(behind)).toBe('person-has-pushed');
    expect(ruleOf({ ...behind, heads: [H1, H3] })).not.toBe('unpublished');
  });

  it('keeps the branch of a merged request as long as another one needs it', () => {
    const merging = { ...merged, now: { ...merged.now, branchSha: H1, downstream: [8, 9] } };
    const one = did(merging, { 'retarget/8': ok() });
    expect(mergeRequestPolicy.decide(one).action).toMatchObject({ kind: 'retarget', number: 9, base: 'main' });
    const refused = did({ ...merging, now: { ...merging.now, downstream: [9] } }, { 'retarget/8': ok(), 'retarget/9': no });
    expect(ruleOf(refused)).toBe('worktree-still-there');
    expect(ruleOf({ ...merging, now: { ...merging.now, downstream: [] } })).toBe('branch-still-there');
  });

  it('rewrites a branch only where every commit on it is ours', () => {
    const how = (facts: MergeRequestFacts): unknown => mergeRequestPolicy.decide(facts).action;
    for (const facts of [conflicting, behind]) {
      expect(how(facts)).toMatchObject({ kind: 'takeBase', how: 'rebase', base: 'base', branch: 'main' });
      expect(how({ ...facts, updateBy: 'merge' })).toMatchObject({ how: 'merge' });
      const theirs = { ...on(did(facts, { [`take-up/${H3}`]: ok() }), { head: H3 }), heads: [H1, H3] };
      expect(how(theirs)).toMatchObject({ how: 'merge' });
      expect(how({ ...facts, request: { ...facts.request, tell: null } })).toMatchObject({ how: 'merge' });
    }
    expect(how(did(behind, { [TOOK]: took({ commit: H2, rewrites: true }) }))).toMatchObject({ kind: 'push', commit: H2, rewrites: true });
    expect(how(did(clean, { 'commit/answer/1': left(H1, H2) }))).toMatchObject({ kind: 'push', commit: H2, rewrites: false });
  });

  it('touches no branch that a person has pushed to, conflict or not', () => {
    const theirs = did(on(conflicting, { head: H3 }), { [`say/pushed/${H3}`]: ok() });
    expect(ruleOf(theirs)).toBe('person-has-pushed');
    expect(ruleOf(did(theirs, { [TOOK]: took({ commit: H2, rewrites: true }) }))).toBe('person-has-pushed');
  });

  it('lets sessions resolve conflicts within limits, and again for whoever has words for it', () => {
    const { resolutions } = DEFAULT_MERGE_REQUEST_LIMITS;
    expect(mergeRequestPolicy.decide(stuck).action).toMatchObject({ kind: 'session', key: `${RESOLVE}-1`, base: 'base', about: ['a.ts'] });
    const often = Object.fromEntries(Array.from({ length: resolutions }, (_, at) => [`commit/resolve/other${at}-x-1`, left(H1, null)]));
    expect(ruleOf(did(stuck, often))).toBe('conflict-unresolved');
    expect(ruleOf({ ...did(stuck, often), told: ['m'] })).toBe('conflict-to-resolve');
    expect(mergeRequestPolicy.decide({ ...stuck, sessions: { [`${RESOLVE}-1`]: ended } }).action).toMatchObject({
      kind: 'commit',
      merges: 'base',
    });
    // A person has taken back what we made of it.
    expect(ruleOf({ ...did(stuck, { [TOOK]: took({ commit: H2 }) }), heads: [H1, H2, H1] })).toBe('conflict-unresolved');
  });

  it('brings up to date what nothing but people hold up, so often and no more', () => {
    expect(ruleOf({ ...behind, gates: [...behind.gates, gate('checks', 'pending')] })).toBe('not-known-yet');
    expect(ruleOf({ ...behind, gates: [...behind.gates, gate('tests', 'unmet')] })).toBe('gates-unmet');
    const { updates } = DEFAULT_MERGE_REQUEST_LIMITS;
    const often = Object.fromEntries(Array.from({ length: updates }, (_, at) => [`take-base/x/${at}`, took()]));
    expect(ruleOf(did(behind, often))).toBe('gates-unmet');
  });

  it('takes a branch that was set back to an older commit of ours for a person’s doing, each time anew', () => {
    const lagging = { ...clean, heads: [H1, H2] };
    expect(ruleOf(lagging)).toBe('forge-lags');
    expect(ruleOf({ ...lagging, now: { ...lagging.now, branchSha: H2 } })).toBe('forge-lags');
    const back = { ...lagging, now: { ...lagging.now, branchSha: H1 } };
    expect(ruleOf(back)).toBe('push-of-a-person-unsaid');
    const said = did(back, { [`say/pushed/2/${H1}`]: ok() });
    expect(ruleOf(said)).toBe('person-has-pushed');
    expect(ruleOf({ ...said, answers: { [`go-on/${ID}/2/${H1}`]: 'approve' } })).toBe('person-lets-go-on');
    const again = { ...said, heads: [H1, H2, H1, H3], answers: { [`go-on/${ID}/2/${H1}`]: 'approve' as const } };
    expect(ruleOf(again)).toBe('push-of-a-person-unsaid');
  });

  it('believes a failure that does not look flaky at once, and one that does after its second run', () => {
    expect(mergeRequestPolicy.decide(failing()).action).toMatchObject({ kind: 'session', playbook: 'fix-checks', about: ['test'] });
    const again = did(failing({ flaky: 'x' }), { [`rerun/${H1}/test`]: ok({ id: '1' }) });
    expect(ruleOf({ ...again, gates: [gate('checks', 'pending')] })).toBe('not-known-yet');
    expect(ruleOf({ ...again, now: { ...again.now, failures: [{ ...failure, run: '2', flaky: 'x' }] } })).toBe('checks-failed');
  });

  it('does nothing while it is paused or only watched, and never merges where it shall only fix', () => {
    const all = Object.values(cases);
    const kinds = (custody: Partial<MergeRequestFacts['custody']>): Set<string> =>
      new Set(all.map((facts) => mergeRequestPolicy.decide({ ...facts, custody: { ...facts.custody, ...custody } }).action.kind));
    expect([...kinds({ state: 'paused' })].sort()).toEqual(['end', 'log', 'wait']);
    expect([...kinds({ state: 'released' })].sort()).toEqual(['end', 'say', 'stop']);
    const watching = [...kinds({ state: 'active', policy: 'watch' })];
    expect(watching.filter((kind) => !['end', 'wait', 'stop', 'log', 'notify', 'conclude'].includes(kind))).toEqual([]);
    expect(kinds({ state: 'active', policy: 'fix' })).not.toContain('askMerge');
  });

  it('is told once more right before an effect whether people still allow it', () => {
    const push = { kind: 'push', key: 'k/push/c' } as const;
    const may = (custody: Partial<MergeRequestFacts['custody']>, action: Parameters<typeof mayDo>[1]): boolean =>
      mayDo({ ...clean.custody, ...custody }, action);
    expect([may({}, push), may({ policy: 'fix' }, push), may({ policy: 'watch' }, push)]).toEqual([true, true, false]);
    expect([may({ state: 'paused' }, push), may({ state: 'released' }, push), may({ state: 'ended' }, push)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(may({ state: 'released' }, { kind: 'say', key: `${ID}/say/released` })).toBe(true);
    expect(may({ policy: 'fix' }, { kind: 'askMerge', key: 'k' })).toBe(false);
  });

  it('puts the footer of a description right, once for each way in which it was changed, and leaves those of others alone', () => {
    const decide = (facts: MergeRequestFacts) => mergeRequestPolicy.decide(facts);
    const changed = (footers: readonly string[]): MergeRequestFacts => on({ ...clean, footer: 'Ours.' }, { footers });
    expect(decide(changed(['Ours.'])).rule).not.toBe('footer-changed');
    const gone = decide(changed([])).action as { readonly key: string };
    const doubled = decide(changed(['Ours.', 'Ours.'])).action as { readonly key: string };
    expect([gone, doubled]).toMatchObject([{ kind: 'footer' }, { kind: 'footer' }]);
    expect(gone.key).not.toBe(doubled.key);
    expect(decide(did(changed([]), { [gone.key.slice(ID.length + 1)]: ok() })).rule).not.toBe('footer-changed');
    expect(decide({ ...changed([]), footer: null }).rule).not.toBe('footer-changed');
    expect(decide({ ...changed([]), custody: { ...clean.custody, policy: 'watch' } }).rule).not.toBe('footer-changed');
  });

  it('heeds of what was said before people handed their request over only what is in open threads', () => {
    const theirs = (facts: MergeRequestFacts): MergeRequestFacts => ({
      ...facts,
      request: { ...facts.request, tell: null },
      custody: { ...facts.custody, since: 5_000 },
    });
    const place = { in: 'conversation', url: 'u' } as const;
    expect(ruleOf(theirs(commented({ key: 'comment-5@4', place })))).toBe('all-gates-pass');
    expect(ruleOf(theirs(commented({ key: 'comment-5@6', place })))).toBe('people-have-said-something');
    expect(ruleOf(theirs(commented({ key: 'thread-5@4' })))).toBe('people-have-said-something');
    const repliedAt = (second: number) => ({ ...comment.place, repliedAt: second });
    expect(ruleOf(theirs(commented({ place: repliedAt(4) as PersonComment['place'] })))).toBe('all-gates-pass');
    expect(ruleOf(theirs(commented({ place: repliedAt(6) as PersonComment['place'] })))).toBe('people-have-said-something');
  });

  it('asks for approval only of what is reviewed, and closes the question with its reason', () => {
    const missing = { ...clean, gates: [gate('approval', 'unmet')] };
    const asked = (facts: MergeRequestFacts): Question[] => {
      const { rule, because, action } = mergeRequestPolicy.decide(facts);
      return questions(facts, { rule, because, action });
    };
    expect(asked(missing)).toMatchObject([{ id: `approve/${ID}/${H1}`, accepts: ['approve', 'reject'], about: H1 }]);
    expect(asked({ ...missing, reviewed: false })).toEqual([]);
    expect(asked(on(missing, { head: H3 }))).toEqual([]);
    expect(asked(did(pushed, { [`say/pushed/${H3}`]: ok() }))).toMatchObject([{ id: goOnId(pushed), about: H3 }]);
    expect(asked(clean)).toEqual([]);
  });

  it('shows the proof of a risky change and asks for approval of its head, though the workspace merges by itself', () => {
    const audited = { ...clean, gates: [gate('architecture', 'unmet')] };
    expect(ruleOf({ ...audited, proof: 'p2' })).toBe('proof-outdated');
    const decided = mergeRequestPolicy.decide(audited);
    expect(decided).toMatchObject({ rule: 'approval-missing', action: { kind: 'wait', forWhom: 'reviewer' } });
    expect(questions(audited, decided)).toMatchObject([{ id: `approve/${ID}/${H1}`, accepts: ['approve', 'reject'], about: H1 }]);
    // One that was made and failed is no matter of approval.
    const failed = { ...clean, gates: [{ ...gate('architecture', 'unmet'), byPeople: false }] };
    expect(mergeRequestPolicy.decide(failed)).toMatchObject({ rule: 'gates-unmet', action: { forWhom: 'operator' } });
    expect(questions(failed, mergeRequestPolicy.decide(failed))).toMatchObject([{ accepts: ['answer'] }]);
  });

  it('waits for time only where time brings something, whatever the forge shows; else people are told, and reminded', () => {
    const shown = fc.record({
      merge: fc.constantFrom<ForgeFacts['merge'][]>('clean', 'blocked', 'behind', 'conflict'),
      checks: fc.subarray([ci('passed'), { ...ci('failed'), name: 'lint' }]),
      required: fc.subarray(['test']),
      approvalsRequired: fc.nat(2),
      reviewDecision: fc.constantFrom(null, 'approved' as const, 'changes requested' as const, 'review required' as const),
      conversations: fc.record({ open: fc.nat(2), mustBeResolved: fc.boolean() }),
      queue: fc.boolean(),
      alsoRequired: fc.subarray(['approval by code owners', 'signed commits']),
    });
    const reviewed: Check = {
      id: 'r',
      repository: 'r',
      commit: H1,
      tree: 't1',
      kind: 'review',
      name: 'r',
      outcome: 'passed',
      because: 'Clean.',
      at: 1,
      findings: null,
      session: null,
      evidence: null,
    };
    const policyOf = { method: 'squash', testsNeeded: true, testChecks: [], personPaths: [], productionPaths: [] } as const;
    fc.assert(
      fc.property(shown, fc.boolean(), fc.constantFrom('merge' as const, 'watch' as const), (forgeShows, autoMerge, handedTo) => {
        const missing = forgeShows.required.some((name) => !forgeShows.checks.some((check) => check.name === name));
        fc.pre(!missing); // a required check may still come
        const facts = on(clean, forgeShows);
        const all = gates({
          now: facts.now.forge,
          checks: [reviewed],
          approvals: [],
          blockers: [],
          classification: null,
          ours: true,
          held: null,
          escalated: null,
          policy: { ...policyOf, autoMerge },
        });
        const custody = { ...facts.custody, policy: handedTo };
        const { action } = mergeRequestPolicy.decide({ ...facts, custody, gates: handedTo === 'watch' ? gatesOfPeople(all) : all });
        if (action.kind === 'wait') expect(['reviewer', 'operator', 'people']).toContain(action.forWhom);
      }),
      { numRuns: 500 },
    );
  });

  describe('with its status comment', () => {
    const told = withStatus(mergeRequestPolicy);
    const missing: MergeRequestFacts = { ...clean, gates: [gate('approval', 'unmet')] };
    /** The facts once everything is told that has to be. */
    function afterTelling(facts: MergeRequestFacts): MergeRequestFacts {
      const { action } = told.decide(facts);
      return action.kind === 'status' || action.kind === 'say'
        ? afterTelling(did(facts, { [action.key.replace(`${ID}/`, '')]: ok({ id: 5 }) }))
        : facts;
    }
    const overdue = (facts: MergeRequestFacts, reviewer: number): MergeRequestFacts => ({
      ...facts,
      overdue: { ...facts.overdue, reviewer },
    });

    it('tells what it waits for before it waits, once, in one comment', () => {
      const first = told.decide(missing);
      expect(first).toMatchObject({
        rule: 'status-outdated',
        action: { kind: 'status', comment: null, status: { rule: 'approval-missing', waitsFor: 'reviewer', head: H1 } },
      });
      const shown = afterTelling(missing);
      expect(told.decide(shown).rule).toBe('approval-missing');
      const held = { ...shown, gates: [gate('hold', 'unmet')] };
      expect(told.decide(held).action).toMatchObject({ kind: 'status', comment: 5, status: { rule: 'person-holds' } });
      expect(told.decide(afterTelling(held)).rule).toBe('person-holds');
    });

    it('goes on with the comment of an earlier hand-over, and makes one where that can not be edited', () => {
      const again = { ...missing, statusBefore: 4 };
      const first = told.decide(again).action as { key: string };
      expect(first).toMatchObject({ kind: 'status', comment: 4 });
      const refused = did(again, { [first.key.slice(ID.length + 1)]: no });
      expect(told.decide(refused).rule).toBe('approval-missing');
      expect(told.decide({ ...refused, gates: [gate('hold', 'unmet')] }).action).toMatchObject({ kind: 'status', comment: null });
    });

    it('says nothing while checks end one by one, of what passes in moments, or of what is paused', () => {
      const waiting = (because: string): MergeRequestFacts => ({ ...clean, gates: [{ ...gate('checks', 'pending'), because }] });
      const shown = afterTelling(waiting('Waiting for a, b.'));
      expect(told.decide({ ...shown, gates: waiting('Waiting for b.').gates }).rule).toBe('not-known-yet');
      expect(told.decide({ ...clean, gates: [gate('mergeable', 'pending')] }).rule).toBe('not-known-yet');
      expect(told.decide({ ...missing, custody: paused }).rule).toBe('paused');
    });

    it('reminds once a number and wait, then tells the outbox', () => {
      const shown = afterTelling(missing);
      const first = told.decide(overdue(shown, 1));
      expect(first).toMatchObject({ rule: 'reminder-due', action: { kind: 'say', key: `${ID}/say/reminder/${H1}/approval-missing/1` } });
      const reminded = did(shown, { [`say/reminder/${H1}/approval-missing/1`]: ok({ id: 6 }) });
      expect(told.decide(overdue(reminded, 1)).rule).toBe('approval-missing');
      expect(told.decide(overdue(reminded, 2)).action).toMatchObject({ key: expect.stringMatching(/approval-missing\/2$/) });
      const spent = overdue(afterTelling(overdue(reminded, 3)), 3);
      const decided = told.decide(spent);
      expect(decided.rule).toBe('approval-missing');
      const notices = (facts: MergeRequestFacts): Question[] => questions(facts, decided).filter(({ accepts }) => accepts.length === 0);
      expect(notices(spent)).toMatchObject([{ id: `overdue/${ID}/approval-missing/${H1.slice(0, 12)}` }]);
      expect(notices(overdue(spent, 2))).toEqual([]);
      expect(told.decide(overdue({ ...afterTelling({ ...clean, gates: [gate('hold', 'unmet')] }) }, 3)).rule).toBe('person-holds');
    });
  });

  it('ends, or waits for somebody who is named, whatever is refused, fails, or is said meanwhile', () => {
    const chance = fc.record({
      refused: fc.boolean(),
      committed: fc.boolean(),
      replied: fc.boolean(),
      killed: fc.boolean(),
      reviewed: fc.constantFrom('clean' as const, 'fixed' as const, 'person' as const),
      red: fc.boolean(),
      said: fc.boolean(),
      conflicts: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(chance, { minLength: 400, maxLength: 400 }), (chances) => {
        let facts: MergeRequestFacts = { ...failing({ flaky: 'x' }), reviewed: false };
        let comments = 0;
        for (const [step, by] of chances.entries()) {
          const { action } = mergeRequestPolicy.decide(facts);
          if (action.kind === 'end') return;
          if (action.kind === 'wait' && action.forWhom !== 'session' && action.forWhom !== 'ci' && action.forWhom !== 'forge') return;
          facts = after(facts, action, by, `${step}`.padStart(40, 'd'));
          // People comment a few times, CI runs for every head.
          if (by.said && comments < 5) facts = withComment(facts, ++comments, by.red ? 'unsure' : 'actionable');
        }
        throw new Error('the request went on for 400 steps');
      }),
      { numRuns: 300 },
    );
  });
});

interface Chance {
  readonly refused: boolean;
  readonly committed: boolean;
  readonly replied: boolean;
  readonly killed: boolean;
  readonly reviewed: 'clean' | 'fixed' | 'person';
  readonly red: boolean;
  readonly conflicts: boolean;
}

/** The world after an action, as chance has it. */
function after(facts: MergeRequestFacts, action: MergeRequestAction, by: Chance, sha: string): MergeRequestFacts {
  const name = 'key' in action ? action.key.replace(`${ID}/`, '') : '';
  const outcome = (result: unknown): MergeRequestFacts => did(facts, { [name]: by.refused ? no : ok(result) });
  switch (action.kind) {
    case 'wait':
      return withCi(on(facts, { merge: 'clean' }), by.red);
    case 'session':
      return { ...facts, sessions: { ...facts.sessions, [action.key]: by.killed ? { ...ended, outcome: 'killed' } : ended } };
    case 'commit': {
      const commit = action.discard === null && by.committed ? sha : null;
      const replies = by.replied ? facts.now.comments.map(({ key }) => key) : [];
      return { ...did(facts, { [name]: left(action.parent, commit, replies) }), sessions: {} };
    }
    case 'push': {
      if (by.refused) return outcome(null);
      const moved = on(outcome(null), {
        head: action.commit,
        merge: by.conflicts ? 'conflict' : 'clean',
        base: { branch: 'main', commit: sha },
      });
      return withCi({ ...moved, heads: [...facts.heads, action.commit], reviewed: false }, by.red);
    }
    case 'review': {
      const head = by.reviewed === 'fixed' ? sha : action.head;
      const verdict = by.reviewed === 'person' ? 'person' : 'clean';
      return {
        ...facts,
        reviews: { [action.key]: { verdict, head, rounds: 1, findings: null, because: 'x' } },
        reviewed: by.reviewed !== 'fixed',
        gates: [...facts.gates.filter((one) => one.name !== 'review'), ...(verdict === 'person' ? [gate('review', 'unmet')] : [])],
      };
    }
    case 'rerun':
      return withCi(outcome({ id: action.run }), by.red, '2');
    case 'triage':
      return {
        ...facts,
        now: {
          ...facts.now,
          comments: facts.now.comments.map((one) =>
            action.about.some(({ comment: asked }) => asked === one.key)
              ? { ...one, triage: by.refused ? 'actionable' : by.killed ? 'blocker' : 'approval' }
              : one,
          ),
        },
      };
    case 'take':
      return did(facts, { [name]: ok({ comments: action.comments }) });
    case 'takeBase':
      return outcome(
        by.committed
          ? { parent: action.head, commit: sha, rewrites: action.how === 'rebase', conflicts: [], because: 'x' }
          : { parent: action.head, commit: null, rewrites: false, conflicts: by.replied ? ['a.ts'] : [], because: 'x' },
      );
    case 'askMerge':
      return by.refused
        ? {
            ...facts,
            wishes: [...facts.wishes, { head: action.head, outcome: { state: 'refused', because: 'no' }, fresh: false, rested: true }],
          }
        : on(facts, { state: 'merged' });
    case 'end':
    case 'stop':
    case 'takeUp':
    case 'removeWorktree':
    case 'reply':
    case 'resolve':
    case 'askReviewer':
    case 'proof':
    case 'conclude':
    case 'aftermath':
    case 'log':
    case 'footer':
    case 'status':
    case 'say':
    case 'closeIssue':
    case 'retarget':
    case 'deleteBranch':
    case 'notify':
      return outcome({ id: '0' });
  }
}

const withCi = (facts: MergeRequestFacts, red: boolean, run = '1'): MergeRequestFacts => {
  const now = { ...facts.now, forge: { ...facts.now.forge, checks: [ci(red ? 'failed' : 'passed')] } };
  const failures = red ? [{ ...failure, run, flaky: run === '1' ? 'x' : null }] : [];
  return { ...facts, now: { ...now, failures }, gates: red ? [gate('checks', 'unmet')] : [] };
};

const withComment = (facts: MergeRequestFacts, number: number, triage: PersonComment['triage']): MergeRequestFacts => ({
  ...facts,
  now: {
    ...facts.now,
    comments: [...facts.now.comments, { ...comment, key: `thread-${number}@1`, triage, ...(triage === 'unsure' ? { text: 'w' } : {}) }],
  },
});
