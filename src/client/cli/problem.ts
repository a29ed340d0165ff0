// Something that a person can mend: what is wrong and what to do, with the exit code for scripts. Anything else that is thrown is a bug.
import { EXIT } from './exit-codes.ts';

export class Problem extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.refused) {
    super(message);
    this.exitCode = exitCode;
  }
}
