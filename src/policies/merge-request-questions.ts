// What people may be asked about a request: each decision leaves exactly these questions open.
import type { MergeRequestAction } from '../contracts/merge-request-actions.ts';
import type { Question } from '../contracts/merge-request.ts';
import { mergeRequestId } from '../contracts/work.ts';
import { dropped, nitsToAsk, takes } from './merge-request-comments.ts';
import {
  approveId,
  ASKS_NOTHING,
  blockerId,
  goOnId,
  headOf,
  isTheirs,
  MET_BY_APPROVAL,
  nitId,
  requeueId,
  short,
  unansweredId,
  unmet,
  type MergeRequestFacts,
} from './merge-request-facts.ts';
import { overdueNotice, restingNotice } from './merge-request-reminders.ts';

/** What people may be asked now: for approval as long as it is missing, and about what the decision waits for. */
export function questions(
  facts: MergeRequestFacts,
  decided: { readonly rule: string; readonly because: string; readonly action: MergeRequestAction },
): Question[] {
  const { rule, because, action } = decided;
  const waitsFor = action.kind === 'wait' ? action.forWhom : null;
  const { ref } = facts.request;
  const about = headOf(facts);
  const name = `${ref.owner}/${ref.repo}#${ref.number}`;
  const asked: Question[] = [];
  const { approvals, blocker, review } = unmet(facts);
  const resting = restingNotice(facts, decided);
  if (resting !== null) return [resting];
  if (facts.now.forge.state !== 'open' || facts.now.forge.draft || rule === 'person-holds' || facts.custody.state !== 'active')
    return asked;
  // What conflicts will be another commit when it is merged.
  const canStay = !isTheirs(facts) && facts.now.forge.merge !== 'conflict';
  if (canStay && facts.reviewed && review === null && approvals.some(({ name: gate }) => MET_BY_APPROVAL.includes(gate)))
    asked.push({
      id: approveId(mergeRequestId(ref), about),
      question: `${name}: merge ${short(about)}?`,
      accepts: ['approve', 'reject'],
      about,
    });
  for (const nit of nitsToAsk(facts))
    asked.push({
      id: nitId(facts, nit),
      question: `${name}: shall this nit of ${nit.by} be done? "${nit.excerpt}"`,
      accepts: ['approve', 'reject'],
    });
  const overdue = overdueNotice(facts, decided);
  if (overdue !== null) asked.push(overdue);
  if (waitsFor !== 'operator' || ASKS_NOTHING.includes(rule)) return asked;
  const question = `${name}: ${because}`;
  const lost = dropped(facts)?.comment;
  if (rule === 'person-has-pushed') asked.push({ id: goOnId(facts), question, accepts: ['approve', 'reject'], about });
  else if (rule === 'taken-out-by-person') asked.push({ id: requeueId(facts), question, accepts: ['approve', 'reject'], about });
  else if (rule === 'comment-blocks' && blocker !== null)
    asked.push({ id: blockerId(facts, blocker), question, accepts: ['confirm', 'answer'] });
  else if (rule === 'comment-unanswered' && lost !== undefined)
    asked.push({ id: unansweredId(facts, lost), question, accepts: ['confirm', 'answer'] });
  // An answer is given to a session, so after it this is another question.
  else asked.push({ id: `help/${facts.id}/${rule}/${short(about)}/${takes(facts).length}`, question, accepts: ['answer'] });
  return asked;
}
