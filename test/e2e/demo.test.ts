// The demo, as a newcomer runs it (without the forge's delays): one command, and a change is on the base branch.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import type { DemoResult } from '../../src/client/cli/demo.ts';
import { executable, FIRST_RUN_MS } from '../support/temporal.ts';
import { isAlive } from '../../src/jobs/processes.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BIN = join(ROOT, 'bin/signalbox');
const { PATH = '', HOME = '' } = process.env;
const PARTS = ['temporal', 'worker', 'gateway', 'forge', 'model'];
let data: string;

beforeAll(async () => {
  await executable();
  data = await mkdtemp(join(tmpdir(), 'signalbox-demo-test-'));
}, FIRST_RUN_MS);

afterAll(() => rm(data, { recursive: true, force: true, maxRetries: 5 }));

describe('the demo', () => {
  it('leads an issue to a merged request, tells why, and leaves what it did in its folder', async () => {
    // As it is written in the README: what npm says of it must not be on standard output.
    const { exitCode, stdout, stderr } = await execa('npm', ['run', 'demo', '--', '--json', '--undelayed', '--data', data], {
      cwd: ROOT,
      env: { PATH, HOME },
      extendEnv: false,
      reject: false,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.any(String) });
    const result = JSON.parse(stdout) as DemoResult;
    expect(result).toMatchObject({ task: 'task/default/owner/till/1/1', outcome: 'merged', mergeRequest: { number: 2 }, data });

    const { path, base } = result.repository;
    const git = async (...args: string[]): Promise<string> => (await execa('git', ['--git-dir', path, ...args])).stdout;
    expect(await git('rev-parse', base)).toBe(result.mergeRequest?.mergeSha);
    expect(await git('show', `${base}:src/total.js`)).toContain('if (sum >= DISCOUNT_FROM)');
    // Nobody needs the branch any more.
    expect(await git('for-each-ref', '--format=%(refname)', 'refs/heads')).toBe(`refs/heads/${base}`);
    for (const rule of ['findings-to-fix', 'checks-failed', 'people-have-said-something', 'all-gates-pass', 'merged'])
      expect(stderr).toContain(rule);
  }, 280_000);

  it('stops everything that it has started when it is interrupted', async () => {
    const folder = join(data, 'interrupted');
    const demo = execa(BIN, ['demo', '--json', '--undelayed', '--data', folder], { env: { PATH, HOME }, extendEnv: false, reject: false });
    const of = async (name: string): Promise<{ identity: string }> =>
      JSON.parse(await readFile(join(folder, 'run', `${name}.json`), 'utf8')) as { identity: string };
    const started = await until('everything has been started', () => Promise.all(PARTS.map(of)), 120);
    demo.kill('SIGINT');
    expect(await demo).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('Stopped before its end') });
    // By identity: a process that has ended keeps its id until the system's first process has taken note of it.
    expect(await Promise.all(started.map(({ identity }) => isAlive(identity)))).toEqual(PARTS.map(() => false));
  }, 180_000);
});
