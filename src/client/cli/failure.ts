// What is said, and the exit code, when a command ends by something that was thrown. Only the outermost place of the command line asks: a bug
// ends the command all the same, but a person gets a line of it and not a stack.
import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';

/** @param detailed with the stack of what nobody expected */
export function failure(error: unknown, detailed: boolean): { readonly says: string; readonly code: number } {
  if (error instanceof Problem) return { says: error.message, code: error.exitCode };
  if (error instanceof CommanderError)
    return { says: error.message.replace(/^error: /, ''), code: error.exitCode === 0 ? EXIT.done : EXIT.refused };
  if (detailed) return { says: error instanceof Error ? (error.stack ?? error.message) : String(error), code: EXIT.broken };
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return {
    says: `${line} (nobody expected this: SIGNALBOX_LOG_LEVEL=debug shows where it comes from, "signalbox doctor" what is wrong around it)`,
    code: EXIT.broken,
  };
}
