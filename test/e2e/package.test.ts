// The published package as its users get it: packed, installed by npm into an empty folder, and run from there without the clone.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execa } from 'execa';
import type { DemoResult } from '../../src/client/cli/demo.ts';
import { executable, FIRST_RUN_MS } from '../support/temporal.ts';

const ROOT = resolve(import.meta.dirname, '../..');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-package-'));
  await executable();
}, FIRST_RUN_MS);
afterAll(async () => {
  for (const made of [folder, join(ROOT, 'dist')]) await rm(made, { recursive: true, force: true, maxRetries: 5 });
});

it('is packed, installed into an empty folder, and leads the demo to its merge there', async () => {
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
  // npm prints one object a package: a list, or since npm 12 by name.
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, { filename: string; files: { path: string }[] }>);
  if (packed === undefined) throw new Error(stdout);
  const paths = packed.files.map(({ path }) => path);
  expect(paths.filter((path) => !/^(dist\/|bin\/signalbox\.js$|package\.json$|README\.md$|LICENSE$)/.test(path))).toEqual([]);
  expect(paths.filter((path) => path.endsWith('.ts'))).toEqual([]);

  await installFrom(join(folder, packed.filename));
  const installed = join(folder, 'node_modules/signalbox');
  expect((await stat(join(installed, 'dist/src/git/askpass.sh'))).mode & 0o111).toBe(0o111);
  expect(await mentions(installed, ROOT)).toEqual([]);

  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(await inFolder('npx', 'signalbox', '--version')).toBe(version);
  // It brings up everything that `up` does, and takes it down.
  const demo = JSON.parse(
    await inFolder('npx', 'signalbox', 'demo', '--undelayed', '--json', '--data', join(folder, 'demo')),
  ) as DemoResult;
  expect(demo).toMatchObject({ outcome: 'merged', mergeRequest: { number: 2 } });
  expect(await inFolder('npx', 'signalbox', 'status', '--json')).toContain('There is no Signalbox');
}, 240_000);

/** With the versions of our lock file, which `npm ci` has left in npm's cache. */
async function installFrom(tarball: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Record<string, unknown>> };
  const { dependencies, bin, engines } = lock.packages[''] ?? {};
  const own = Object.entries(lock.packages).filter(
    ([path, { dev, link }]) => path.startsWith('node_modules/') && dev !== true && link !== true,
  );
  const needed = { signalbox: `file:${tarball}` };
  const packages = {
    '': { dependencies: needed },
    'node_modules/signalbox': { resolved: needed.signalbox, dependencies, bin, engines },
    ...Object.fromEntries(own),
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ dependencies: needed }));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
  await execa('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--omit=optional'], { cwd: folder });
}

/** Files of a folder that contain a text. */
async function mentions(directory: string, text: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const));
  return contents.filter(([, content]) => content.includes(text)).map(([file]) => file);
}

async function inFolder(file: string, ...args: string[]): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  // The Node that runs this test is the only one that is sure to be new enough.
  const env = { PATH: `${dirname(process.execPath)}:${PATH}`, HOME, SIGNALBOX_LOG_LEVEL: 'error' };
  return (await execa(file, args, { cwd: folder, env, extendEnv: false })).stdout;
}
