// `signalbox logs`: what happened in a task and its sessions, from the store's events; `--follow` stays for what comes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../contracts/event.ts';
import { withDoors, type Doors } from './doors.ts';
import { wordsOf } from './event-words.ts';
import { findWork } from './find-work.ts';
import { isOf } from './listener.ts';
import { dim, print, printJson } from './output.ts';

const PAGE = 500;
const LOOK_EVERY_MS = 300;

export async function logs(named: string, options: { json?: true; follow?: true }): Promise<void> {
  await withDoors(async ({ client, store }) => {
    const { workflowId } = await findWork(client, named);
    const isOver = async (): Promise<boolean> => (await client.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING';
    for (let after = 0; ;) {
      const last = options.follow === true && (await isOver()); // before the look, so that nothing that came before the end is missed
      after = await printAfter(store, workflowId, after, options.json === true);
      if (options.follow !== true || last) return;
      await sleep(LOOK_EVERY_MS);
    }
  });
}

/** Prints the events of a workflow, its children, its effects and its request after a position; returns the new position. */
async function printAfter(store: Doors['store'], workflow: string, after: number, json: boolean): Promise<number> {
  let position = after;
  for (;;) {
    const page = await store.events.after({ seq: position, limit: PAGE });
    const owners = [workflow, ...(await store.custody.madeBy({ task: workflow }))]; // after the page: a request is on record before its events
    for (const event of page) if (owners.some((owner) => isOf(owner, event.subject))) printEvent(event, workflow, json);
    position = page.at(-1)?.seq ?? position;
    if (page.length < PAGE) return position;
  }
}

function printEvent(event: Event, workflow: string, json: boolean): void {
  if (json) return printJson(event);
  const where =
    event.subject === workflow
      ? ''
      : `${event.subject.startsWith(`${workflow}/`) ? event.subject.slice(workflow.length + 1) : event.subject}  `;
  print(`${dim(new Date(event.at).toISOString().slice(11, 23))}  ${event.kind.padEnd(16)}  ${where}${dim(wordsOf(event))}`);
}
