// SIGKILL at every point of a task and all that it starts: of the workers, of the server, of both. Effects are counted from outside: on the
// forge, and by whoever gets the notices. Each point is one task's; several tasks run to theirs, and one kill meets them all.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Conversation, Step } from '../../devkit/model/model.ts';
import { startTask } from '../../src/activities/task/start.ts';
import type { Heeded } from '../../src/contracts/directive.ts';
import { taskBranch, taskId } from '../../src/contracts/task.ts';
import { inWords } from '../../src/policies/directives.ts';
import { WORKING_LABEL } from '../../src/policies/task-facts.ts';
import { workbench } from '../forge/pull-request-support.ts';
import type { Installation } from '../support/installation.ts';
import { installKept, type KeptInstallation } from '../support/kept-installation.ts';
import { killAtEach } from '../support/kill-table.ts';
import { bash, createTaskWorld, handOver, type IssueTask, type TaskWorld } from '../support/task-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** Points of one task. More make fewer tasks and more kills. */
const EACH = 4;
/** Three decisions or so: tasks and reviews continue as new between points that kills meet. */
const EVENTS_OF_A_RUN = 30;
/** Of every request. */
const LABEL = 'by-agent';

/** Of a task whose branch was pushed by somebody, whose review is not clean in the end, and which is directed in Temporal's UI. */
const FOUND_STEPS = [
  ...['keepTypedForTask', 'heedForTask heed', 'actOnHost takeUp', 'prepareReview', 'review/1 assessReview 1', 'review/1 prepareReviewer'],
  ...['review/1 prepareFix', 'review/1 actOnReview commit', 'review/1 endReview', 'askForTask ask'],
];
/** Of one that is killed while its reviewers work: what it does, and what its review does, each with a word that comes while they clean up. */
const KILLED_STEPS = [
  ['endTask', 'keepTypedForTask'],
  ['review/1 closeReview', 'review/1 keepTypedForReview'],
] as const;

let world: TaskWorld;
let kept: KeptInstallation;
/** Of the file of identities. */
let folder: string;
let here: Installation;

beforeAll(async () => {
  world = await createTaskWorld(play);
  await world.forge.addUser('robot');
  folder = await mkdtemp(join(tmpdir(), 'signalbox-identities-'));
  const identities = join(folder, 'identities.yaml');
  await writeFile(identities, 'identities: [{ name: bot, token: $BOT_TOKEN }]');
  const bot = { SIGNALBOX_IDENTITIES: identities, BOT_TOKEN: world.forge.tokens['robot'] ?? '' };
  const env = { ...world.env, ...bot, SIGNALBOX_REQUEST_LABELS: LABEL };
  kept = await installKept({ modelUrl: world.model.url, env, eventsOfARun: EVENTS_OF_A_RUN });
  here = kept.here;
}, FIRST_RUN_MS);

afterAll(async () => {
  await kept.end();
  await world.end();
  await rm(folder, { recursive: true });
});

/** As whom every other quick task is worked on. */
const BOT = 'bot:commits,requests,comments,merges';

/** Where `bot` may write. */
async function newQuick(title: string, at: number): Promise<IssueTask> {
  const task = await world.newIssue(title);
  if (at % 2 === 0) return task;
  const place = { owner: task.owner, repo: task.repo };
  const { data } = await world.forge.as('owner').rest.repos.addCollaborator({ ...place, username: 'robot', permission: 'push' });
  await world.forge.as('robot').rest.repos.acceptInvitationForAuthenticatedUser({ invitation_id: data.id });
  return { ...task, as: BOT };
}

/** Nobody else's. */
const LONG = 'sleep 76543';

/** One reviewer finds something and does not say later whether it is mended; with "Take long" reviewers work for ever. */
function play({ turn, playbook, prompt }: Conversation): Step {
  if (prompt.includes('Take long')) return { call: [bash(LONG)] };
  if (playbook === 'review-correctness' && /fingerprint: f-/.test(prompt)) return { say: 'I do not know.' };
  if (playbook === 'review-correctness') return report([{ ...FINDING, suggestion: null }]);
  if (playbook === 'review-production-risk') return report([]);
  const [command, title] =
    playbook === 'fix' ? ['echo mended >> solution.txt', 'Mend it'] : ['sleep 0.1; echo solved >> solution.txt', 'Solve it'];
  return turn === 0 ? { call: [bash(command)] } : { call: [handOver(title, ['solution.txt'])] };
}

const FINDING = { severity: 'major', category: 'correctness', file: 'solution.txt', line: 1, title: 'It is not solved', detail: 'Look.' };
const report = (findings: readonly unknown[]): Step => ({ call: [{ tool: 'report_findings', input: { findings, verified: [] } }] });

type Handle = Awaited<ReturnType<typeof startTask>>;
const tell = (to: string, text: string) =>
  here.store.mail.post({ id: `told/${to}`, to, from: 'ann', kind: 'tell', body: { text }, ifClosed: 'return' });

/** With something to do by rule from its beginning. */
async function startQuick(task: IssueTask): Promise<Handle> {
  await tell(taskId(task), 'resume');
  return startTask(here, task, here.host, 'quick');
}

/** One whose branch somebody has pushed. */
async function newFound(title: string): Promise<IssueTask> {
  const task = await world.newIssue(title);
  const bench = await workbench(world.forge, { place: task });
  await bench.commit(taskBranch(task), { 'solution.txt': 'solved\n' });
  await tell(taskId(task), 'skip classify');
  return task;
}

/** Asks again where the server was away. */
async function expectDelivered(handle: Handle): Promise<void> {
  const outcome = await until(`${handle.workflowId} ends`, () => handle.result(), 240);
  expect(outcome).toEqual({ outcome: 'delivered', request: 2 });
}

async function expectOnce(task: IssueTask, titles: readonly string[], solution: string): Promise<void> {
  const { owner, repo, issue: issue_number } = task;
  const { rest } = world.forge.as('reader');
  const { data: pulls } = await rest.pulls.list({ owner, repo, state: 'all' });
  const login = task.as === undefined ? 'writer' : 'robot';
  expect(pulls).toMatchObject([{ labels: [{ name: LABEL }], user: { login } }]);
  const { data: commits } = await rest.pulls.listCommits({ owner, repo, pull_number: 2 });
  expect(commits.map(({ commit }) => commit.message.split('\n')[0])).toEqual(titles);
  const { data: file } = await rest.repos.getContent({ owner, repo, path: 'solution.txt', ref: pulls[0]?.head.sha ?? '' });
  expect(Buffer.from('content' in file ? file.content : '', 'base64').toString()).toBe(solution);
  const { data: comments } = await rest.issues.listComments({ owner, repo, issue_number });
  expect(comments).toMatchObject([{ user: { login } }]);
  expect((await rest.issues.get({ owner, repo, issue_number })).data.labels).toMatchObject([{ name: WORKING_LABEL }]);
  // Nobody can look whether a notice arrived: it may come again, with the same id.
  const notices = world.noticed.filter(({ text }) => text.includes(`${repo}#`));
  expect(new Set(notices.map(({ id }) => id)).size).toBe(1);
}

const repeat = <T>(count: number, make: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => make(at)));
/** The points of `count` tasks that share them, each in its order. */
const share = (points: readonly string[], count: number): string[][] =>
  Array.from({ length: count }, (_, task) => points.filter((_, at) => at % count === task));
const around = (task: IssueTask, steps: readonly string[]): string[] =>
  steps.flatMap((step) => ['before', 'after'].map((when) => `${when} ${taskId(task)}${step.startsWith('review/') ? '/' : ' '}${step}`));
/** What is said where the server may be away is said again. */
const insist = (what: string, act: () => Promise<unknown>): Promise<true> => until(what, () => act().then(() => true as const), 60);

describe('a task', () => {
  let calmTask: IssueTask;
  let calm: string[];

  it(
    'passes the same points in every run',
    async () => {
      calmTask = await world.newIssue('Solve it');
      await expectDelivered(await startQuick(calmTask));
      await expectOnce(calmTask, ['fix: Solve it'], 'solved\n');
      calm = [...new Set(readFileSync(join(here.data, 'steps'), 'utf8').trim().split('\n'))];
      expect(calm.length).toBeGreaterThan(40);
      expect(await runsOf(taskId(calmTask))).toBeGreaterThan(1);
    },
    FIRST_RUN_MS,
  );

  it('is delivered, each effect once, over SIGKILL of the workers and of the server, together or one after the other, at every point', async () => {
    const quick = await repeat(Math.ceil(calm.length / EACH), (at) => newQuick('Solve it', at));
    const found = await repeat((2 * FOUND_STEPS.length) / EACH, () => newFound('Review it'));
    const killed = await repeat(2 * KILLED_STEPS.length, () => newFound('Take long'));
    const ofQuick = share(calm, quick.length).map((points, at) =>
      points.map((point) => point.replace(taskId(calmTask), taskId(quick[at]!))),
    );
    const ofFound = found.map((task, at) => share(around(task, FOUND_STEPS), found.length)[at]!);
    const ofKilled = killed.map((task, at) => share(around(task, KILLED_STEPS[at >> 1]!), 2)[at % 2]!);

    const over = await Promise.all(killed.map((task) => startTask(here, task, here.host, 'delivery')));
    const reviews = killed.map((task) => here.client.workflow.getHandle(`${taskId(task)}/review/1`));
    await until('their reviewers work', async () => (await runningCommands()) >= 2 * killed.length, 120);
    const handles: Handle[] = [];
    const said: Promise<unknown>[] = [];
    await killAtEach(
      kept,
      [...ofQuick, ...ofFound, ...ofKilled],
      async () => {
        handles.push(...(await Promise.all(quick.map(startQuick))));
        for (const task of found) {
          const handle = await startTask(here, task, here.host, 'delivery');
          for (const word of ['hold', 'resume', 'skip merge']) await handle.signal('tell', word);
          handles.push(handle);
        }
        for (const [at, task] of over.entries()) {
          await task.cancel();
          const [ending] = KILLED_STEPS[at >> 1]!;
          const whom = at < 2 ? task : reviews[at]!;
          said.push(
            until('it cleans up', () => isAt(around(killed[at]!, [ending])[0]!), 60).then(() =>
              insist('it hears', () => whom.signal('tell', 'a word')),
            ),
          );
        }
      },
      { byTurns: true },
    );
    await Promise.all(said);
    for (const task of found) {
      const asked = async () => (await here.store.outbox.askedBy({ workflow: taskId(task) })).some(({ id }) => id.includes('/ask/'));
      await until('it asks what becomes of its review', asked, 120);
      await insist('it is told', () => here.client.workflow.getHandle(taskId(task)).signal('tell', 'approve'));
    }

    for (const handle of handles) await expectDelivered(handle);
    for (const task of quick) {
      await expectOnce(task, ['fix: Solve it'], 'solved\n');
      expect(await runsOf(taskId(task))).toBeGreaterThan(1);
      expect(await here.store.ledger.settled({ prefix: `${taskId(task)}/` })).toHaveLength(8);
      expect((await here.store.mail.find({ id: `told/${taskId(task)}` }))?.actedBy).toBe(`${taskId(task)}/directive/1`);
    }
    for (const task of found) {
      await expectOnce(task, ['Change solution.txt', 'fix: Mend it'], 'solved\nmended\n');
      expect(await runsOf(`${taskId(task)}/review/1`)).toBeGreaterThan(1);
      const heeded = await here.store.ledger.settled({ prefix: `${taskId(task)}/directive/` });
      const words = heeded.map(({ outcome }) => (outcome.state === 'done' ? wordsOf(outcome.result as Heeded) : outcome.because));
      expect(words.sort()).toEqual(['approve', 'hold', 'resume', 'skip classify', 'skip merge']);
    }
    for (const [at, task] of killed.entries()) {
      await until('it is over', async () => (await over[at]?.describe())?.status.name === 'CANCELLED', 120);
      await until('its review is over', async () => (await reviews[at]?.describe())?.status.name === 'CANCELLED', 120);
      expect(await returnedBy(at < 2 ? taskId(task) : `${taskId(task)}/review/1`)).toEqual(['a word']);
    }
    await until('no command of theirs is left', async () => (await runningCommands()) === 0, 60);
  }, 600_000);

  /** Whether a point was passed. */
  const isAt = (point: string): boolean => readFileSync(join(here.data, 'steps'), 'utf8').split('\n').includes(point);

  const wordsOf = ({ directive, declined }: Heeded): string => declined ?? inWords(directive);

  /** What was said and came back to who had said it. */
  const returnedBy = async (workflow: string): Promise<string[]> =>
    (await here.store.outbox.waiting({ askedBy: workflow })).flatMap(({ id, question }) =>
      id.startsWith('returned/') ? [/"(.*)"/.exec(question)?.[1] ?? ''] : [],
    );
});

/** How often it has continued as new, and once. */
async function runsOf(workflow: string): Promise<number> {
  const runs = new Set<string>();
  for await (const { runId } of here.client.workflow.list({ query: `WorkflowId = '${workflow}'` })) runs.add(runId);
  return runs.size;
}

/** How many commands of reviewers run. */
async function runningCommands(): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args=']);
  return stdout.split('\n').filter((line) => line.trim() === LONG).length;
}
