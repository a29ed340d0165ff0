// hashFiles(): the digest of files in the workspace. Read in the sandbox, because the workspace is the commands' own and may hold links;
// and before expressions are evaluated, because that is done at once.
import { run } from '../../../src/sandbox/run.ts';
import { reasonOf } from './command.ts';
import { conditionOf, ExpressionProblem, expressionsIn, interpolated } from './expressions.ts';
import { interpolatedAll, standingOf, type JobScene } from './job-scene.ts';
import type { Step } from './workflow.ts';

export type HashFiles = (patterns: readonly string[]) => string;

/** Digest of the digests of all files that match, as GitHub makes it; empty if there is none. */
const SCRIPT = `
const { createHash } = require('crypto'), { globSync, readFileSync, statSync } = require('fs');
const { matchesGlob } = require('path');
const patterns = process.argv.slice(1).flatMap((text) => text.split('\\n')).map((text) => text.trim()).filter((text) => text !== '');
const without = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
const files = [...new Set(patterns.filter((pattern) => !pattern.startsWith('!')).flatMap((pattern) => globSync(pattern)))]
  .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() && !without.some((pattern) => matchesGlob(file, pattern)))
  .sort();
const all = createHash('sha256');
for (const file of files) all.update(createHash('sha256').update(readFileSync(file)).digest());
process.stdout.write(files.length === 0 ? '' : all.digest('hex'));
`;

/** Finds the digests that the texts of a step ask for. */
export async function hashesFor(scene: JobScene, step: Step, signal: AbortSignal): Promise<HashFiles> {
  const condition = step.if === undefined ? [] : [`\${{ ${conditionOf(step.if)} }}`];
  const texts = [...condition, step.run, step['working-directory'], ...Object.values({ ...step.env, ...step.with })].map(String);
  const asked = new Map<string, readonly string[]>();
  const note: HashFiles = (patterns) => {
    asked.set(JSON.stringify(patterns), patterns);
    return '';
  };
  const standing = { ...standingOf(scene), hashFiles: note };
  for (const text of texts)
    if (expressionsIn(text).some((expression) => /hashfiles/i.test(expression ?? '')))
      interpolated(text, scene.contexts({ ...scene.env, ...interpolatedAll(step.env, scene.contexts(), standing) }), standing);
  const found = new Map<string, string>();
  for (const [key, patterns] of asked) found.set(key, await digest(scene, patterns, signal));
  return (patterns) => found.get(JSON.stringify(patterns)) ?? '';
}

async function digest(scene: JobScene, patterns: readonly string[], signal: AbortSignal): Promise<string> {
  if (signal.aborted) return '';
  const { room, sandbox } = scene;
  const confinement = room.confinement({ PATH: room.nodePath }, room.workspace);
  const { status, stdout, stderr } = await started(() =>
    run(sandbox, confinement, ['node', '-e', SCRIPT, '--', ...patterns], { timeoutMs: 120_000 }),
  );
  if (status !== 0) throw new ExpressionProblem(`hashFiles(): ${stderr.toString('utf8').trim().split('\n').at(-1) ?? 'it failed'}`);
  return stdout.toString('utf8');
}

/** @throws ExpressionProblem for patterns that no process can be given */
async function started<Result>(start: () => Promise<Result>): Promise<Result> {
  try {
    return await start();
  } catch (error) {
    const reason = reasonOf(error);
    throw reason === undefined ? error : new ExpressionProblem(`hashFiles(): ${reason}`);
  }
}
