// SIGKILL at every point of a session's activities, in one run after the other: of a worker, of the server, of both. Nothing is lost,
// no command runs twice, no reply is doubled, and what was said to the session is seen once.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startModel, type ScriptedModel } from '../../devkit/model/model.ts';
import { send } from '../../src/client/send.ts';
import type { Said } from '../../src/contracts/said.ts';
import { install, type Installation } from '../support/installation.ts';
import { keepServer, keepWorkers, type KeptServer } from '../support/keep-alive.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let directory: string;
let model: ScriptedModel;
let server: KeptServer;
let here: Installation;
let endWorkers: () => Promise<void>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-killed-'));
  model = await startModel(({ turn, messages }) => {
    if (turn === 0)
      return { call: ['one', 'two'].map((word) => ({ tool: 'bash', input: { command: `echo ${word} >> log; sleep 0.3; echo ${word}` } })) };
    if (turn === 1) return { say: 'Done.' };
    return { say: messages.some(({ text }) => text.includes('one more')) ? 'Also done.' : 'Nobody said anything.' };
  });
  server = await keepServer(join(directory, 'temporal.db'));
  here = await install({ modelUrl: model.url, server: { address: server.address, namespace: 'default' } });
  await server.watchedBy(here);
  endWorkers = await keepWorkers(here, 2);
}, FIRST_RUN_MS);

afterAll(async () => {
  await endWorkers();
  await here.end();
  await server.stop();
  await model.stop();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** A session of two commands, that gets a message while it thinks it is done. Returns the points that it passed. */
async function runSession(name: string): Promise<{ at: number; point: string }[]> {
  const id = `session/${name}`;
  const handle = await here.startSession(id, { prompt: 'Go.' });
  await until('it thinks that it is done', async () => (await passed(name)).some(({ point }) => /^after .* 4 takeTurn$/.test(point)), 120);
  await send(here, { id: `steer/${name}`, to: id, from: 'ann', kind: 'steer', body: 'one more' });
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  return passed(name);
}

const passed = async (name: string) => (await here.points()).filter(({ point }) => point.split(' ')[1] === name);

async function expectOnce(name: string): Promise<void> {
  const transcript = (await here.store.transcripts.read({ session: `session/${name}`, after: 0 })).map(({ message }) => message as Said);
  const kinds = transcript.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind !== 'end')).toEqual(['prompt', 'reply', 'result', 'result', 'reply', 'mail', 'reply']);
  expect(transcript.flatMap((said) => (said.kind === 'result' ? [said.how] : []))).toEqual(['ok', 'ok']);
  expect(await readFile(here.file(`session/${name}`, 'log'), 'utf8')).toBe('one\ntwo\n');
  expect((await here.store.mail.find({ id: `steer/${name}` }))?.actedBy).toBeDefined();
}

describe('a session', () => {
  let calm: string[];
  it(
    'passes the same points in every run',
    async () => {
      calm = (await runSession('calm')).map(({ point }) => point);
      await expectOnce('calm');
      expect(calm).toMatchInlineSnapshot(`
        [
          "before calm 1 takeTurn",
          "after calm 1 takeTurn",
          "before calm 2 runCommand",
          "after calm 2 runCommand",
          "before calm 3 runCommand",
          "after calm 3 runCommand",
          "before calm 4 takeTurn",
          "after calm 4 takeTurn",
          "before calm 5 endSession",
          "after calm 5 endSession",
          "before calm 6 takeTurn",
          "after calm 6 takeTurn",
          "before calm 7 endSession",
          "after calm 7 endSession",
        ]
      `);
    },
    FIRST_RUN_MS,
  );

  it.each(['worker', 'server', 'both'])(
    'goes on, once, over SIGKILL of the %s at every point',
    async (who) => {
      await writeFile(join(here.data, 'kill-at'), calm.map((point) => `${who} ${point.replace(' calm ', ` ${who} `)}`).join('\n'));
      await runSession(who);
      await expectOnce(who);
      expect(await readFile(join(here.data, 'kill-at'), 'utf8')).toBe('');
    },
    240_000,
  );
});
