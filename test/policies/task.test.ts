// The task's rules: each can fire, and a world that answers leads every task to its end.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_TASK_BUDGET, times, type Budget } from '../../src/contracts/budget.ts';
import type { Directive, Told } from '../../src/contracts/directive.ts';
import type { Verdict } from '../../src/contracts/outbox.ts';
import type { ReviewEnd } from '../../src/contracts/review.ts';
import type { Draft } from '../../src/contracts/request-policy.ts';
import type { SessionEnd } from '../../src/contracts/session.ts';
import { plan } from '../../src/policies/plan.ts';
import { HOLD_LABEL, type TaskFacts } from '../../src/policies/task-facts.ts';
import { taskPolicy } from '../../src/policies/task.ts';

const end: SessionEnd = { outcome: 'completed', rule: 'output-given', because: '' };
const done = (result: unknown) => ({ state: 'done', result }) as const;
const refused = { state: 'refused', because: 'no' } as const;
const clean: ReviewEnd = { verdict: 'clean', head: 'c2', rounds: 2, findings: 'f', because: '' };
const words = { title: 'Solve it', body: '', labels: [] };
const delivery = plan({ pipeline: 'delivery', classification: 'none', ...words });
const quick = plan({ pipeline: 'quick', classification: 'none', ...words });
const fresh: TaskFacts = {
  now: { state: 'open', createdAt: 1, milestone: null, pushed: null, ...words },
  id: 'task/x',
  name: 'o/r#1',
  hasIssue: true,
  pipeline: 'delivery',
  plan: delivery,
  done: {},
  sessions: {},
  classified: false,
  risk: null,
  requests: { labels: [], reviewers: [], draft: 'never' },
  reviews: {},
  running: [],
  answers: {},
  requestEnd: null,
  after: [],
  afterLeft: null,
  refusal: null,
  told: [],
  words: [],
  owner: null,
  heeded: [],
  approvable: [],
  budget: { spent: times(DEFAULT_TASK_BUDGET, 0), allowed: DEFAULT_TASK_BUDGET },
  tries: 2,
};
const having = (facts: TaskFacts, more: TaskFacts['done']): TaskFacts => ({ ...facts, done: { ...facts.done, ...more } });
const labelled = having(fresh, { label: done(null) });
const classified: TaskFacts = { ...labelled, sessions: { 'classify/1': end }, classified: true };
const ended: TaskFacts = { ...classified, sessions: { 'classify/1': end, 'code/1': end } };
const committed = having(ended, { 'commit/code/1': done({ commit: 'c1' }) });
const reviewed: TaskFacts = { ...committed, reviews: { 'review/1': clean } };
const unclean: TaskFacts = { ...committed, reviews: { 'review/1': { ...clean, verdict: 'person', because: 'It leaks.' } } };
const pushed = having(reviewed, { 'push/c2': done({ commit: 'c2' }) });
const requested = having(pushed, { request: done({ id: 7 }) });
const said = having(requested, { comment: done({ id: 1 }) });
const announced = having(said, { notify: done(null) });
const owned = having(announced, { own: done(null) });
const merged: TaskFacts = { ...owned, requestEnd: { outcome: 'merged', head: 'c2', mergeSha: 'm' } };
const idle: TaskFacts = {
  ...having(classified, { 'commit/code/1': refused, 'commit/code/2': refused }),
  sessions: { 'code/1': end, 'code/2': end },
};
const answered = (facts: TaskFacts, name: string, verdict: Verdict | null): TaskFacts => ({
  ...facts,
  answers: { ...facts.answers, [name]: verdict === null ? null : { verdict, text: 'because I say so' } },
});

const refusedAt = (number: number): TaskFacts => ({
  ...fresh,
  refusal: { reason: 'archived', asked: 'git push', says: 'It was archived.', number },
});
const told = (directive: Directive, at = 10): Told => ({ mail: 'm1', by: 'ann', directive, at });
const merged_ = { task: 'task/a', state: 'merged', how: 'merged' } as const;
const open = { task: 'task/c', state: 'open', how: '' } as const;

const ofIssue: TaskFacts = {
  ...requested,
  now: { ...requested.now, labels: ['bug', 'signalbox: working', 'hold'], milestone: 3 },
  requests: { labels: ['by-agent', 'bug'], reviewers: ['ann', 'org/team'], draft: 'never' },
};
const completed = (outcome: TaskFacts['done'][string]): TaskFacts => having(ofIssue, { complete: outcome });

describe('the task policy', () => {
  const cases: Record<string, TaskFacts> = {
    'merge-not-announced': merged,
    merged: having(merged, { 'notify-merged': done(null) }),
    'request-released': { ...owned, requestEnd: { outcome: 'released' } },
    'request-closed': { ...owned, requestEnd: { outcome: 'closed' } },
    'issue-closed': { ...fresh, now: { ...fresh.now, state: 'closed' } },
    'person-gave-up': answered(unclean, 'review/1', 'reject'),
    'followed-task-failed': { ...fresh, after: [merged_, { task: 'task/b', state: 'failed', how: 'closed' }, open] },
    'followed-tasks-late': { ...fresh, after: [merged_, open], afterLeft: 0 },
    'directive-given': { ...fresh, told: [told({ kind: 'hold' })] },
    'person-said-hold': { ...fresh, heeded: [{ by: 'ann', directive: { kind: 'hold' }, declined: null }] },
    'code-complete': { ...labelled, now: { ...labelled.now, pushed: 'p1' } },
    'budget-spent': { ...labelled, budget: { spent: DEFAULT_TASK_BUDGET, allowed: DEFAULT_TASK_BUDGET } },
    'followed-tasks-open': { ...fresh, after: [merged_, open] },
    'forge-refuses': refusedAt(0),
    'person-holds': { ...fresh, now: { ...fresh.now, labels: [HOLD_LABEL] } },
    'work-under-way': { ...labelled, running: ['code/1'] },
    'not-marked-yet': fresh,
    'not-classified': labelled,
    'not-committed': ended,
    'work-to-do': classified,
    'no-result': idle,
    'not-reviewed': committed,
    'review-not-clean': unclean,
    'not-pushed': reviewed,
    'push-refused': having(reviewed, { 'push/c2': refused }),
    'no-request-yet': pushed,
    'request-refused': having(pushed, { request: refused }),
    'not-completed-yet': { ...requested, now: { ...requested.now, milestone: 3 } },
    'completion-refused': completed(refused),
    'not-said-yet': requested,
    'not-announced-yet': said,
    'not-owned-yet': announced,
    'words-for-the-request': { ...owned, words: [{ mail: 'm1', by: 'ann' }], owner: 'mr/h/o/r/7' },
    'request-watched': owned,
    delivered: { ...announced, plan: quick },
  };

  it.each(Object.entries(cases))('reaches %s', (rule, facts) => {
    expect(taskPolicy.decide(facts).rule).toBe(rule);
  });

  it('has no rule that these cases leave out', () => {
    expect(taskPolicy.rules.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort());
  });

  it('names the task that it was to follow and that failed, and starts when all are merged', () => {
    const failed = taskPolicy.decide(cases['followed-task-failed'] ?? fresh);
    expect(failed.action).toMatchObject({
      kind: 'end',
      outcome: { outcome: 'failed', because: expect.stringContaining('task/b, which ended without a merge (closed)') },
    });
    expect(taskPolicy.decide({ ...fresh, after: [merged_], afterLeft: 0 }).rule).toBe('not-marked-yet');
    expect(taskPolicy.decide({ ...fresh, after: [open], afterLeft: 30 }).action).toMatchObject({ kind: 'wait', atMostMinutes: 30 });
    expect(taskPolicy.decide({ ...fresh, after: [open], afterLeft: 0 })).toMatchObject({
      action: { outcome: { outcome: 'failed', because: expect.stringContaining('task/c') } },
    });
  });

  it('proposes what the review has made of the change', () => {
    expect(taskPolicy.decide(reviewed).action).toMatchObject({ kind: 'push', commit: 'c2' });
    expect(taskPolicy.decide({ ...committed, plan: quick }).action).toMatchObject({ kind: 'push', commit: 'c1' });
  });

  it('goes on without a classification when it can not be had, on the most careful path', () => {
    const failed: TaskFacts = { ...labelled, sessions: { 'classify/1': end, 'classify/2': end } };
    expect(taskPolicy.decide(failed)).toMatchObject({ rule: 'work-to-do', action: { key: 'code/1' } });
  });

  it('asks a person once, and does what was said', () => {
    expect(taskPolicy.decide(unclean).action).toMatchObject({ kind: 'ask', key: 'task/x/ask/review/1', accepts: ['approve', 'reject'] });
    expect(taskPolicy.decide(answered(unclean, 'review/1', null)).action).toMatchObject({ kind: 'wait', forWhom: 'operator' });
    expect(taskPolicy.decide(answered(unclean, 'review/1', 'approve'))).toMatchObject({ rule: 'not-pushed' });
    expect(taskPolicy.decide(answered(idle, 'no-result/2', 'answer'))).toMatchObject({ rule: 'work-to-do', action: { key: 'code/3' } });
    const again = answered(having(reviewed, { 'push/c2': refused }), 'push/c2', 'approve');
    expect(taskPolicy.decide(again).action).toMatchObject({ kind: 'push', key: 'task/x/push/c2/2' });
  });

  it('asks about what the forge refuses, once for each time, and ends when a person gives up', () => {
    expect(taskPolicy.decide(refusedAt(0)).action).toMatchObject({
      kind: 'ask',
      key: 'task/x/ask/access/0',
      accepts: ['confirm', 'answer', 'reject'],
      question: expect.stringMatching(/^o\/r#1: The repository is archived \(git push: It was archived\.\)\. Take the repository out/),
    });
    expect(taskPolicy.decide(answered(refusedAt(0), 'access/0', null)).action).toMatchObject({ kind: 'wait', forWhom: 'operator' });
    expect(taskPolicy.decide(answered(refusedAt(1), 'access/0', 'confirm')).action).toMatchObject({ key: 'task/x/ask/access/1' });
    expect(taskPolicy.decide(answered(refusedAt(1), 'access/0', 'reject')).rule).toBe('person-gave-up');
  });

  it('goes on from what somebody has pushed to its branch, and writes it where that is nothing', () => {
    const there = { ...labelled, now: { ...labelled.now, pushed: 'p1' } };
    expect(taskPolicy.decide(there).action).toMatchObject({ kind: 'takeUp', key: 'task/x/found', commit: 'p1' });
    expect(taskPolicy.decide({ ...having(there, { found: refused }), classified: true }).rule).toBe('work-to-do');
    const found = { ...having(there, { found: done({ commit: 'p1' }) }), classified: true };
    expect(taskPolicy.decide(found).action).toMatchObject({ kind: 'review', head: 'p1' });
    const same = { ...found, reviews: { 'review/1': { ...clean, head: 'p1' } } };
    expect(taskPolicy.decide(same).rule).toBe('no-request-yet');
    expect(taskPolicy.decide({ ...found, reviews: { 'review/1': clean } }).action).toMatchObject({
      kind: 'push',
      commit: 'c2',
      expected: 'p1',
    });
  });

  it('asks before it spends more than it may, and spends no more than was allowed', () => {
    const once = { turns: 90, minutes: 60, tokens: 2_000_000, usd: 10 };
    const of = (facts: TaskFacts, spent: Partial<Budget>, allowed = once): TaskFacts => ({
      ...facts,
      budget: { spent: { turns: 9, minutes: 6, tokens: 2_000, usd: 1, ...spent }, allowed },
    });
    const spent = of(labelled, { usd: 12.5, tokens: 2_000_000 });
    expect(taskPolicy.decide(spent).action).toMatchObject({
      kind: 'ask',
      key: 'task/x/ask/budget/0',
      accepts: ['approve', 'reject'],
      question: expect.stringContaining(
        'has spent 2,000,000 tokens of 2,000,000 tokens, $12.50 of $10.00. May it spend 90 turns, 60 minutes, 2,000,000 tokens, $10.00 more?',
      ),
    });
    for (const one of [{ turns: 90 }, { minutes: 60.5 }]) expect(taskPolicy.decide(of(labelled, one)).rule).toBe('budget-spent');
    const more = answered(spent, 'budget/0', 'approve');
    expect(taskPolicy.decide(of(more, { usd: 12.5 }, times(once, 2))).rule).toBe('not-classified');
    expect(taskPolicy.decide(of(more, { usd: 21 }, times(once, 2))).action).toMatchObject({ key: 'task/x/ask/budget/1' });
    // What is made is not thrown away.
    expect(taskPolicy.decide(of(ended, { usd: 12.5 })).rule).toBe('not-committed');
    expect(taskPolicy.decide(of(reviewed, { usd: 12.5 })).rule).toBe('not-pushed');
  });

  it('follows what people tell it, where that can be done, and says so where not', () => {
    const heed = (facts: TaskFacts, directive: Directive, at?: number) =>
      taskPolicy.decide({ ...facts, told: [told(directive, at)] }).action;
    expect(heed(fresh, { kind: 'skip', phase: 'review' })).toMatchObject({ kind: 'heed', key: 'task/x/directive/1', declined: null });
    expect(heed(fresh, { kind: 'skip', phase: 'code' })).toMatchObject({ declined: expect.stringContaining("code can't be skipped") });
    expect(heed(fresh, { kind: 'skip', phase: 'ux-design' })).toMatchObject({ declined: expect.stringContaining('no phase ux-design') });
    const asking = { ...answered(unclean, 'review/1', null), approvable: [{ id: 'task/x/ask/review/1', at: 5 }] };
    expect(heed(asking, { kind: 'approve' })).toMatchObject({ approves: 'task/x/ask/review/1' });
    expect(heed(asking, { kind: 'approve' }, 4)).toMatchObject({ approves: null, declined: 'what waits now was asked later' });
    expect(heed(fresh, { kind: 'approve' })).toMatchObject({ approves: null, declined: 'nothing waits for an approval' });
    expect(heed(fresh, { kind: 'priority', to: 3 })).toMatchObject({ declined: expect.stringContaining('no order') });
    const held = { by: 'ann', directive: { kind: 'hold' }, declined: null } as const;
    expect(taskPolicy.decide({ ...fresh, heeded: [held, { ...held, directive: { kind: 'resume' } }] }).rule).toBe('not-marked-yet');
  });

  it('gives a request what its issue and the settings say, once, and tells what the forge does not take', () => {
    expect(taskPolicy.decide(ofIssue)).toMatchObject({
      because: 'Request #7 gets what its issue and the settings say: labels bug, by-agent; milestone 3; reviewers ann, org/team.',
      action: { key: 'task/x/complete', labels: ['bug', 'by-agent'], milestone: 3, reviewers: ['ann', 'org/team'] },
    });
    expect(taskPolicy.decide(completed(refused)).action).toMatchObject({ kind: 'ask', key: 'task/x/ask/complete', accepts: [] });
    expect(taskPolicy.decide(answered(completed(refused), 'complete', null)).rule).toBe('not-said-yet');
    expect(taskPolicy.decide(completed(done(null))).rule).toBe('not-said-yet');
  });

  it('opens a draft where the settings say so', () => {
    const opened = (draft: Draft, more: Partial<TaskFacts> = {}) =>
      taskPolicy.decide({ ...pushed, ...more, requests: { ...pushed.requests, draft } }).action;
    expect(opened('never', { risk: 'Critical' })).toMatchObject({ kind: 'openRequest', draft: false });
    expect(opened('always', { risk: 'Low' })).toMatchObject({ draft: true });
    expect(opened('risky', { risk: 'Medium' })).toMatchObject({ draft: false });
    expect(opened('risky', { risk: 'High' })).toMatchObject({ draft: true });
    expect(opened('risky')).toMatchObject({ draft: true }); // nobody could say
    const disputed = {
      reviews: { 'review/1': { ...clean, verdict: 'person' as const } },
      answers: { 'review/1': { verdict: 'approve' as const, text: '' } },
    };
    expect(opened('risky', { risk: 'Low', ...disputed })).toMatchObject({ draft: true });
  });

  it('leaves an issue alone that was closed by its own merge', () => {
    expect(taskPolicy.decide({ ...owned, now: { ...owned.now, state: 'closed' } }).rule).toBe('request-watched');
  });

  it('does nothing on an issue where there is none', () => {
    expect(taskPolicy.decide({ ...fresh, hasIssue: false }).rule).toBe('not-classified');
    expect(taskPolicy.decide({ ...requested, hasIssue: false }).rule).toBe('not-announced-yet');
  });

  it('comes to an end or to a person, whatever is refused and whatever people say', () => {
    const fate = fc.record({
      refused: fc.boolean(),
      classifies: fc.boolean(),
      verdict: fc.constantFrom<ReviewEnd['verdict']>('clean', 'person'),
      // People do not say "again" for ever.
      says: fc.constantFrom<Verdict>('answer', 'approve', 'reject'),
    });
    fc.assert(
      fc.property(fc.array(fate, { minLength: 60, maxLength: 60 }), fc.boolean(), (fates, isQuick) => {
        let facts: TaskFacts = { ...fresh, plan: isQuick ? quick : delivery };
        let questions = 0;
        for (const fate of fates) {
          const { action, rule } = taskPolicy.decide(facts);
          if (action.kind === 'end') return;
          if (action.kind === 'wait') {
            const asked = Object.entries(facts.answers).find(([, answer]) => answer === null)?.[0];
            if (asked !== undefined) facts = answered(facts, asked, fate.says);
            else if (action.forWhom === 'request') facts = { ...facts, requestEnd: { outcome: 'merged', head: 'c', mergeSha: 'm' } };
            else throw new Error(`${rule} waits for ${action.forWhom}, who was not asked`);
          } else if (action.kind === 'ask') {
            if (++questions > 10) return;
            facts = answered(facts, action.key.slice('task/x/ask/'.length), null);
          } else if (action.kind === 'session') {
            facts = { ...facts, sessions: { ...facts.sessions, [action.key]: end } };
            if (action.playbook === 'classify') facts = { ...facts, classified: fate.classifies };
          } else if (action.kind === 'review') {
            facts = { ...facts, reviews: { ...facts.reviews, [action.key]: { ...clean, verdict: fate.verdict } } };
          } else if (action.kind === 'passOn') {
            throw new Error(`${rule} passes on what nobody said`);
          } else {
            const name = action.key.slice('task/x/'.length);
            expect(facts.done[name]).toBeUndefined();
            facts = having(facts, { [name]: fate.refused && action.kind !== 'own' ? refused : done({ id: 7, commit: `c-${name}` }) });
          }
        }
        throw new Error('neither ended nor stopped at a person');
      }),
      { seed: 20_261_120, numRuns: 1_000 },
    );
  });
});
