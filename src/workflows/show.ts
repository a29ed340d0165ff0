// What people see of a coordinator in Temporal's UI, and find it by: what it does and why, what comes next, where to look.
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Decision } from '../contracts/decision.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';

interface Showable {
  readonly kind: string;
  /** Of a wait. */
  readonly forWhom?: string;
  readonly atMostMinutes?: number;
  readonly atMostSeconds?: number;
}

/** How many earlier decisions are shown as well. */
const BEFORE = 5;

/** @param before what was decided before this, newest first; this is put to it */
export function show({ action, rule, because, shown }: Decision<Showable>, before: string[] = []): void {
  const phase = action.forWhom === undefined ? action.kind : `waiting for ${action.forWhom}`;
  const links = Object.entries(shown?.links ?? {}).map(([name, address]) => `[${name}](${address})`);
  const earlier = before.length === 0 ? '' : ['Before:', ...before.map((line) => `- ${line}`)].join('\n');
  const parts = [`**${phase}** (${rule}): ${because}`, nextOf(action), links.join(' · '), earlier];
  setCurrentDetails(parts.filter((part) => part !== '').join('\n\n'));
  before.unshift(`${phase} (${rule}): ${because}`);
  before.splice(BEFORE);
  const risk = shown?.risk ?? null;
  upsertSearchAttributes([
    { key: searchAttributes.phase, value: phase },
    ...(risk === null ? [] : [{ key: searchAttributes.risk, value: risk }]),
  ]);
}

/** Summary of the timer of a wait. */
export const waitingFor = (forWhom: string, rule: string): string => `wait for ${forWhom}: ${rule}`;

function nextOf({ kind, forWhom, atMostMinutes = 0, atMostSeconds = 0 }: Showable): string {
  if (kind === 'end') return '';
  if (forWhom === undefined) return 'Next: it decides anew when this is done.';
  const minutes = Math.ceil(atMostMinutes + atMostSeconds / 60);
  const latest = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  const word = forWhom === 'operator' ? 'a person decides (`signalbox outbox`)' : `it hears of the ${forWhom}`;
  return `Next: it decides anew when ${word}, at the latest in ${latest}.`;
}
