// How a request stands, in its own comment: one, edited in place, and only when what it says changes. It is written before the wait that it
// tells of, so its row in the ledger also says since when the request has waited for this.
import type { MergeRequestAction, RequestStatus } from '../contracts/merge-request-actions.ts';
import { headOf, keyOf, type MergeRequestFacts } from './merge-request-facts.ts';
import { statusComment, statusesShown } from './merge-request-shown.ts';
import { reminderDue } from './merge-request-reminders.ts';
import type { Policy, Rule } from './policy.ts';
import { textHash } from './text-hash.ts';

type Decided = ReturnType<Policy<MergeRequestFacts, MergeRequestAction>['decide']>;
type WaitsFor = Extract<MergeRequestAction, { kind: 'wait' }>['forWhom'];

/** What passes in moments, or is about us and not about the request: not worth an edit. */
const UNTOLD: readonly WaitsFor[] = ['forge', 'lane', 'upgrade'];

/** What the comment should say now, or null where it stays as it is. */
export function statusOf(facts: MergeRequestFacts, { rule, because, action }: Decided): RequestStatus | null {
  const { custody, now } = facts;
  if (custody.state !== 'active') return null;
  const common = { policy: custody.policy, head: headOf(facts), state: now.forge.state, rule };
  // What is only watched any more was told at its merge.
  if (action.kind === 'end') return facts.tracking === 'over' ? null : { ...common, because, waitsFor: null };
  if (rule === 'merge-watched' || rule === 'closed-watched') return { ...common, because, waitsFor: null };
  if (action.kind !== 'wait' || UNTOLD.includes(action.forWhom)) return null;
  // Which checks are still to come changes with each that ends.
  return { ...common, because: action.forWhom === 'ci' ? 'Not all of its checks have ended.' : because, waitsFor: action.forWhom };
}

const nameOf = (facts: MergeRequestFacts, status: RequestStatus): string =>
  `status/${statusesShown(facts).length}/${textHash(JSON.stringify(status))}`;

function outdated(facts: MergeRequestFacts, decided: Decided): RequestStatus | null {
  const status = statusOf(facts, decided);
  const shown = statusesShown(facts).at(-1);
  return status === null || shown?.hash === textHash(JSON.stringify(status)) ? null : status;
}

/** The rules that look at what the others have decided: before a wait or an end people are told, and reminded when it lasts. */
export function withStatus(inner: Policy<MergeRequestFacts, MergeRequestAction>): Policy<MergeRequestFacts, MergeRequestAction> {
  const told: Rule<MergeRequestFacts, MergeRequestAction>[] = [
    {
      id: 'status-outdated',
      when: (facts) => outdated(facts, inner.decide(facts)) !== null,
      because: (facts) => `The status comment should say: ${inner.decide(facts).because}`,
      then: (facts) => {
        const status = outdated(facts, inner.decide(facts));
        if (status === null) throw new Error('the status is not outdated');
        return { kind: 'status', key: keyOf(facts, nameOf(facts, status)), status, comment: statusComment(facts) };
      },
    },
    {
      id: 'reminder-due',
      when: (facts) => reminderDue(facts, inner.decide(facts)) !== null,
      because: (facts) => reminderDue(facts, inner.decide(facts))?.because ?? '',
      then: (facts) => {
        const due = reminderDue(facts, inner.decide(facts));
        return { kind: 'say', key: keyOf(facts, due?.name ?? ''), text: due?.text ?? '' };
      },
    },
  ];
  return {
    rules: [...inner.rules, ...told],
    decide(facts) {
      const rule = told.find(({ when }) => when(facts));
      return rule === undefined ? inner.decide(facts) : { rule: rule.id, because: rule.because(facts), action: rule.then(facts) };
    },
  };
}
