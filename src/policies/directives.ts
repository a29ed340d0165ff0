// Which words of people act by rule, who may use them, and what may be skipped (Q20). Everything else is read by the sessions.
import type { Directive, Heeded, Told } from '../contracts/directive.ts';
import type { Phase } from '../contracts/plan.ts';

/** Phases that a person may leave out. What the gates of the merge want is wanted all the same: a head that nobody has reviewed is not merged. */
export const SKIPPABLE: readonly Phase[] = ['classify', 'review', 'merge'];

/** The whole text has to be the directive: what only begins like one is for the sessions. */
export function directiveIn(text: string): Directive | null {
  const [word = '', phase = '', ...more] = text.trim().toLowerCase().replace(/\.$/, '').split(/\s+/);
  if (more.length > 0) return null;
  if (word === 'priority' && /^-?\d{1,3}$/.test(phase)) return { kind: 'priority', to: Number(phase) };
  if (word === 'skip' && /^[a-z-]+$/.test(phase)) return { kind: 'skip', phase: phase as Phase };
  return phase === '' && (word === 'hold' || word === 'resume' || word === 'approve') ? { kind: word } : null;
}

/** Operators: who has the command line of this installation, or its Temporal UI. Workflows sign with their ids, which have slashes. */
export const mayDirect = (sender: string): boolean => !sender.includes('/');

interface Seen {
  readonly plan: readonly { readonly phase: Phase; readonly runs: boolean }[];
  /** Questions of the task that wait for an approval. */
  readonly approvable: readonly { readonly id: string; readonly at: number }[];
}

/** Why a directive can't be followed now, or null. */
export function declined({ directive, at }: Told, { plan, approvable }: Seen): string | null {
  if (directive.kind === 'approve') {
    if (approvable.length !== 1)
      return approvable.length === 0 ? 'nothing waits for an approval' : 'several questions wait: approve one by its name';
    // Who approves has to have seen what.
    return (approvable[0]?.at ?? 0) <= at ? null : 'what waits now was asked later';
  }
  if (directive.kind === 'priority') return 'there is no order that it could change: whatever is begun runs at once';
  if (directive.kind !== 'skip') return null;
  if (!plan.some(({ phase, runs }) => phase === directive.phase && runs)) return `there is no phase ${directive.phase} ahead`;
  return SKIPPABLE.includes(directive.phase) ? null : `${directive.phase} can't be skipped; ${SKIPPABLE.join(', ')} can`;
}

/** Who has held the task, if it is held: the last word counts. */
export function heldBy(heeded: readonly Heeded[]): string | null {
  const last = heeded.findLast(({ directive, declined: no }) => no === null && (directive.kind === 'hold' || directive.kind === 'resume'));
  return last?.directive.kind === 'hold' ? last.by : null;
}

/** The phases that people have left out, each with who. */
export const skipped = (heeded: readonly Heeded[]): Partial<Record<Phase, string>> =>
  Object.fromEntries(
    heeded.flatMap(({ by, directive, declined: no }) => (no === null && directive.kind === 'skip' ? [[directive.phase, by] as const] : [])),
  );

export function inWords(directive: Directive): string {
  if (directive.kind === 'skip') return `skip ${directive.phase}`;
  return directive.kind === 'priority' ? `priority ${directive.to}` : directive.kind;
}
