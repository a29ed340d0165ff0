// What we tell a model ourselves: that a limit comes near, that it gets nowhere, and that its answer was none. A note is decided from the transcript alone, and
// kept together with the reply that has seen it.
import { OUTPUT_TOOLS, type OutputKind } from '../../contracts/outputs.ts';
import type { Note, Said, Slip } from '../../contracts/said.ts';
import { idleWarning, MOST_TOLD, slipOf, warning, type SessionFacts } from '../../policies/session.ts';
import { answered } from '../session/facts.ts';

/** The notes for the next call. */
export function notesFor(facts: SessionFacts, transcript: readonly Said[], output: OutputKind | null): Note[] {
  const limits = transcript.some((said) => said.kind === 'note' && said.about === 'limits') ? null : warning(facts);
  const idle = idleWarning(facts);
  const last = transcript.findLast((said) => said.kind === 'reply');
  const slip = last?.kind === 'reply' ? slipOf({ ...facts, answer: answered(last) }) : null;
  return [
    ...(slip === null || facts.told[slip] >= MOST_TOLD ? [] : [{ kind: 'note' as const, about: slip, text: correction(slip, output) }]),
    ...(idle === null ? [] : [{ kind: 'note' as const, about: 'idle' as const, text: idle }]),
    ...(limits === null ? [] : [{ kind: 'note' as const, about: 'limits' as const, text: limits }]),
  ];
}

function correction(slip: Slip, output: OutputKind | null): string {
  switch (slip) {
    case 'cut':
      return 'Your answer was cut, because it was too long. Go on in shorter steps.';
    case 'empty':
      return 'Your answer was empty. Go on with the work; when it is done, say what you did.';
    case 'output':
      return `You stopped without calling ${output === null ? 'your last tool' : OUTPUT_TOOLS[output]}. What you say in words is not read: finish what is left to do, then call it.`;
  }
}
