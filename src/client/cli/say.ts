// `signalbox steer` and `tell`: a row first, then the nudge; the sender is told when nobody will read it.
import { randomUUID } from 'node:crypto';
import { send } from '../send.ts';
import { tellAll } from '../tell.ts';
import { withDoors } from './doors.ts';
import { findWork } from './find-work.ts';
import { listener } from './listener.ts';
import { print, printJson } from './output.ts';
import { person } from './person.ts';
import { Problem } from './problem.ts';
import { asWork } from './work.ts';

export async function say(kind: 'steer' | 'tell', named: string, text: string, options: { json?: true; expires?: number }): Promise<void> {
  const said = await withDoors(async (doors) => {
    const { id: to, when } = await listener(doors, asWork(await findWork(doors.client, named)), kind);
    const outcome = await send(doors, {
      id: randomUUID(),
      to,
      from: person(),
      kind,
      body: { text },
      urgent: kind === 'steer',
      ...expiry(options.expires),
    });
    return { to, when, outcome };
  });
  if (said.outcome.state === 'undelivered') throw new Problem(`Not delivered to ${said.to}: ${said.outcome.because}`);
  if (options.json === true) return printJson({ to: said.to, state: 'posted' });
  print(`${said.to} will see it ${said.when}.`);
}

/** `tell --workspace` and `tell --all`. */
export async function sayToAll(text: string, options: { json?: true; workspace?: string; expires?: number }): Promise<void> {
  const mail = { id: randomUUID(), from: person(), kind: 'tell' as const, body: { text }, ...expiry(options.expires) };
  const told = await withDoors((doors) => tellAll(doors, mail, options.workspace));
  if (options.json === true) return told.forEach(({ to, outcome }) => printJson({ to, state: outcome.state }));
  if (told.length === 0) return print('Nothing runs that could be told.');
  for (const { to, outcome } of told)
    print(outcome.state === 'posted' ? `${to} will see it at its next break.` : `${to}: ${outcome.because}`);
}

const expiry = (minutes: number | undefined): { expiresAt?: number } =>
  minutes === undefined ? {} : { expiresAt: Date.now() + minutes * 60_000 };
