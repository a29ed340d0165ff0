// When a wait lasts too long: a few reminders in the request, each once for what it waits for, then the outbox (M9).
import type { MergeRequestAction } from '../contracts/merge-request-actions.ts';
import type { Remindable } from '../contracts/merge-request-settings.ts';
import type { Question } from '../contracts/merge-request.ts';
import { ASKS_NOTHING, headOf, RESTS, short, type MergeRequestFacts } from './merge-request-facts.ts';

interface Decided {
  readonly rule: string;
  readonly because: string;
  readonly action: MergeRequestAction;
}

interface Due {
  readonly name: string;
  readonly because: string;
  readonly text: string;
}

const WHOM: Readonly<Record<Exclude<Remindable, 'resting'>, string>> = {
  ci: 'its checks',
  reviewer: 'a review',
  operator: 'who runs Signalbox (`signalbox outbox`)',
  people: 'whoever works on it',
};

/** Whom the wait is for, where people may be reminded of it. */
function remindable({ custody }: MergeRequestFacts, { rule, action }: Decided): keyof typeof WHOM | null {
  if (action.kind !== 'wait' || custody.state !== 'active' || ASKS_NOTHING.includes(rule)) return null;
  return action.forWhom in WHOM ? (action.forWhom as keyof typeof WHOM) : null;
}

const nameOf = (facts: MergeRequestFacts, rule: string, number: number): string => `say/reminder/${headOf(facts)}/${rule}/${number}`;

/** The first reminder that is due and was not given. */
export function reminderDue(facts: MergeRequestFacts, decided: Decided): Due | null {
  const whom = remindable(facts, decided);
  if (whom === null) return null;
  const { most } = facts.limits.reminders;
  for (let number = 1; number <= Math.min(most, facts.overdue[whom]); number++) {
    const name = nameOf(facts, decided.rule, number);
    if (facts.done[name] !== undefined) continue;
    const because = `It has waited too long for ${WHOM[whom]}: reminder ${number} of ${most}.`;
    const text = `Reminder ${number} of ${most}: this waits for ${WHOM[whom]}.\n\n${decided.because}`;
    return { name, because, text };
  }
  return null;
}

/** Once the reminders are spent, whoever runs Signalbox is told; an operator who is waited for has a question there already. */
export function overdueNotice(facts: MergeRequestFacts, decided: Decided): Question | null {
  const whom = remindable(facts, decided);
  if (whom === null || whom === 'operator' || facts.overdue[whom] <= facts.limits.reminders.most) return null;
  const { ref } = facts.request;
  return {
    id: `overdue/${facts.id}/${decided.rule}/${short(headOf(facts))}`,
    question: `${ref.owner}/${ref.repo}#${ref.number} still waits for ${WHOM[whom]}, after ${facts.limits.reminders.most} reminders: ${decided.because}`,
    accepts: [],
  };
}

/**
 * What people hold, draft or pause is theirs, and nobody is reminded in the request: that it has rested for long is told once, to whoever runs
 * Signalbox.
 */
export function restingNotice(facts: MergeRequestFacts, { rule, because }: Decided): Question | null {
  if (!RESTS.includes(rule) || facts.now.forge.state !== 'open' || facts.overdue.resting === 0) return null;
  const { ref } = facts.request;
  const days = Math.round(facts.limits.reminders.hours.resting / 24);
  return {
    id: `resting/${facts.id}/${rule}/${short(headOf(facts))}`,
    question: `${ref.owner}/${ref.repo}#${ref.number} has rested for ${days} days: ${because}`,
    accepts: [],
  };
}
