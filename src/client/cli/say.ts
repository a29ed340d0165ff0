// `signalbox steer` and `tell`: a row first, then the nudge; the sender is told when nobody will read it.
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { send } from '../send.ts';
import { withDoors, type Doors } from './doors.ts';
import { findWork } from './find-work.ts';
import { print, printJson } from './output.ts';
import { Problem } from './problem.ts';
import { asWork, listWork, type Work } from './work.ts';

export async function say(kind: 'steer' | 'tell', named: string, text: string, options: { json?: true }): Promise<void> {
  const said = await withDoors(async (doors) => {
    const to = await listener(doors, asWork(await findWork(doors.client, named)), kind);
    const outcome = await send(doors, { id: randomUUID(), to, from: userInfo().username, kind, body: { text }, urgent: kind === 'steer' });
    return { to, outcome };
  });
  if (said.outcome.state === 'undelivered') throw new Problem(`Not delivered to ${said.to}: ${said.outcome.because}`);
  if (options.json === true) return printJson({ to: said.to, state: 'posted' });
  print(`${said.to} will see it ${kind === 'steer' ? 'before its next step' : 'at its next break'}.`);
}

/** Steering a task means steering the session that works for it now. */
async function listener({ client }: Doors, { id, kind }: Work, said: 'steer' | 'tell'): Promise<string> {
  if (said === 'tell' || kind !== 'task') return id;
  const session = (await listWork(client, { all: false })).find(({ parent }) => parent === id);
  return session?.id ?? id;
}
