// `signalbox schedule`: Temporal Schedules that carry this installation's id; those of others are neither shown nor touched. People see and
// pause them in Temporal's UI as well.
import { parseArgs } from 'node:util';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleHandle,
  type ScheduleSummary,
} from '@temporalio/client';
import { installationId } from '../../config/installation.ts';
import { GENERAL_QUEUE } from '../../contracts/queues.ts';
import { scheduleId, scheduleIds, type ScheduledInput, type ScheduleMemo } from '../../contracts/schedule.ts';
import { sourceOf } from '../../contracts/task.ts';
import { TIMEOUTS } from '../../contracts/timeouts.ts';
import { withDoors, type Doors } from './doors.ts';
import { EXIT } from './exit-codes.ts';
import { identityNamed } from './identity.ts';
import { dim, print, printJson, table } from './output.ts';
import { Problem } from './problem.ts';
import { checkWanted, ticketOf } from './run.ts';
import { parsePipeline } from './target.ts';

export interface ScheduleOptions {
  readonly json?: true;
  readonly tz: string;
  readonly name?: string;
  readonly catchUp: boolean;
}

const FIELDS = 5;
/** Temporal's least; a firing that is later than this is left out. */
const NO_CATCH_UP_MS = 10_000;
const CATCH_UP_MS = 365 * 24 * 60 * 60_000;

export async function addSchedule(cron: string, words: readonly string[], options: ScheduleOptions): Promise<void> {
  if (cron.trim().split(/\s+/).length !== FIELDS)
    throw new Problem(`${JSON.stringify(cron)} is no cron expression of five fields: minute, hour, day, month, weekday.`);
  if (!isZone(options.tz)) throw new Problem(`${JSON.stringify(options.tz)} is no time zone; they are written Europe/Berlin, UTC.`);
  const { goal, issue, workspace, pipeline, as: named } = parseRun(words);
  const added = await withDoors(async (doors) => {
    const as = identityNamed(doors.config, named);
    const ticket = await ticketOf(doors, goal, issue, as);
    const name = nameOf(options.name ?? sourceOf(ticket).replaceAll(/[^\w.-]+/g, '-'));
    const input: ScheduledInput = {
      schedule: name,
      workspace,
      ticket,
      pipeline,
      host: doors.config.host,
      ...(as !== undefined && { as }),
    };
    const installation = await installationId(doors.config.data);
    const memo: ScheduleMemo = { signalboxInstallation: installation, cron, zone: options.tz, runs: words.join(' ') };
    try {
      await doors.client.schedule.create({
        scheduleId: scheduleId(installation, name),
        spec: { cronExpressions: [cron], timezone: options.tz },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: options.catchUp ? CATCH_UP_MS : NO_CATCH_UP_MS },
        memo: { ...memo },
        action: {
          type: 'startWorkflow',
          workflowType: 'scheduled',
          workflowId: `scheduled/${name}`, // Temporal adds the time
          taskQueue: GENERAL_QUEUE,
          args: [input],
          workflowTaskTimeout: TIMEOUTS.workflowTask,
          staticSummary: `${name}: ${memo.runs}`,
        },
      });
    } catch (error) {
      if (error instanceof ScheduleAlreadyRunning)
        throw new Problem(`There is a schedule ${name} already. Remove it first, or give this one a name: --name.`);
      // What the client makes of the server's word on a schedule that it can't take.
      if (error instanceof TypeError) throw new Problem(`Temporal refuses ${JSON.stringify(cron)}: ${error.message}.`);
      throw error;
    }
    return { name, ...memo };
  });
  if (options.json === true) return printJson(added);
  print(`Scheduled ${added.name}: ${added.runs}, ${cron} in ${options.tz}.`);
  print(dim(`Next: signalbox schedule list, schedule trigger ${added.name}`));
}

export async function listSchedules(options: { json?: true }): Promise<void> {
  const found = await withDoors(async ({ client, config }) => {
    const prefix = scheduleIds(await installationId(config.data));
    const own: ReturnType<typeof shown>[] = [];
    for await (const summary of client.schedule.list()) if (summary.scheduleId.startsWith(prefix)) own.push(shown(summary, prefix));
    return own;
  });
  if (options.json === true) return found.forEach(printJson);
  if (found.length === 0) return print('No schedules.');
  const rows = found.map(({ name, cron, zone, runs, paused, next }) => [name, cron, zone, paused ? 'paused' : inZone(next, zone), runs]);
  print(table(['name', 'cron', 'zone', 'next', 'runs'], rows));
}

function shown({ scheduleId: id, memo, state, info }: ScheduleSummary, prefix: string) {
  const { cron = '', zone = '', runs = '' } = (memo ?? {}) as Partial<ScheduleMemo>;
  const next = info.nextActionTimes[0]?.toISOString() ?? null;
  return { name: id.slice(prefix.length), cron, zone, runs, paused: state.paused, next };
}

/** "2026-11-30 03:00", as the clocks of the zone show it. */
const inZone = (at: string | null, timeZone: string): string =>
  at === null ? '' : new Date(at).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });

const CHANGES: Readonly<
  Record<'pause' | 'resume' | 'remove' | 'trigger', { said: string; change: (handle: ScheduleHandle) => Promise<void> }>
> = {
  pause: { said: 'Paused', change: (handle) => handle.pause('by signalbox schedule pause') },
  resume: { said: 'Resumed', change: (handle) => handle.unpause('by signalbox schedule resume') },
  remove: { said: 'Removed', change: (handle) => handle.delete() },
  trigger: { said: 'Triggered', change: (handle) => handle.trigger() },
};

export async function changeSchedule(verb: keyof typeof CHANGES, name: string, options: { json?: true }): Promise<void> {
  const { said, change } = CHANGES[verb];
  await withDoors(async ({ client, config }: Doors) => {
    try {
      await change(client.schedule.getHandle(scheduleId(await installationId(config.data), name)));
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) throw new Problem(`There is no schedule ${name} of this installation.`, EXIT.unknown);
      throw error;
    }
  });
  if (options.json === true) return printJson({ name, done: verb });
  print(`${said} ${name}.`);
}

/** The words after `--`: a `run` without what only makes sense by hand. */
function parseRun(words: readonly string[]) {
  const [verb, ...args] = words;
  if (verb !== 'run')
    throw new Problem(`A schedule runs "run …", not ${JSON.stringify(verb ?? '')}: schedule add "<cron>" --tz <zone> -- run "a goal".`);
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        issue: { type: 'string' },
        workspace: { type: 'string', default: 'default' },
        pipeline: { type: 'string', default: 'delivery' },
        as: { type: 'string' },
      },
    });
    const { issue, workspace, pipeline, as } = values;
    const goal = positionals.join(' ');
    checkWanted(goal, issue);
    return { goal, issue, workspace, as, pipeline: parsePipeline(pipeline) };
  } catch (error) {
    if (error instanceof TypeError)
      throw new Problem(`${error.message}. A scheduled run takes a goal or --issue, --workspace, --pipeline and --as.`);
    throw error;
  }
}

function nameOf(name: string): string {
  if (!/^[\w.-]{1,64}$/.test(name)) throw new Problem(`${JSON.stringify(name)} is no name: letters, digits, ".", "_" and "-", at most 64.`);
  return name;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
