// Where a task stands in its plan: which phases are left out, done, under way, to come. Derived from the facts of a decision; never stored.
import type { PlannedPhase, Phase } from '../contracts/plan.ts';
import { commitOf, isMissing, lastReview, lastSession, request, tried, type TaskFacts } from './task-facts.ts';

export interface StandingPhase extends PlannedPhase {
  readonly state: 'out' | 'done' | 'now' | 'to come' | 'not reached';
  /** What came of it, in a few words; empty where nothing has. */
  readonly result: string;
}

/** @param over the task has ended: nothing is under way any more */
export function standing(facts: TaskFacts, over: boolean): StandingPhase[] {
  let before = true;
  return facts.plan.map((planned) => {
    const result = results(facts)[planned.phase] ?? null;
    if (!planned.runs) return { ...planned, state: 'out', result: '' };
    if (result !== null) return { ...planned, state: 'done', result };
    const state = over ? 'not reached' : before ? 'now' : 'to come';
    before = false;
    return { ...planned, state, result: state === 'now' ? facts.running.join(', ') : '' };
  });
}

/** What each phase has given; null or nothing where it has given nothing yet. */
function results(facts: TaskFacts): Partial<Record<Phase, string | null>> {
  const { requestEnd, classified, tries } = facts;
  const review = lastReview(facts);
  const failed = tried(facts, 'classify') >= tries && !facts.running.includes(lastSession(facts, 'classify') ?? '');
  const announced = isMissing(requestEnd === null ? 'notify' : 'notify-merged')(facts) ? null : 'said';
  return {
    classify: classified ? 'classified' : failed ? 'failed: the most careful path' : null,
    code: commitOf(facts)?.slice(0, 12) ?? null,
    review: review === null ? null : `${review.verdict === 'clean' ? 'clean' : 'a person has to judge'}: ${review.because}`,
    request: request(facts) === 0 ? null : `#${request(facts)}`,
    merge: requestEnd?.outcome === 'merged' ? requestEnd.mergeSha.slice(0, 12) : null,
    notify: announced,
  };
}
