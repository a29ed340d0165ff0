// The tools by which a session gives its output. They have no effect: that the call is in the transcript, with a result that accepts it,
// is the output (activities/session/output.ts). A wrong one is a mistake that the model can correct.
import { OUTPUT_TOOLS, type OutputKind } from '../../contracts/outputs.ts';
import { OUTPUT_SCHEMAS } from '../../contracts/outputs-schema.ts';
import type { Tool } from './tool.ts';

const DESCRIPTIONS: Readonly<Record<OutputKind, string>> = {
  classification: 'Gives your classification of the task, and ends the session.',
  handOver: 'Hands your finished work over, and ends the session. Call it last, when everything is in the worktree and checked.',
  findings: 'Gives the result of your review, and ends the session. Call it once, with everything.',
};

export const outputTool = (kind: OutputKind): Tool => ({
  name: OUTPUT_TOOLS[kind],
  description: DESCRIPTIONS[kind],
  input: OUTPUT_SCHEMAS[kind],
  readOnly: true,
  run: async () => ({ how: 'ok', text: 'Taken.' }),
});
