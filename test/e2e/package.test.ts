// The published package as its users get it: packed, installed by npm into an empty folder, and run from there without the clone. One play of the
// demo serves everything that needs a merge: other commands watch it meanwhile, and another task waits for it.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa, type Options } from 'execa';
import { Octokit } from 'octokit';
import type { DemoResult } from '../../src/client/cli/demo.ts';
import { executable, FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TASK = 'task/default/owner/till/1/1';
let folder: string;
let data: string;
/** Of the forge and the installation of the demo, which are kept after its end. */
let environment: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-package-'));
  data = join(folder, 'demo');
  await executable();
}, FIRST_RUN_MS);
afterAll(async () => {
  await signalbox('sandbox', '--stop', '--data', data);
  for (const made of [folder, join(ROOT, 'dist')]) await rm(made, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

describe('the package', () => {
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
    expect((await signalbox('--version')).out).toBe(version);

    const demo = execa('npx', ['signalbox', 'demo', '--undelayed', '--json', '--keep', '--data', data], inFolder());
    let said = '';
    demo.stderr.on('data', (part: Buffer) => (said += part.toString()));
    await until('the request is open', () => said.includes('not-owned-yet'), 200);
    const { out } = await signalbox('sandbox', '--env', '--data', data);
    environment = Object.fromEntries([...out.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));

    // Whoever comes in the middle sees how it goes on, with what its request does; who waits for the merge begins with it.
    const watched = Promise.all([signalbox('run', '--issue', 'owner/till#1', '--wait', '--json'), signalbox('logs', TASK, '--follow')]);
    const follower = await begin('--after', TASK, '--after-timeout', '60');
    expect((await signalbox('show', follower)).out).toContain(`after     ${TASK}`);

    const { exitCode, stdout: printed } = await demo;
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: expect.any(String) });
    const result = JSON.parse(printed) as DemoResult;
    expect(result).toMatchObject({ task: TASK, outcome: 'merged', mergeRequest: { number: 2 }, data });
    const { path, base } = result.repository;
    const git = async (...args: string[]): Promise<string> => (await execa('git', ['--git-dir', path, ...args])).stdout;
    expect(await git('rev-parse', base)).toBe(result.mergeRequest?.mergeSha);
    expect(await git('show', `${base}:src/total.js`)).toContain('if (sum >= DISCOUNT_FROM)');
    await until(
      'nobody needs the branch',
      async () => (await git('for-each-ref', '--format=%(refname)', 'refs/heads')) === `refs/heads/${base}`,
    );
    for (const rule of ['findings-to-fix', 'checks-failed', 'people-have-said-something', 'all-gates-pass', 'merged'])
      expect(said).toContain(rule);

    const [waited, followed] = await watched;
    expect(waited.code).toBe(0);
    expect(JSON.parse(waited.out)).toMatchObject({ task: TASK, outcome: 'merged', request: 2 });
    expect(waited.err).toMatch(/^request: .*all-gates-pass[^]*^Request #2 is merged\. merged$/m);
    expect(followed).toMatchObject({
      code: 0,
      out: expect.stringMatching(/decision +mr\/\S+ .*all-gates-pass[^]*decision +end: Request #2 is merged\. \(merged\)/),
    });

    // What it would do is held by a label: it has begun when it says so.
    await until('the follower begins', async () => (await decisions(follower)).some(({ rule }) => rule === 'person-holds'));
    const began = (await decisions(follower)).find(({ rule }) => rule === 'person-holds')?.at ?? 0;
    const merged = (await decisions(TASK)).find(({ rule }) => rule === 'merged')?.at ?? 0;
    expect(merged).toBeGreaterThan(0);
    expect(began - merged).toBeLessThan(10_000);
    await signalbox('kill', follower);
  }, 300_000);

  it('starts and stops an installation, and begins tasks in it', async () => {
    const up = async () => JSON.parse((await signalbox('up', '--json')).out) as { worker: { pid: number }; temporal: unknown };
    const first = await up();
    process.kill(first.worker.pid, 'SIGKILL');
    const second = await up();
    expect(second.temporal).toEqual(first.temporal);
    expect(second.worker.pid).not.toBe(first.worker.pid);
    const task = await begin();
    await until('the worker works on it', async () => (await decisions(task)).some(({ rule }) => rule === 'person-holds'));
    expect(JSON.parse((await signalbox('down', '--json')).out)).toEqual({ gateway: 'stopped', worker: 'stopped', temporal: 'stopped' });
    expect((await signalbox('status', '--json')).out).toContain('signalbox up');
  }, 120_000);
});

/** Begins the task of a new issue, which a person holds. */
async function begin(...args: string[]): Promise<string> {
  const octokit = new Octokit({ baseUrl: environment['GITHUB_API_URL'] ?? '', auth: environment['GITHUB_TOKEN'] });
  const { data: issue } = await octokit.rest.issues.create({ owner: 'owner', repo: 'till', title: 'Then', labels: ['signalbox: hold'] });
  const { out, err } = await signalbox('run', '--issue', `owner/till#${issue.number}`, '--pipeline', 'quick', '--json', ...args);
  if (out === '') throw new Error(err);
  return (JSON.parse(out) as { task: string }).task;
}

const decisions = async (task: string): Promise<{ rule: string; at: number }[]> =>
  (await signalbox('explain', task, '--json')).out.split('\n').map((line) => JSON.parse(line) as { rule: string; at: number });

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

/** The Node that runs this test is the only one that is sure to be new enough. */
function inFolder() {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH: `${dirname(process.execPath)}:${PATH}`, HOME, SIGNALBOX_LOG_LEVEL: 'error', ...environment };
  return { cwd: folder, env, extendEnv: false, reject: false } satisfies Options;
}

async function signalbox(...args: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  const { exitCode, stdout, stderr } = await execa('npx', ['signalbox', ...args], inFolder());
  return { code: exitCode, out: stdout, err: stderr };
}
