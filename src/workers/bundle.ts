// The workflows as one script for Temporal's sandbox. Making it takes longer than all else of a worker's start, so it is kept on disk: what
// a killed worker costs is also how long the next one takes to come. The published package has it ready.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { payloadConverterPath } from '../config/temporal-client.ts';

const isCompiled = import.meta.url.endsWith('.js');
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function bundleWorkflows(): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath: here('../workflows/index.ts'), payloadConverterPath, logger: quiet });
  return code;
}

/**
 * The bundle of this code: from the directory if one was kept there, else made and kept. Safe in several processes at once.
 * @param directory is made if it is missing
 */
export async function keptBundle(directory: string): Promise<string> {
  if (isCompiled) return readFile(here('../../workflows.js'), 'utf8'); // scripts/build.ts
  const name = `workflows-${await digestOfSources()}.js`;
  const kept = await readFile(join(directory, name), 'utf8').catch(unlessMissing);
  if (kept !== undefined) return kept;

  const code = await bundleWorkflows();
  await mkdir(directory, { recursive: true });
  for (const other of await readdir(directory)) if (other.startsWith('workflows-')) await rm(join(directory, other), { force: true });
  const aside = join(directory, `${randomUUID()}.part`);
  await writeFile(aside, code);
  await rename(aside, join(directory, name));
  return code;
}

/** Workflows import contracts and Temporal's packages, which all have one version: nothing else is in the bundle. */
async function digestOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
  hash.update(version);
  for (const room of [here('../workflows'), here('../contracts')])
    for (const file of (await readdir(room)).sort()) hash.update(`\0${file}\0`).update(await readFile(join(room, file)));
  return hash.digest('hex').slice(0, 32);
}

function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

const nothing = (): void => undefined;
const quiet = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
