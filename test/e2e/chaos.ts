// A delivery under kills: the demo's ticket goes its whole way while workers, gateway, server, forge or all of them are killed at random moments,
// and so is the command that starts it, until one lives long enough. What was done is counted at the forge afterwards. The seed decides who is killed and when, as far as a machine's own pace allows.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import demoScript from '../../devkit/demo/script.ts';
import { reviewAsPerson, setStage, type Place, type Stage } from '../../devkit/demo/world.ts';
import { seededRandom } from '../../devkit/forge/random.ts';
import { listener } from '../../src/client/cli/listener.ts';
import { send } from '../../src/client/send.ts';
import type { Mail } from '../../src/contracts/mail.ts';
import { taskId, type TaskOutcome, type TaskRef } from '../../src/contracts/task.ts';
import { keepGateway, type KeptGateway } from '../support/gateway.ts';
import { install, type Installation } from '../support/installation.ts';
import { keepForge, keepServer, keepWorkers, type KeptForge, type KeptServer } from '../support/keep-alive.ts';
import { createTaskWorld, type TaskWorld } from '../support/task-world.ts';
import { until } from '../support/until.ts';

export interface Chaos {
  /** Delivers one ticket under at least this many kills; the task may end before, then what is left is said. */
  deliver(seed: number, kills: number): Promise<Delivered>;
  end(): Promise<void>;
}

export interface Delivered {
  readonly outcome: TaskOutcome;
  /** Who was killed, in order. */
  readonly killed: readonly string[];
  /** What the forge has of it. */
  readonly seen: {
    readonly requests: number;
    readonly merged: boolean;
    /** Commits of the request, by their first lines. */
    readonly commits: readonly string[];
    /** Our comments on the issue, and replies on the request. */
    readonly comments: number;
    readonly replies: number;
    readonly branches: readonly string[];
    readonly issue: string;
  };
  /** What became of what was said to the task on the way. */
  readonly told: 'acted' | 'returned' | 'lost';
  /** And to the session that ran for it then. */
  readonly steered: Delivered['told'];
}

const SOMEBODY = ['worker', 'worker', 'worker', 'gateway', 'server', 'forge', 'all'] as const;
const COMMAND = fileURLToPath(new URL('../../src/client/cli/main.ts', import.meta.url));

export async function createChaos(): Promise<Chaos> {
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-chaos-'));
  const world = await createTaskWorld(demoScript);
  // Webhooks that nobody was there for are made up for by asking, as everywhere; only sooner.
  const env = { ...world.env, SIGNALBOX_POLL_SECONDS: '2' };
  const server = await keepServer(join(directory, 'temporal.db'));
  const here = await install({ modelUrl: world.model.url, env, server: { address: server.address, namespace: 'default' } });
  const [forge, endWorkers, gateway] = [keepForge(world.forge), await keepWorkers(here, 2), await keepGateway(here, env)];
  return {
    deliver: (seed, kills) => deliver({ world, server, forge, gateway, here }, seed, kills),
    async end() {
      gateway.stop();
      await endWorkers();
      await forge.stop();
      await here.end();
      await server.stop();
      await world.end();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Scene {
  readonly world: TaskWorld;
  readonly server: KeptServer;
  readonly forge: KeptForge;
  readonly gateway: KeptGateway;
  readonly here: Installation;
}

async function deliver(scene: Scene, seed: number, kills: number): Promise<Delivered> {
  const { world, here } = scene;
  const dice = seededRandom(seed);
  const random = (): number => dice.within([0, 0.999]);
  const stage: Stage = { apiUrl: world.forge.url, tokens: world.forge.tokens };
  const place = await setStage(stage, scene.gateway.webhook, `till-${seed}`);
  const { owner, repo, issue } = place;
  const task: TaskRef = { workspace: 'chaos', owner, repo, issue, goal: null, generation: 1 };
  const over = new AbortController();
  const killed: string[] = [];
  const around = [
    reviewAsPerson(stage, place, () => undefined, over.signal),
    killAround(scene, random, kills, killed, over.signal),
    tellOnce(scene, task, Math.floor(random() * 8_000), over.signal),
    steerOnce(scene, task, Math.floor(random() * 8_000), over.signal),
  ].map((running) => running.catch(unlessAborted));

  await begin(scene, place, random, killed, over.signal);
  const outcome = await whileAway(() => here.client.workflow.getHandle(taskId(task)).result() as Promise<TaskOutcome>, over.signal);
  over.abort();
  await Promise.all(around);
  await until('the forge is back', async () => (await fetch(world.forge.url)).status > 0, 60);
  const [told, steered] = await Promise.all(['tell', 'steer'].map((kind) => here.store.mail.find({ id: `${kind}/${taskId(task)}` })));
  return {
    outcome,
    killed,
    seen: await count(world, place),
    told: becameOf(told),
    steered: becameOf(steered),
  };
}

const becameOf = (mail: Mail | undefined): Delivered['told'] =>
  mail?.returnedBecause !== undefined ? 'returned' : mail?.actedBy !== undefined ? 'acted' : 'lost';

/** Kills somebody every now and then; leaves time to come back. */
async function killAround(
  { here, server, forge, gateway }: Scene,
  random: () => number,
  kills: number,
  killed: string[],
  signal: AbortSignal,
): Promise<void> {
  while (killed.length < kills) {
    await sleep(300 + random() * 1_200, undefined, { signal });
    const who = SOMEBODY[Math.floor(random() * SOMEBODY.length)] ?? 'worker';
    const workers = here.workers();
    const isHit = (one: (typeof SOMEBODY)[number]): boolean => who === one || who === 'all';
    if (isHit('gateway')) gateway.kill();
    if (isHit('worker')) await workers[Math.floor(random() * workers.length)]?.kill();
    if (isHit('server')) await server.kill();
    if (isHit('forge')) await forge.kill();
    killed.push(who);
  }
}

/** By the command line, which is killed at ever later moments until it says that the task runs. */
async function begin(
  { here, world }: Scene,
  { owner, repo, issue }: Place,
  random: () => number,
  killed: string[],
  signal: AbortSignal,
): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...world.env, SIGNALBOX_DATA: here.data, SIGNALBOX_HOST: here.host };
  const temporal = { TEMPORAL_ADDRESS: here.address, TEMPORAL_NAMESPACE: 'default' };
  const words = [COMMAND, 'run', '--issue', `${owner}/${repo}#${issue}`, '--workspace', 'chaos'];
  for (let lives = 200 + random() * 300; !signal.aborted; lives *= 1.5) {
    const command = spawn(process.execPath, words, { env: { ...env, ...temporal }, stdio: 'ignore' });
    const timer = setTimeout(() => command.kill('SIGKILL'), lives);
    const [code] = (await once(command, 'exit')) as [number | null];
    clearTimeout(timer);
    if (code === 0) return;
    if (code === null) killed.push('command');
  }
}

async function tellOnce({ here }: Scene, task: TaskRef, afterMs: number, signal: AbortSignal): Promise<void> {
  await sleep(afterMs, undefined, { signal });
  const mail = { id: `tell/${taskId(task)}`, to: taskId(task), from: 'ann', kind: 'tell', body: { text: 'Mind the rounding.' } } as const;
  await whileAway(() => send(here, mail), signal);
}

/** As `signalbox steer` does it. */
async function steerOnce({ here }: Scene, task: TaskRef, afterMs: number, signal: AbortSignal): Promise<void> {
  await sleep(afterMs, undefined, { signal });
  const id = taskId(task);
  await whileAway(async () => {
    const { id: to } = await listener(here, { id, kind: 'task' }, 'steer');
    await send(here, { id: `steer/${id}`, to, from: 'ann', kind: 'steer', body: { text: 'Mind the tests.' }, urgent: true });
  }, signal);
}

/** Tries again as long as the server is away. */
async function whileAway<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const { name, message } = error as Error;
      if (!/UNAVAILABLE|ECONNREFUSED|Service|unavailable|connect|Deadline|DEADLINE/i.test(`${name} ${message}`)) throw error;
      await sleep(200, undefined, { signal });
    }
  }
}

async function count(world: TaskWorld, { owner, repo, issue }: Place): Promise<Delivered['seen']> {
  const { rest } = world.forge.as('owner');
  const { data: requests } = await rest.pulls.list({ owner, repo, state: 'all' });
  const pull_number = requests[0]?.number ?? 0;
  const ours = <T extends { readonly user: { readonly login: string } | null }>(all: readonly T[]): T[] =>
    all.filter(({ user }) => user?.login === 'writer');
  return {
    requests: requests.length,
    merged: requests[0]?.merged_at !== null,
    commits: (await rest.pulls.listCommits({ owner, repo, pull_number })).data.map(({ commit }) => commit.message.split('\n')[0] ?? ''),
    comments: ours((await rest.issues.listComments({ owner, repo, issue_number: issue })).data).length,
    replies: ours((await rest.pulls.listReviewComments({ owner, repo, pull_number })).data).length,
    branches: (await rest.repos.listBranches({ owner, repo })).data.map(({ name }) => name),
    issue: (await rest.issues.get({ owner, repo, issue_number: issue })).data.state,
  };
}

function unlessAborted(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}
