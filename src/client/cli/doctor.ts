// `signalbox doctor [--fix]`: looks at everything that has to be right, says how to mend what is not, and mends what it can.
import { findExecutable, temporalExecutable } from '../../../devkit/temporal/executable.ts';
import type { Finding } from '../doctor/check.ts';
import { problem } from '../doctor/check.ts';
import { orphans, processes, store, temporal } from '../doctor/installation.ts';
import { identities } from '../doctor/identities.ts';
import { commits, disk, git, node, sandbox } from '../doctor/machine.ts';
import { forge, models } from '../doctor/services.ts';
import { configHere } from './doors.ts';
import { EXIT } from './exit-codes.ts';
import { dim, green, note, print, printJson, red, table, yellow } from './output.ts';
import { Problem } from './problem.ts';
import { startAll } from './up.ts';

export async function doctor(options: { json?: true; fix?: true }): Promise<void> {
  let findings = await look();
  if (options.fix === true) {
    for (const { check, mend } of findings) if (mend !== undefined) note(`${check}: ${await mend()}`);
    findings = await look();
  }
  const problems = findings.filter(({ state }) => state === 'problem').length;
  process.exitCode = problems > 0 ? EXIT.refused : EXIT.done;
  if (options.json === true) return printJson({ problems, findings });
  print(
    table(
      ['', 'check', 'found'],
      findings.map(({ check, state, says, fix }) => [MARK[state](), check, fix === null ? says : `${says}\n${dim(fix)}`]),
    ),
  );
}

const MARK = { ok: () => green('✓'), warning: () => yellow('!'), problem: () => red('✗') };

async function look(): Promise<Finding[]> {
  try {
    const config = configHere();
    const executable = await findExecutable(process.env);
    const get = async (): Promise<string> => `it is at ${(await temporalExecutable({ env: process.env, progress: note })).path}`;
    const again = async (): Promise<string> => `Temporal answers at ${(await startAll(note)).temporal.address}, the worker runs`;
    const found = await Promise.all([
      git(),
      sandbox(config),
      disk(config),
      commits(config),
      temporal(config, executable?.path, get),
      store(config),
      processes(config, again),
      orphans(config),
      forge(config, process.cwd()),
      identities(config),
    ]);
    return [node(), ...found.flat(), ...models(config)];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [node(), problem('settings', error.message, 'Correct the environment; docs/operations.md, Settings.')];
  }
}
