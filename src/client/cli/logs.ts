// `signalbox logs`: what happened in a task, its sessions and its request, or everywhere, from the store's events; `--follow` stays for what comes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../contracts/event.ts';
import { withDoors, type Doors } from './doors.ts';
import { LEVELS, levelOf, wordsOf, type Level } from './event-words.ts';
import { findWork } from './find-work.ts';
import { isOf } from './listener.ts';
import { dim, print, printJson, red, yellow } from './output.ts';
import { Problem } from './problem.ts';

const PAGE = 500;
const LOOK_EVERY_MS = 300;

export interface LogsOptions {
  readonly json?: true;
  readonly follow?: true;
  /** A time, or how long ago: "2h". */
  readonly since?: string;
  readonly level?: string;
  /** The first words of kinds of events: "decision", "effect". */
  readonly kind?: readonly string[];
}

export async function logs(named: string | undefined, options: LogsOptions): Promise<void> {
  const wanted = filterOf(options);
  await withDoors(async ({ client, store }) => {
    const workflow = named === undefined ? undefined : (await findWork(client, named)).workflowId;
    const isOver = async (): Promise<boolean> =>
      workflow !== undefined && (await client.workflow.getHandle(workflow).describe()).status.name !== 'RUNNING';
    for (let after = 0; ;) {
      const last = options.follow === true && (await isOver()); // before the look, so that nothing that came before the end is missed
      after = await printAfter(store, workflow, after, wanted, options.json === true);
      if (options.follow !== true || last) return;
      await sleep(LOOK_EVERY_MS);
    }
  });
}

type Filter = (event: Event) => boolean;

function filterOf({ since, level = 'debug', kind }: LogsOptions): Filter {
  const from = since === undefined ? 0 : timeOf(since);
  const least = LEVELS.indexOf(level as Level);
  if (least < 0) throw new Problem(`There is no level ${JSON.stringify(level)}; there are ${LEVELS.join(', ')}.`);
  const isKind = (one: string): boolean => kind === undefined || kind.some((first) => one === first || one.startsWith(`${first}.`));
  return (event) => event.at >= from && LEVELS.indexOf(levelOf(event)) >= least && isKind(event.kind);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds since 1970. */
function timeOf(text: string): number {
  const [, number, unit = ''] = /^(\d+)\s*([smhd])$/.exec(text.trim()) ?? [];
  const at = number === undefined ? Date.parse(text) : Date.now() - Number(number) * (UNITS[unit] ?? 0);
  if (Number.isNaN(at)) throw new Problem(`${JSON.stringify(text)} is no time: 30m, 2h and 1d are ago, 2026-11-29T09:00 is a moment.`);
  return at;
}

/** Prints the events of a workflow, its children, its effects and its request after a position; returns the new position. */
async function printAfter(
  store: Doors['store'],
  workflow: string | undefined,
  after: number,
  isWanted: Filter,
  json: boolean,
): Promise<number> {
  let position = after;
  for (;;) {
    const page = await store.events.after({ seq: position, limit: PAGE });
    // After the page: a request is on record before its events.
    const owners = workflow === undefined ? undefined : [workflow, ...(await store.custody.madeBy({ task: workflow }))];
    for (const event of page)
      if (isWanted(event) && (owners === undefined || owners.some((owner) => isOf(owner, event.subject))))
        printEvent(event, workflow, json);
    position = page.at(-1)?.seq ?? position;
    if (page.length < PAGE) return position;
  }
}

const COLOURS: Readonly<Record<Level, (text: string) => string>> = { debug: dim, info: (text) => text, warn: yellow, error: red };

function printEvent(event: Event, workflow: string | undefined, json: boolean): void {
  const level = levelOf(event);
  if (json) return printJson({ ...event, level });
  const { subject } = event;
  const where = subject === workflow ? '' : subject.startsWith(`${workflow}/`) ? subject.slice((workflow ?? '').length + 1) : subject;
  const kind = COLOURS[level](event.kind.padEnd(16));
  print(`${dim(new Date(event.at).toISOString().slice(11, 23))}  ${kind}  ${where === '' ? '' : `${where}  `}${dim(wordsOf(event))}`);
}
