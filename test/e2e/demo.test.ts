// The demo from a clone, as it is written in the README. (Its whole play: package.test.ts.)
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { executable, FIRST_RUN_MS } from '../support/temporal.ts';
import { isAlive } from '../../src/jobs/processes.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const { PATH = '', HOME = '' } = process.env;
const PARTS = ['temporal', 'worker', 'gateway', 'forge', 'model'];
let data: string;

beforeAll(async () => {
  await executable();
  data = await mkdtemp(join(tmpdir(), 'signalbox-demo-test-'));
}, FIRST_RUN_MS);

afterAll(() => rm(data, { recursive: true, force: true, maxRetries: 5 }));

describe('the demo', () => {
  it('tells what it does, and stops everything that it has started when it is interrupted', async () => {
    const demo = execa('npm', ['run', 'demo', '--', '--json', '--undelayed', '--data', data], {
      cwd: ROOT,
      env: { PATH, HOME },
      extendEnv: false,
      reject: false,
    });
    let said = '';
    demo.stderr.on('data', (part: Buffer) => (said += part.toString()));
    const of = async (name: string): Promise<{ identity: string }> =>
      JSON.parse(await readFile(join(data, 'run', `${name}.json`), 'utf8')) as { identity: string };
    const started = await until('everything has been started', () => Promise.all(PARTS.map(of)), 120);
    await until('it decides', () => said.includes('not-classified'), 150);
    // Not npm, nor its shell: what they make of it says nothing of the demo.
    const { stdout: found } = await execa('pgrep', ['-f', `^node src/client/cli/main.ts demo .*${data}`]);
    process.kill(Number(found), 'SIGINT');
    // npm adds an object of its own to standard output, since a script has failed; there is no result.
    const ended = { exitCode: 1, stdout: expect.not.stringContaining('"task"'), stderr: expect.stringContaining('Stopped before its end') };
    expect(await demo).toMatchObject(ended);
    // By identity: a process that has ended keeps its id until the system's first process has taken note of it.
    expect(await Promise.all(started.map(({ identity }) => isAlive(identity)))).toEqual(PARTS.map(() => false));
  }, 330_000);
});
