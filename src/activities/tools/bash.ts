// The command tool: its words to the model, and what it answers when a command has ended.
import { z } from 'zod';
import type { JobOutcome } from '../../jobs/job.ts';
import type { JobOutput } from '../../jobs/output.ts';
import type { CommandTool, ToolOutput } from './tool.ts';

const MOST_MINUTES = 60;

export interface BashInput {
  readonly command: string;
  readonly timeoutMinutes: number;
}

export const bash: CommandTool<BashInput> = {
  name: 'bash',
  description: 'Runs a bash command in the worktree and returns what it printed and its exit status.',
  input: z.strictObject({
    command: z.string().min(1).max(100_000),
    timeoutMinutes: z.number().positive().max(MOST_MINUTES).default(10).describe(`at most ${MOST_MINUTES}`),
  }),
};

export function commandOutput(outcome: JobOutcome, { text }: JobOutput): ToolOutput {
  switch (outcome.kind) {
    case 'exited':
      return { how: 'ok', text: `${text}\n[exit status ${outcome.status}]` };
    case 'stopped':
      return { how: 'mistake', text: `${text}\n[stopped: ${outcome.why}]` };
    case 'interrupted':
      return {
        how: 'mistake',
        text: `${text}\n[interrupted: the command died without a status and may have run in part; look before you repeat it]`,
      };
  }
}
