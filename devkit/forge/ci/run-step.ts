// Runs one step: what it is to do, in which environment, and what it came to. A mistake in the workflow fails the step, with a line that says so.
import { fullName, repositoryLinks } from '../api/present/repository.ts';
import { checkout } from './checkout.ts';
import { runCommand, type CommandEnd } from './command.ts';
import { ExpressionProblem, interpolated, type Contexts } from './expressions.ts';
import { isTrue } from './advance.ts';
import type { HashFiles } from './hash-files.ts';
import { interpolatedAll, minutesOf, runnerEnvironment, standingOf, type JobScene, type StepOutcome } from './job-scene.ts';
import { commandLineOf } from './shells.ts';
import { StepOutput } from './step-output.ts';
import { NUL, pairsIn } from './workflow-commands.ts';
import type { Step } from './workflow.ts';

export interface StepEnd extends StepOutcome {
  readonly annotations: StepOutput['annotations'];
  readonly summary: string;
}

interface Bounds {
  /** How long the step may take, in ms, whatever its file says. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export async function runStep(scene: JobScene, step: Step, bounds: Bounds, hashFiles: HashFiles): Promise<StepEnd> {
  const output = new StepOutput(scene.log);
  const { outcome, outputs, summary } = await attempt(scene, step, bounds, hashFiles, output);
  return {
    outcome,
    conclusion: outcome === 'failure' && mayFail(scene, step) ? 'success' : outcome,
    outputs,
    annotations: output.annotations,
    summary,
  };
}

type Attempt = Pick<StepEnd, 'outcome' | 'outputs' | 'summary'>;

async function attempt(scene: JobScene, step: Step, bounds: Bounds, hashFiles: HashFiles, output: StepOutput): Promise<Attempt> {
  const fail = (message: string): Attempt => {
    scene.log.write(`##[error]${message}`);
    output.annotate('failure', message);
    return { outcome: 'failure', outputs: output.outputs, summary: '' };
  };
  try {
    const standing = { ...standingOf(scene), hashFiles };
    const env = { ...scene.env, ...interpolatedAll(step.env, scene.contexts(), standing) };
    const contexts = scene.contexts(env);
    const own = step['timeout-minutes'] === undefined ? Infinity : minutesOf(step['timeout-minutes'], contexts) * 60_000;
    const timeoutMs = Math.min(bounds.timeoutMs, own);
    const text = (template: string): string => interpolated(template, contexts, standing);
    const prepared = step.run === undefined ? action(scene, step, text) : script(scene, step, text);
    if (typeof prepared === 'string') return fail(prepared);
    scene.log.write(...prepared.heading);
    for (const note of prepared.notes) output.annotate('warning', note);
    if (prepared.command === null) return { outcome: 'success', outputs: {}, summary: '' };
    await scene.room.openStep(prepared.script, JSON.stringify((contexts['github'] as { event: unknown }).event));
    const confinement = scene.room.confinement({ ...runnerEnvironment(scene), ...env }, scene.room.workspace, prepared.mounts);
    const { limits } = scene.forge.settings;
    const end = await runCommand(scene.sandbox, confinement, prepared.command, { timeoutMs, signal: bounds.signal, output, limits });
    return await takeFiles(scene, end, output, fail);
  } catch (error) {
    if (error instanceof ExpressionProblem) return fail(error.message);
    throw error;
  }
}

interface Prepared {
  readonly heading: readonly string[];
  readonly notes: readonly string[];
  /** Null for a step that there is nothing to do for. */
  readonly command: readonly [string, ...string[]] | null;
  readonly script: string;
  readonly mounts: Parameters<JobScene['room']['confinement']>[2];
}

function script(scene: JobScene, step: Step, text: (template: string) => string): Prepared | string {
  const defaults = { ...scene.workflow.defaults?.run, ...scene.job.defaults?.run };
  const source = text(step.run ?? '');
  const shell = step.shell ?? defaults.shell;
  const command = commandLineOf(shell === undefined ? undefined : text(shell), `${scene.room.files}/script`);
  if (typeof command === 'string') return command;
  const directory = text(step['working-directory'] ?? defaults['working-directory'] ?? '.');
  const [first = '', ...rest] = source.trimEnd().split('\n');
  return {
    heading: [`##[group]Run ${first}`, ...[first, ...rest], `shell: ${command.join(' ')}`, '##[endgroup]'],
    notes: [],
    command: inDirectory(directory, command),
    script: `${source}\n`,
    mounts: [],
  };
}

/** The directory may be missing or a link that a step made: it is entered by the command itself, inside of the sandbox. */
const inDirectory = (directory: string, command: readonly [string, ...string[]]): readonly [string, ...string[]] =>
  directory === '.' ? command : ['sh', '-c', 'cd -- "$0" && exec "$@"', directory, ...command];

function action(scene: JobScene, step: Step, text: (template: string) => string): Prepared | string {
  const uses = step.uses ?? '';
  const input = Object.fromEntries(
    Object.entries(step.with ?? {}).map(([name, value]) => [name.toLowerCase(), value === null ? '' : text(String(value))]),
  );
  const heading = [
    `##[group]Run ${uses}`,
    ...(step.with === undefined ? [] : ['with:', ...Object.entries(input).map(([name, value]) => `  ${name}: ${value}`)]),
    '##[endgroup]',
  ];
  const nothing: Prepared = { heading, notes: [], command: null, script: '', mounts: [] };
  if (/^actions\/setup-[\w-]+@/.test(uses))
    return { ...nothing, heading: [...heading, `The forge passes over ${uses}: jobs use what is installed on this machine.`] };
  if (!uses.startsWith('actions/checkout@'))
    return `The forge does not run the action ${uses}: it knows actions/checkout, passes over actions/setup-*, and runs commands.`;
  const { run, forge, repository, sandbox } = scene;
  const found = checkout(
    input,
    {
      sha: run.sha,
      ref: run.ref,
      repository: fullName(forge.state, repository),
      url: `${repositoryLinks(forge, forge.state, repository).html}.git`,
    },
    { directory: forge.git(repository).directory, sandbox },
  );
  if (typeof found === 'string') return found;
  return {
    heading: [...heading, ...found.notes.map((note) => `##[warning]${note}`)],
    notes: found.notes,
    command: found.command,
    script: '',
    mounts: found.mounts,
  };
}

/** What the command left in its files, and what its end means. */
async function takeFiles(scene: JobScene, end: CommandEnd, output: StepOutput, fail: (message: string) => Attempt): Promise<Attempt> {
  if (end.kind === 'ended') {
    scene.log.write('##[error]The operation was canceled.');
    return { outcome: 'cancelled', outputs: {}, summary: '' };
  }
  const { room } = scene;
  const env = pairsIn(await room.read('env'));
  const outputs = pairsIn(await room.read('output'));
  const summary = await room.read('summary');
  if (typeof env === 'object') Object.assign(scene.env, env);
  const path = (await room.read('path')).split('\n').filter((entry) => entry !== '');
  const isPath = !path.some((entry) => entry.includes('\0'));
  if (isPath) scene.path.unshift(...path.reverse());
  const failed =
    messageOf(end) ?? problemOf(env, 'GITHUB_ENV') ?? problemOf(outputs, 'GITHUB_OUTPUT') ?? problemOf(isPath ? {} : NUL, 'GITHUB_PATH');
  const left = { outputs: { ...output.outputs, ...(typeof outputs === 'object' ? outputs : {}) }, summary };
  return failed === undefined ? { outcome: 'success', ...left } : { ...fail(failed), ...left };
}

function messageOf(end: Exclude<CommandEnd, { kind: 'ended' }>): string | undefined {
  switch (end.kind) {
    case 'exited':
      return end.status === 0 ? undefined : `Process completed with exit code ${end.status}.`;
    case 'timed out':
      return 'The action has timed out.';
    case 'beyond':
      return `The job had ${end.reason} and was ended.`;
    case 'unstartable':
      return end.reason;
  }
}

const problemOf = (pairs: Record<string, string> | string, file: string): string | undefined =>
  typeof pairs === 'string' ? `Unable to process file command '${file}': ${pairs}` : undefined;

function mayFail(scene: JobScene, step: Step): boolean {
  const flag = step['continue-on-error'];
  if (flag === undefined) return false;
  try {
    return isTrue(flag, scene.contexts());
  } catch (error) {
    if (error instanceof ExpressionProblem) return false;
    throw error;
  }
}

/** What a step is called in the list of steps, as GitHub names one that has no name. */
export function stepName(step: Step, contexts: Contexts): string {
  const given = step.name ?? (step.run === undefined ? `Run ${step.uses ?? ''}` : `Run ${step.run.trim().split('\n', 1)[0] ?? ''}`);
  try {
    return interpolated(given, contexts);
  } catch (error) {
    if (error instanceof ExpressionProblem) return given;
    throw error;
  }
}
