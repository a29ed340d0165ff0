// What a tool is towards a session: a name and a schema for the model, and a way to run it whose expected failures are values.
import type { z } from 'zod';

export interface ToolOutput {
  readonly text: string;
  /** `mistake`: a result that the model can correct. `fatal`: the session can't go on, with the text as its cause. */
  readonly how: 'ok' | 'mistake' | 'fatal';
}

/** Where a tool works. */
export interface Place {
  readonly session: string;
  /** Names the call within its session: a call that is made again after a crash has the same. */
  readonly call: string;
  readonly worktree: string;
}

export interface Tool<Input = unknown> {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType<Input>;
  /** Read-only tools of a turn run in parallel and are simply run again after a crash. */
  readonly readOnly: boolean;
  readonly run: (input: Input, place: Place) => Promise<ToolOutput>;
}

/** The one tool that is a job of its host. It outlives its worker, so it has no `run`. */
export interface CommandTool<Input = unknown> {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType<Input>;
}
