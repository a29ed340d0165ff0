// `signalbox demo`: an issue becomes a merged request before one's eyes, on real parts of one's own: Temporal, a forge with git and CI, a model
// that follows a script over its provider's wire, the worker and the gateway. Ends well only if the change is on the base branch and the
// repository's own tests pass there.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AGENT, reviewAsPerson, setStage, type Place, type Stage } from '../../../devkit/demo/world.ts';
import { costOf } from '../../activities/session/cost.ts';
import { createForge } from '../../activities/forge/create.ts';
import { webAddress } from '../../contracts/work.ts';
import { repositoryPath } from '../../../devkit/forge/domain/create-repository.ts';
import { freePort } from '../../../devkit/temporal/free-port.ts';
import { sourceOf, taskId, type TaskOutcome, type TaskRef } from '../../contracts/task.ts';
import { NOT_PROMISED_UNSANDBOXED, chooseSandbox } from '../../sandbox/probe.ts';
import { startTask } from '../../activities/task/start.ts';
import { checkBase, exitOf, type BaseCheck } from './demo-check.ts';
import { SPEAKER, tellStory } from './demo-story.ts';
import { withDoors, type Doors } from './doors.ts';
import { stopAll } from './down.ts';
import { EXIT } from './exit-codes.ts';
import { bold, dim, green, note, print, printJson, red } from './output.ts';
import { devkit, keepEnvironment, startForgeProcess, startModelProcess } from './sandbox-parts.ts';
import { startAll } from './up.ts';

/** What `--json` prints. */
export interface DemoResult {
  readonly task: string;
  readonly outcome: TaskOutcome['outcome'];
  readonly mergeRequest: { readonly number: number; readonly url: string; readonly headSha: string; readonly mergeSha: string } | null;
  /** `path`: the bare repository. */
  readonly repository: { readonly path: string; readonly url: string; readonly base: string };
  readonly forge: { readonly url: string };
  readonly temporal: { readonly address: string; readonly ui: string | null };
  /** The folder that holds everything; kept after the end. */
  readonly data: string;
}

export async function demo(options: DemoOptions): Promise<void> {
  const data = options.data === undefined ? mkdtempSync(join(tmpdir(), 'signalbox-demo-')) : resolve(options.data);
  mkdirSync(data, { recursive: true });
  const over = new AbortController();
  const signalled = new Promise<'signalled'>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done('signalled'));
  });
  const starting: Promise<unknown>[] = [];
  let end: 'played' | 'signalled' | 'failed' = 'failed';
  try {
    const played = play(options, data, over.signal, starting).then(() => 'played' as const);
    end = await Promise.race([played, signalled]);
    if (end === 'signalled') played.catch(() => undefined); // what it talks to is taken away
  } finally {
    over.abort();
    await Promise.allSettled(starting); // what is about to start is on record only then
    if (end !== 'played' || options.keep !== true) await stopAll(data);
  }
  if (end === 'played') return;
  note(`Stopped before its end, with everything that it had started. What there is of it is in ${data}.`);
  process.exit(EXIT.refused); // it still waits for a server that is gone
}

interface DemoOptions {
  readonly json?: true;
  readonly keep?: true;
  readonly undelayed?: true;
  readonly data?: string;
}

/** @param starting gets what will have started processes, for whoever stops them */
async function play(options: DemoOptions, data: string, signal: AbortSignal, starting: Promise<unknown>[]): Promise<void> {
  const began = Date.now();
  const tell = (line: string): void => (options.json === true ? note : print)(`${dim(seconds(began))}  ${line}`);
  const begin = <Result>(start: Promise<Result>): Promise<Result> => {
    starting.push(start);
    return start;
  };
  const sandboxed = (await chooseSandbox({ unsandboxed: false })).ok;
  if (!sandboxed) note(`No sandbox on this system: the demo runs its own scripted commands without one. ${NOT_PROMISED_UNSANDBOXED}`);
  tell('starting Temporal, a forge, a scripted model, the worker and the gateway');
  const part = { data, lasting: true };
  const [forge, model] = await Promise.all([
    begin(startForgeProcess({ ...part, undelayed: options.undelayed === true, sandboxed })),
    begin(startModelProcess(devkit('demo/script'), part)),
  ]);
  const { url: apiUrl, tokens } = forge.greeting;
  const secret = randomBytes(20).toString('hex');
  const gatewayPort = await freePort();
  // Its model is scripted, whatever else the environment names.
  for (const name of Object.keys(process.env)) if (name.startsWith('SIGNALBOX_MODEL')) delete process.env[name];
  const environment = {
    SIGNALBOX_DATA: data,
    SIGNALBOX_UNSANDBOXED: String(!sandboxed),
    SIGNALBOX_WEBHOOK_SECRET: secret,
    SIGNALBOX_GATEWAY_PORT: String(gatewayPort),
    GITHUB_API_URL: apiUrl,
    GITHUB_TOKEN: tokens[AGENT] ?? '',
    ANTHROPIC_BASE_URL: model.greeting.url,
    ANTHROPIC_API_KEY: 'scripted',
  };
  Object.assign(process.env, environment);
  delete process.env['TEMPORAL_ADDRESS'];
  const started = await begin(startAll(note));
  keepEnvironment(data, environment); // with the folder commands find its Temporal
  const stage = { apiUrl, tokens };
  const place = await setStage(stage, { url: `http://127.0.0.1:${gatewayPort}/webhooks/github`, secret });
  tell(
    `${bold('owner'.padEnd(SPEAKER))} opens issue #${place.issue} in ${place.owner}/${place.repo}   ${dim(`Temporal UI ${started.temporal.ui ?? ''}`)}`,
  );

  const { outcome, task, usd, turns } = await withDoors(async (doors) => {
    const told = new AbortController();
    const until = AbortSignal.any([signal, told.signal]);
    const story = tellStory(doors.store, tell, until);
    const person = reviewAsPerson(stage, place, (what) => tell(`${bold('owner'.padEnd(SPEAKER))} ${what}`), until).catch(unlessAborted);
    const [ended] = await Promise.all([workOn(doors, place).finally(() => told.abort()), story, person]);
    const [ofTask, ofRequest] = await Promise.all([taskId(ended.task), 'mr'].map((prefix) => costOf(doors.store, prefix)));
    return { ...ended, usd: (ofTask?.usd ?? 0) + (ofRequest?.usd ?? 0), turns: (ofTask?.turns ?? 0) + (ofRequest?.turns ?? 0) };
  });
  const repository = await repositoryOf(stage, place, join(data, 'forge'));
  const request = outcome.outcome === 'merged' ? outcome : null;
  const check = request === null ? null : await checkBase(repository, request.mergeSha, sandboxed);
  const result: DemoResult = {
    task: taskId(task),
    outcome: outcome.outcome,
    mergeRequest:
      request === null
        ? null
        : {
            number: request.request,
            url: `${repository.url}/pull/${request.request}`,
            headSha: request.head,
            mergeSha: request.mergeSha,
          },
    repository,
    forge: { url: apiUrl },
    temporal: { address: started.temporal.address, ui: started.temporal.ui },
    data,
  };
  if (options.json === true) printJson(result);
  else
    summary(
      result,
      check,
      { took: seconds(began), spent: `${turns} turns, ${usd.toFixed(2)} $ at list prices (the model is scripted)` },
      options.keep === true,
    );
  if (options.json === true && check?.ok !== true) note(`Not as it should be: ${check?.because ?? outcome.outcome}.`);
  process.exitCode = exitOf(check);
}

/** Starts the task as `signalbox run` does, and waits for its end. */
async function workOn(doors: Doors, { owner, repo, issue }: Place): Promise<{ task: TaskRef; outcome: TaskOutcome }> {
  const source = { owner, repo, issue, goal: null };
  const { generation } = await doors.store.sources.begin({ workspace: 'default', source: sourceOf(source) });
  const task: TaskRef = { workspace: 'default', ...source, generation };
  const handle = await startTask(doors, task, doors.config.host, 'delivery');
  return { task, outcome: await handle.result() };
}

async function repositoryOf({ apiUrl, tokens }: Stage, { owner, repo }: Place, forgeData: string): Promise<DemoResult['repository']> {
  const { defaultBranch } = await createForge({ apiUrl, token: tokens[AGENT] })().repository({ owner, repo });
  return { path: repositoryPath(forgeData, owner, repo), url: `${webAddress(apiUrl)}/${owner}/${repo}`, base: defaultBranch };
}

function summary(
  { task, mergeRequest, repository, temporal, data, outcome }: DemoResult,
  check: BaseCheck | null,
  { took, spent }: { readonly took: string; readonly spent: string },
  isKept: boolean,
): void {
  print('');
  if (mergeRequest === null) print(`${red(outcome)} after ${took.trim()}`);
  else {
    print(`${green('Merged')} after ${took.trim()}: ${mergeRequest.url}`);
    print(`  commit    ${mergeRequest.mergeSha} on ${repository.base}`);
    print(`  verified  ${check?.ok === true ? green(check.because) : red(check?.because ?? 'nothing')}`);
  }
  print(`  spent     ${spent}`);
  print(`  Temporal  ${temporal.ui ?? temporal.address}`);
  print(`  data      ${data}`);
  if (!isKept) print(dim('Everything is stopped; with -- --keep the forge and the Temporal UI stay, at these addresses.'));
  else {
    print(dim(`Next: eval "$(signalbox sandbox --env --data ${data})"; signalbox show ${task}`));
    print(dim(`To stop what stays: signalbox sandbox --stop --data ${data}`));
  }
}

const seconds = (since: number): string => `${((Date.now() - since) / 1_000).toFixed(1).padStart(6)} s`;

function unlessAborted(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}
