// From an issue to a pull request by the command line alone, in a sandbox that the command line started: forge, Temporal, git, a scripted model.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { Octokit } from 'octokit';
import { startModel, type ScriptedModel } from '../../../devkit/model/model.ts';
import { executable, FIRST_RUN_MS } from '../../support/temporal.ts';

const BIN = resolve(import.meta.dirname, '../../../bin/signalbox');
const { PATH = '', HOME = '' } = process.env;
let folder: string;
let model: ScriptedModel;
let process_: ChildProcess;
let sandbox: { environment: Record<string, string>; forge: { url: string; controlToken: string } };
let owner: Octokit;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-run-'));
  model = await startModel(({ turn }) =>
    turn === 0 ? { call: [{ tool: 'bash', input: { command: 'echo solved > solution.txt' } }] } : { say: 'Solved.' },
  );
  await executable();
  process_ = spawn(BIN, ['sandbox', '--json', '--undelayed'], { cwd: folder, env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((done) => createInterface({ input: process_.stdout! }).once('line', done));
  sandbox = JSON.parse(line) as typeof sandbox;
  owner = new Octokit({
    baseUrl: sandbox.forge.url,
    auth: sandbox.environment['GITHUB_TOKEN'],
    retry: { enabled: false },
    throttle: { enabled: false },
  });
  await owner.rest.repos.createForAuthenticatedUser({ name: 'app', auto_init: true });
  await owner.rest.issues.create({ owner: 'owner', repo: 'app', title: 'Solve it' });
  await signalbox('up');
}, FIRST_RUN_MS);

afterAll(async () => {
  await signalbox('down');
  process_.kill('SIGTERM');
  await new Promise((done) => process_.once('exit', done));
  await model.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

async function signalbox(...args: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  return withEnvironment({}, ...args);
}

async function withEnvironment(
  more: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | undefined; out: string; err: string }> {
  const model_ = { ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: 'scripted', SIGNALBOX_LOG_LEVEL: 'error' };
  const env = { PATH, HOME, ...sandbox.environment, ...model_, ...more };
  const { exitCode, stdout, stderr } = await execa(BIN, args, { cwd: folder, env, extendEnv: false, reject: false });
  return { code: exitCode, out: stdout, err: stderr };
}

describe('signalbox run', () => {
  it('leads an issue to a pull request, telling each decision with its reason', async () => {
    const { code, out, err } = await signalbox('run', '--issue', 'owner/app#1', '--wait', '--json');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('Nobody has worked on it yet.') });
    const { task, request } = JSON.parse(out) as { task: string; request: number };
    const { data } = await owner.rest.pulls.get({ owner: 'owner', repo: 'app', pull_number: request });
    expect(data).toMatchObject({ title: 'Solve it', state: 'open' });
    expect((await signalbox('explain', task)).out).toContain('no-request-yet');
    expect((await signalbox('list', '--all')).out).toMatch(/task\/default\/owner\/app\/1\/1 +task +completed/);
  }, 120_000);

  it('refuses early what cannot be worked on, and says what to do', async () => {
    await owner.rest.issues
      .create({ owner: 'owner', repo: 'app', title: 'Closed' })
      .then(({ data }) => owner.rest.issues.update({ owner: 'owner', repo: 'app', issue_number: data.number, state: 'closed' }));
    const closed = (await owner.rest.issues.listForRepo({ owner: 'owner', repo: 'app', state: 'closed' })).data[0]?.number ?? 0;
    expect(await signalbox('run', '--issue', `owner/app#${closed}`)).toMatchObject({ code: 1, err: expect.stringContaining('is closed') });
    expect(await signalbox('run', '--issue', 'app 1')).toMatchObject({ code: 1, err: expect.stringContaining('owner/repo#12') });
    expect(await signalbox('run', '--issue', 'owner/app#999')).toMatchObject({
      code: 4,
      err: expect.stringContaining('shows no owner/app#999'),
    });
    expect(await withEnvironment({ GITHUB_TOKEN: 'wrong' }, 'run', '--issue', 'owner/app#1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('does not accept GITHUB_TOKEN'),
    });
    expect(await withEnvironment({ GITHUB_API_URL: 'http://127.0.0.1:9' }, 'run', '--issue', 'owner/app#1')).toMatchObject({
      code: 3,
      err: expect.stringContaining('does not answer'),
    });
    expect((await signalbox('list')).out).toContain('Nothing runs');
  }, 120_000);
});
