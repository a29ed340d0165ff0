// From an issue to a pull request by the command line alone, in a sandbox that the command line started: forge, Temporal, git, a scripted model.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { Client, Connection } from '@temporalio/client';
import { Octokit } from 'octokit';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { recordHistories } from '../../support/installation.ts';
import { handOver } from '../../support/task-world.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { until } from '../../support/until.ts';
import { executable, FIRST_RUN_MS } from '../../support/temporal.ts';

const BIN = resolve(import.meta.dirname, '../../../bin/signalbox');
const { PATH = '', HOME = '' } = process.env;
/** Settings of this installation. */
const OURS = { SIGNALBOX_BRANCH: 'agents/{ticket}', SIGNALBOX_DRAFT: 'always' };
/** Of an identity `bot`, which is the account `robot`. */
let identities: Record<string, string> = {};
let folder: string;
/** Of its gateway: other test files have one at the same time. */
let port: number;
let process_: ChildProcess;
let sandbox: { environment: Record<string, string>; forge: { url: string; controlToken: string } };
let owner: Octokit;
/** For what is waited for: a command each look would cost half a second. */
let store: Store;
let client: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-run-'));
  port = await freePort();
  const script = [
    {
      steps: [
        { call: [{ tool: 'bash', input: { command: 'echo solved > solution.txt' } }] },
        { call: [handOver('Solve it', ['solution.txt'])] },
      ],
    },
  ];
  await writeFile(join(folder, 'script.yaml'), JSON.stringify(script)); // JSON is YAML
  await executable();
  const args = ['sandbox', '--json', '--undelayed', '--model', 'script.yaml'];
  process_ = spawn(BIN, args, {
    cwd: folder,
    env: { PATH, HOME, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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
  await addRobot();
  await signalbox('up');
  store = await openStore({ path: join(folder, '.signalbox', 'store.db') });
  client = new Client({ connection: await Connection.connect({ address: sandbox.environment['TEMPORAL_ADDRESS'] ?? '' }) });
}, FIRST_RUN_MS);

afterAll(async () => {
  await recordHistories(client);
  await client.connection.close();
  await store.close();
  await signalbox('down');
  process_.kill('SIGTERM');
  await new Promise((done) => process_.once('exit', done));
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

async function addRobot(): Promise<void> {
  const asked = await fetch(`${sandbox.forge.url}/_users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.forge.controlToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ login: 'robot' }),
  });
  const { token } = (await asked.json()) as { token: string };
  const file = join(folder, 'identities.yaml');
  await writeFile(file, 'identities: [{ name: bot, token: $BOT_TOKEN }]');
  identities = { SIGNALBOX_IDENTITIES: file, BOT_TOKEN: token };
}

async function signalbox(...args: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  return withEnvironment({}, ...args);
}

const withEnvironment = (more: Record<string, string>, ...args: string[]) => inside(folder, more, ...args);

/** What a command prints with `--json`; throws what it says where it fails. */
async function json<Answer>(...args: string[]): Promise<Answer> {
  const { code, out, err } = await signalbox(...args, '--json');
  if (code !== 0) throw new Error(`${args.join(' ')}: ${err}`);
  return JSON.parse(out) as Answer;
}

async function inside(
  cwd: string,
  more: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | undefined; out: string; err: string }> {
  const env = {
    PATH,
    HOME,
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
    SIGNALBOX_DATA: join(folder, '.signalbox'),
    SIGNALBOX_LOG_LEVEL: 'error',
    SIGNALBOX_GATEWAY_PORT: String(port),
    ...OURS,
    ...identities,
    ...sandbox.environment,
    ...more,
  };
  const { exitCode, stdout, stderr } = await execa(BIN, args, { cwd, env, extendEnv: false, reject: false });
  return { code: exitCode, out: stdout, err: stderr };
}

describe('signalbox', () => {
  it('leads an issue to a pull request, telling each decision with its reason', async () => {
    const { code, out, err } = await signalbox('run', '--issue', 'owner/app#1', '--pipeline', 'quick', '--wait', '--json');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('Nobody has worked on it yet.') });
    const { task, request } = JSON.parse(out) as { task: string; request: number };
    const { data } = await owner.rest.pulls.get({ owner: 'owner', repo: 'app', pull_number: request });
    expect(data).toMatchObject({ title: 'Solve it', state: 'open', draft: true, head: { ref: 'agents/issue-1' } });
    expect((await signalbox('explain', task)).out).toContain('no-request-yet');
    expect((await signalbox('list', '--all')).out).toMatch(/task\/default\/owner\/app\/1\/1 +task +completed/);
    const told = await signalbox('logs', task, '--since', '1h', '--level', 'info', '--kind', 'decision', '--kind', 'effect', '--json');
    const kinds = told.out.split('\n').map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect([...new Set(kinds)].sort()).toEqual(['decision', 'effect.done']);
    // Another try would be a second answer.
    const again = await signalbox('run', '--issue', 'owner/app#1');
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining(`owner/app#${request} is open, of ${task}`) });
    expect(again.err).toContain(`signalbox mr adopt owner/app#${request}`);
  }, 120_000);

  it('tells who runs it everything, who waits for it what is in work and why, and anybody what is done', async () => {
    const brief = async (audience: string): Promise<Record<string, unknown>> =>
      JSON.parse((await signalbox('status', '--json', '--audience', audience)).out) as Record<string, unknown>;
    const owner = await brief('owner');
    expect(owner).toMatchObject({ worker: { pid: expect.any(Number) }, trouble: null, forge: { calls: expect.any(Array) } });
    expect(owner['done']).toContainEqual({ what: 'owner/app#1', how: 'delivered', at: expect.any(String) });
    const stakeholder = await brief('stakeholder');
    expect(stakeholder).not.toHaveProperty('worker');
    expect(stakeholder).toMatchObject({ forge: null, done: owner['done'] });
    expect(await brief('external')).toMatchObject({ waiting: [], next: [], problems: [], done: owner['done'] });
    const { out } = await signalbox('status', '--audience', 'external');
    expect(out).toMatch(/In work[^]*Done today[^]*owner\/app#1 +delivered/);
    expect(out).not.toContain('Temporal');
    expect(await signalbox('status', '--audience', 'all')).toMatchObject({
      code: 1,
      err: expect.stringContaining('owner, stakeholder, external'),
    });
  });

  // From here on side by side: each has work of its own.
  it.concurrent(
    'begins anew where the task before was terminated, and could not say that it is over',
    async () => {
      const { data } = await owner.rest.issues.create({ owner: 'owner', repo: 'app', title: 'Again' });
      const issue = `owner/app#${data.number}`;
      const { task } = await json<{ task: string }>('run', '--issue', issue);
      const first = client.workflow.getHandle(task);
      await first.terminate();
      expect((await first.describe()).status.name).toBe('TERMINATED');
      const again = JSON.parse((await signalbox('run', '--issue', issue, '--json')).out) as unknown;
      const second = task.replace(/1$/, '2');
      expect(again).toEqual({ task: second, state: 'started' });
      expect(await signalbox('retry', second)).toMatchObject({ code: 1, err: expect.stringMatching(/is at work.*signalbox kill/) });
      await signalbox('kill', second);
      const third = task.replace(/1$/, '3');
      expect(JSON.parse((await signalbox('retry', second, '--json')).out)).toEqual({ task: third, state: 'started' });
      // An issue names its newest try.
      expect(JSON.parse((await signalbox('show', issue, '--json')).out)).toMatchObject({ work: { id: third } });
      await signalbox('kill', third);
    },
    120_000,
  );

  it.concurrent(
    'works as the identity that is named, and refuses one that there is not, or that can not push',
    async () => {
      const place = { owner: 'owner', repo: 'app' };
      const { data } = await owner.rest.issues.create({ ...place, title: 'As somebody else' });
      const run = ['run', '--issue', `owner/app#${data.number}`, '--pipeline', 'quick'];
      const refused = async (says: string, ...args: string[]) =>
        expect(await signalbox(...run, ...args)).toMatchObject({ code: 1, err: expect.stringContaining(says) });
      await refused('there are bot, installation', '--as', 'nobody');
      await refused('The token of bot ($BOT_TOKEN) may not push to owner/app', '--as', 'bot');
      expect(await withEnvironment({ BOT_TOKEN: '' }, ...run, '--as', 'bot')).toMatchObject({
        code: 1,
        err: expect.stringContaining('The identity bot wants $BOT_TOKEN, which is not set'),
      });

      const { data: invited } = await owner.rest.repos.addCollaborator({ ...place, username: 'robot', permission: 'push' });
      const robot = new Octokit({ baseUrl: sandbox.forge.url, auth: identities['BOT_TOKEN'], retry: { enabled: false } });
      await robot.rest.repos.acceptInvitationForAuthenticatedUser({ invitation_id: invited.id });
      const { task, request } = await json<{ task: string; request: number }>(...run, '--as', 'bot', '--wait');
      const { data: pull } = await owner.rest.pulls.get({ ...place, pull_number: request });
      expect(pull.user.login).toBe('robot');
      expect((await signalbox('show', task)).out).toContain('as        bot (for commits, requests, comments, merges)');
      const { findings } = JSON.parse((await signalbox('doctor', '--json')).out) as { findings: unknown[] };
      expect(findings).toContainEqual(
        expect.objectContaining({ check: 'identity bot', state: 'ok', says: expect.stringMatching(/^robot,/) }),
      );

      // The next try of the same issue is the same identity's, unless another one is named.
      await owner.rest.pulls.update({ ...place, pull_number: request, state: 'closed' });
      const again = await json<{ task: string; as?: string }>(...run);
      expect(again).toMatchObject({ task: task.replace(/1$/, '2'), as: 'bot' });
      await signalbox('kill', again.task);
      // It may have come as far as its request before it was killed.
      const { data: open } = await owner.rest.pulls.list({ ...place, state: 'open' });
      for (const { number } of open.filter(({ head }) => head.ref.replace(/-\d+$/, '') === pull.head.ref))
        await owner.rest.pulls.update({ ...place, pull_number: number, state: 'closed' });
      expect(await json('retry', again.task, '--as', 'installation')).toEqual({ task: task.replace(/1$/, '3'), state: 'started' });
      await signalbox('kill', task.replace(/1$/, '3'));

      // A request that is handed over as it is spoken for by it; what a schedule begins is opened by it.
      const { data: main } = await owner.rest.git.getRef({ ...place, ref: 'heads/main' });
      await owner.rest.git.createRef({ ...place, ref: 'refs/heads/theirs', sha: main.object.sha });
      const file = { path: 'theirs.txt', message: 'By hand', content: Buffer.from('Theirs.\n').toString('base64'), branch: 'theirs' };
      await owner.rest.repos.createOrUpdateFileContents({ ...place, ...file });
      const { data: theirs } = await owner.rest.pulls.create({ ...place, title: 'By hand', head: 'theirs', base: 'main' });
      const name = `owner/app#${theirs.number}`;
      await json('mr', 'adopt', name, '--policy', 'fix', '--as', 'bot');
      const comments = () => owner.rest.issues.listComments({ ...place, issue_number: theirs.number });
      const said = await until('it is spoken for', async () => (await comments()).data[0], 60);
      expect(said.user?.login).toBe('robot');
      expect(await signalbox('mr', 'adopt', name, '--as', 'installation')).toMatchObject({
        code: 1,
        err: expect.stringContaining('is in our hands as bot'),
      });
      await signalbox('mr', 'release', name);

      const { data: later } = await owner.rest.issues.create({ ...place, title: 'By schedule' });
      const scheduled = ['run', '--issue', `owner/app#${later.number}`, '--pipeline', 'quick', '--as', 'bot'];
      expect(await signalbox('schedule', 'add', '0 9 * * 1', '--tz', 'UTC', '--', ...scheduled)).toMatchObject({ code: 0 });
      await signalbox('schedule', 'trigger', `owner-app-${later.number}`);
      const opened = async () =>
        (await owner.rest.pulls.list({ ...place, state: 'open' })).data.find(({ head }) => head.ref === `agents/issue-${later.number}`);
      expect((await until('its request is open', opened, 60)).user?.login).toBe('robot');
      await signalbox('schedule', 'remove', `owner-app-${later.number}`);
    },
    300_000,
  );

  it.concurrent(
    'refuses early what cannot be worked on, and says what to do',
    async () => {
      await owner.rest.issues
        .create({ owner: 'owner', repo: 'app', title: 'Closed' })
        .then(({ data }) => owner.rest.issues.update({ owner: 'owner', repo: 'app', issue_number: data.number, state: 'closed' }));
      const closed = (await owner.rest.issues.listForRepo({ owner: 'owner', repo: 'app', state: 'closed' })).data[0]?.number ?? 0;
      const asked = await fetch(`${sandbox.forge.url}/_users`, {
        method: 'POST',
        headers: { authorization: `Bearer ${sandbox.forge.controlToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ login: 'guest' }),
      });
      const guest = ((await asked.json()) as { token: string }).token;
      const runOf = (issue: string, more: Record<string, string> = {}) => withEnvironment(more, 'run', '--issue', issue);
      const refusals = [
        [() => runOf(`owner/app#${closed}`), 1, 'is closed'],
        [() => runOf('app 1'), 1, 'owner/repo#12'],
        [() => runOf('#1'), 1, 'is no git repository'],
        [() => runOf('owner/app#999'), 4, 'shows no owner/app#999'],
        [() => runOf('owner/app#1', { GITHUB_TOKEN: 'wrong' }), 1, 'does not accept GITHUB_TOKEN'],
        [() => runOf('owner/app#1', { GITHUB_TOKEN: '' }), 1, 'GITHUB_TOKEN is not set'],
        [() => runOf('owner/app#1', { GITHUB_TOKEN: guest }), 1, 'The token may not push to owner/app'],
        [() => runOf('owner/app#1', { GITHUB_API_URL: 'http://127.0.0.1:9' }), 3, 'does not answer'],
        [() => signalbox('run', 'A goal', '--after-timeout', '5'), 1, 'name one'],
        [() => signalbox('logs', '--level', 'loud'), 1, 'there are debug, info, warn, error'],
        [() => signalbox('logs', '--since', 'lunch'), 1, 'is no time'],
        [() => signalbox('sandbox', '--data', 'other', '--model', 'nothing.yaml'), 3, 'nothing.yaml'],
      ] as const;
      for (const [run, code, says] of refusals) expect(await run()).toMatchObject({ code, err: expect.stringContaining(says) });
      expect((await signalbox('list', '--all')).out).not.toMatch(new RegExp(`/app/(999|${closed})/`));
    },
    120_000,
  );

  it.concurrent(
    'takes the repository from the checkout that it is called in, and refuses one that is of no use',
    async () => {
      const { GITHUB_TOKEN: token = '', GITHUB_API_URL: forge = '' } = sandbox.environment;
      const checkout = join(folder, 'checkout');
      await execa('git', ['clone', '--quiet', forge.replace('://', `://x:${token}@`) + '/owner/app.git', checkout]);
      await writeFile(join(checkout, 'draft.txt'), 'not committed');
      const { code, out, err } = await inside(checkout, {}, 'plan', '#1', '--json');
      expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('1 file is not committed here') });
      const { issue, phases } = JSON.parse(out) as { issue: string; phases: { phase: string; runs: boolean; because: string }[] };
      expect(issue).toBe('owner/app#1');
      // What its task has planned: that was a quick one.
      expect(phases).toContainEqual({ phase: 'review', runs: false, because: expect.any(String) });
      const asDelivery = await inside(checkout, {}, 'plan', 'owner/app#1', '--pipeline', 'delivery');
      expect(asDelivery.out).toMatch(/out +architecture-review[^]*in +review/);

      expect(await inside(checkout, { GITHUB_API_URL: 'https://forge.example/api/v3' }, 'plan', '1')).toMatchObject({
        code: 1,
        err: expect.stringMatching(/remote of this repository is at 127\.0\.0\.1.*forge\.example/),
      });
      const goal = await inside(checkout, {}, 'run', 'Solve', 'it', 'all.', '--pipeline', 'quick', '--wait', '--json');
      const { task, request } = JSON.parse(goal.out) as { task: string; request: number };
      expect(task).toMatch(/^task\/default\/owner\/app\/goal-[0-9a-f]{12}\/1$/);
      expect((await owner.rest.pulls.get({ owner: 'owner', repo: 'app', pull_number: request })).data).toMatchObject({ state: 'open' });

      await execa('git', ['-C', checkout, 'remote', 'remove', 'origin']);
      expect(await inside(checkout, {}, 'plan', '1')).toMatchObject({ code: 1, err: expect.stringContaining('has no remote') });
    },
    120_000,
  );

  const newIssue = async (title: string, labels: string[]): Promise<number> =>
    (await owner.rest.issues.create({ owner: 'owner', repo: 'app', title, labels })).data.number;
  const start = async (issue: number, ...more: string[]): Promise<string> => {
    const { out } = await signalbox('run', '--issue', `owner/app#${issue}`, '--pipeline', 'quick', '--json', ...more);
    return (JSON.parse(out) as { task: string }).task;
  };

  it.concurrent(
    'fails at once, naming which, when a task that it follows ends without a merge',
    async () => {
      const first = await newIssue('First', ['signalbox: hold']);
      const task = await start(first);
      const then = await newIssue('Then', []);
      const waiting = signalbox('run', '--issue', `owner/app#${then}`, '--after', task, '--wait', '--json');
      const follower = `task/default/owner/app/${then}/1`;
      const waits = async () =>
        (await store.decisions.trace({ workflow: follower, after: 0, limit: 10 })).at(-1)?.rule === 'followed-tasks-open';
      await until('it waits', waits, 60);
      expect((await signalbox('show', follower)).out).toContain(`after     ${task}`);
      expect(await signalbox('run', '--issue', `owner/app#${then}`, '--after', task)).toMatchObject({
        code: 1,
        err: expect.stringContaining('works on it already'),
      });

      await owner.rest.issues.update({ owner: 'owner', repo: 'app', issue_number: first, state: 'closed' });
      await signalbox('tell', task, 'Look.');
      const { code, out } = await waiting;
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({
        outcome: 'failed',
        because: expect.stringContaining(`${task}, which ended without a merge (closed)`),
      });
      expect(await signalbox('run', '--issue', `owner/app#${then}`, '--after', task)).toMatchObject({
        code: 1,
        err: expect.stringContaining('ended without a merge'),
      });
      expect(await signalbox('run', '--issue', `owner/app#${then}`, '--after', 'nothing')).toMatchObject({ code: 4 });
    },
    120_000,
  );

  it.concurrent(
    'starts its task when it is time, leaves out what would overlap with a notice, and is paused and removed',
    async () => {
      const { data } = await owner.rest.issues.create({ owner: 'owner', repo: 'app', title: 'Weekly', labels: ['signalbox: hold'] });
      const runs = ['run', '--issue', `owner/app#${data.number}`, '--pipeline', 'quick'];
      const add = (cron: string, zone: string, ...words: string[]) =>
        signalbox('schedule', 'add', cron, '--tz', zone, '--name', 'weekly', '--json', '--', ...words);
      expect(await add('0 3 * * 1', 'Europe/Berlin', ...runs)).toMatchObject({ code: 0 });
      expect(await add('0 3 * * 1', 'Europe/Berlin', ...runs)).toMatchObject({
        code: 1,
        err: expect.stringContaining('schedule weekly already'),
      });
      const refusals = [
        [() => add('0 3 * *', 'UTC', ...runs), 'five fields'],
        [() => add('0 3 * * 1', 'Berlin', ...runs), 'no time zone'],
        [() => add('0 99 * * 1', 'UTC', ...runs), 'Temporal refuses'],
        [() => add('0 3 * * 1', 'UTC', 'list'), 'A schedule runs'],
        [() => add('0 3 * * 1', 'UTC', ...runs, '--wait'), '--wait'],
      ] as const;
      for (const [run, says] of refusals) expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining(says) });

      const listed = async () =>
        (await signalbox('schedule', 'list', '--json')).out
          .split('\n')
          .map((line) => JSON.parse(line) as { name: string; paused: boolean; next: string })
          .find(({ name }) => name === 'weekly')!;
      const isListed = async (): Promise<boolean> => {
        for await (const { scheduleId, state } of client.schedule.list())
          if (scheduleId.endsWith('weekly')) return isPaused === state.paused;
        return false;
      };
      let isPaused = false;
      await until('it is listed', isListed);
      expect(await listed()).toMatchObject({ name: 'weekly', zone: 'Europe/Berlin', paused: false });
      expect(new Date((await listed()).next).getTime()).toBeGreaterThan(Date.now());

      await signalbox('schedule', 'trigger', 'weekly');
      const task = `task/default/owner/app/${data.number}/1`;
      await until('its task runs', async () => (await client.workflow.getHandle(task).describe()).status.name === 'RUNNING', 60);
      await signalbox('schedule', 'trigger', 'weekly');
      await until(
        'people are told',
        async () =>
          (await store.outbox.waiting({})).some(({ question }) => question.includes(`The schedule weekly came while ${task} still runs`)),
        60,
      );

      expect((await signalbox('schedule', 'pause', 'weekly')).out).toBe('Paused weekly.');
      isPaused = true;
      await until('it is paused', isListed);
      expect(await listed()).toMatchObject({ paused: true });
      expect((await signalbox('schedule', 'remove', 'weekly')).out).toBe('Removed weekly.');
      expect(await signalbox('schedule', 'trigger', 'weekly')).toMatchObject({ code: 4 });
      await signalbox('kill', task);
    },
    120_000,
  );

  it.concurrent(
    'goes on in the background, is found again, refuses a second one in its folder, and is stopped',
    async () => {
      const sandboxed = (...args: string[]) => inside(folder, {}, 'sandbox', '--data', 'another', ...args);
      const { out } = await sandboxed('--env', '--undelayed');
      expect(out).toMatch(/^export GITHUB_API_URL=http[^]*^export SIGNALBOX_POLL_SECONDS=2$/m);
      expect((await sandboxed('--env')).out).toBe(out);
      expect(await readFile(join(folder, 'another', '.gitignore'), 'utf8')).toBe('*\n'); // it may be in a checkout
      expect(await sandboxed()).toMatchObject({ code: 1, err: expect.stringContaining('runs in') });
      expect(JSON.parse((await sandboxed('--stop', '--json')).out)).toEqual({ temporal: 'stopped', forge: 'stopped' });
      expect((await sandboxed('--stop')).out).toContain('Nothing runs');
      const broken = await sandboxed('--env', '--model', 'nothing.yaml');
      expect(broken).toMatchObject({ code: 3, err: expect.stringMatching(/The model did not start:[^]*nothing\.yaml/) });
      expect((await sandboxed('--stop')).out).toContain('Nothing runs');
    },
    120_000,
  );

  interface Listed {
    worktrees: { id: string; state: string; branch: string; directory: string; unsaved: string | null }[];
    snapshots: { id: string }[];
  }
  const list = async (): Promise<Listed> => JSON.parse((await signalbox('worktree', '--json')).out) as Listed;
  const task = 'task/default/owner/app/1/1';

  it.concurrent(
    'lists them with what is in them and nowhere else; cleans only when told to, and restores what was not published',
    async () => {
      const before = (await list()).worktrees.find(({ id }) => id === task);
      expect(before).toMatchObject({ state: 'stale', branch: 'agents/issue-1', unsaved: null });
      await writeFile(join(before?.directory ?? '', 'mine.txt'), 'mine');
      expect(JSON.parse((await signalbox('worktree', 'clean', task, '--json')).out)).toEqual({
        dryRun: true,
        worktrees: [{ id: task, outcome: 'removed, with a snapshot of 1 files with changes', removed: true }],
      });
      expect((await list()).worktrees).toContainEqual(expect.objectContaining({ id: task }));
      expect((await signalbox('worktree', 'clean', task, '--yes')).out).toContain('removed, with a snapshot');
      const after = await list();
      expect(after.worktrees.map(({ id }) => id)).not.toContain(task);
      expect(after.snapshots).toMatchObject([{ id: task }]);
      const { out } = await signalbox('worktree', 'restore', task, '--json');
      expect(await readFile(join((JSON.parse(out) as { directory: string }).directory, 'mine.txt'), 'utf8')).toBe('mine');
      expect(await signalbox('worktree', 'restore', task)).toMatchObject({ code: 1, err: expect.stringContaining('is there') });
      expect(await signalbox('worktree', 'restore', 'task/none')).toMatchObject({ err: expect.stringContaining('There is no snapshot') });
    },
    120_000,
  );

  it('makes one for a person, that only goes by its name', async () => {
    const checkout = join(folder, 'checkout-for-worktree');
    await execa('git', ['init', '-q', checkout]);
    await execa('git', ['-C', checkout, 'remote', 'add', 'origin', `${sandbox.forge.url}/owner/app.git`]);
    const { out } = await inside(checkout, {}, 'worktree', 'new', 'mine/try', '--json');
    const { id, directory } = JSON.parse(out) as { id: string; directory: string };
    expect((await execa('git', ['-C', directory, 'branch', '--show-current'])).stdout).toBe('mine/try');
    expect((await signalbox('worktree', 'clean', '--yes')).out).not.toContain(id);
    expect((await signalbox('worktree', 'clean', id, '--yes')).out).toContain('removed');
    expect((await list()).worktrees.map((one) => one.id)).not.toContain(id);
  }, 120_000);

  // These end the worker, or everything.
  it('finds what is wrong, says how to mend it, and mends what it can', async () => {
    const well = await signalbox('doctor', '--json');
    const { findings } = JSON.parse(well.out) as { findings: { check: string; state: string; says: string }[] };
    expect({ code: well.code, wrong: findings.filter(({ state }) => state === 'problem') }).toEqual({ code: 0, wrong: [] });
    expect(findings).toContainEqual(expect.objectContaining({ check: 'token', says: expect.stringContaining('owner at') }));

    const { worker } = JSON.parse((await signalbox('status', '--json')).out) as { worker: { pid: number } };
    process.kill(worker.pid, 'SIGKILL');
    const env = { GITHUB_TOKEN: 'wrong', ANTHROPIC_API_KEY: '', OPENAI_API_KEY: '' };
    const ill = await withEnvironment(env, 'doctor');
    expect(ill).toMatchObject({
      code: 1,
      out: expect.stringMatching(/has died[^]*does not accept GITHUB_TOKEN[^]*ANTHROPIC_API_KEY is not set/),
    });
    expect(await signalbox('doctor', '--fix')).toMatchObject({
      code: 0,
      out: expect.not.stringContaining('✗'),
      err: expect.stringContaining('process: worker: '),
    });
    expect(JSON.parse((await signalbox('status', '--json')).out)).toMatchObject({ worker: { pid: expect.any(Number) } });
    expect(await withEnvironment({ GITHUB_API_URL: 'nowhere' }, 'doctor')).toMatchObject({
      code: 1,
      out: expect.stringContaining('settings'),
    });
  }, 120_000);

  it('says when the worker has no key of its model, lets nothing begin then, and when it runs other code or with other settings', async () => {
    await signalbox('down');
    const without = await withEnvironment({ ANTHROPIC_API_KEY: '', OPENAI_API_KEY: '' }, 'up');
    expect(without).toMatchObject({ code: 0, err: expect.stringContaining('ANTHROPIC_API_KEY is not set') });
    const { data } = await owner.rest.issues.create({ owner: 'owner', repo: 'app', title: 'In vain' });
    const run = () => signalbox('run', '--issue', `owner/app#${data.number}`, '--json');
    expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining('started without ANTHROPIC_API_KEY') });

    const up = await signalbox('up', '--json');
    const { worker } = JSON.parse(up.out) as { worker: { pid: number } };
    expect(without.out).not.toContain(`process ${worker.pid} `);
    const { code, out } = await run();
    expect(code).toBe(0);
    await signalbox('kill', (JSON.parse(out) as { task: string }).task);

    expect((await signalbox('up')).err).not.toContain('other settings');
    expect((await withEnvironment({ SIGNALBOX_NITS: 'ask' }, 'up')).err).toMatch(
      /The worker runs with other settings[^]*The gateway runs with/,
    );
    const file = join(folder, '.signalbox', 'run', 'worker.json');
    const record = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...record, build: 'of yesterday' }));
    expect((await signalbox('up')).err).toContain('The worker runs other code');
  }, 120_000);
});
