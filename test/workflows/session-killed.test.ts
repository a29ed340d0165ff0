// SIGKILL at every point of a session's activities, in one run after the other: of a worker, of the server, of both. Nothing is lost,
// no command runs twice, no reply is doubled, and what was said to the session is seen once.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startModel, type ScriptedModel, type Step } from '../../devkit/model/model.ts';
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
    const name = /^during (\w+)/.exec(messages.find(({ role }) => role === 'user')?.text ?? '')?.[1];
    if (name !== undefined) return during(name, turn, messages.map(({ text }) => text).join('\n'));
    if (turn === 0) {
      const commands = ['one', 'two'].map((word) => ({ tool: 'bash', input: { command: `echo ${word} >> log; sleep 0.3; echo ${word}` } }));
      const change = { tool: 'edit', input: { path: 'log', old: 'two', new: 'two and a half' } };
      return { call: [...commands, change] };
    }
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

const bash = (command: string): Step => ({ call: [{ tool: 'bash', input: { command } }] });
/** By session: what its second answer waits for, the first time that the model is asked for it. */
const asked = new Map<string, PromiseWithResolvers<void>>();

/** A command that waits for a file, an answer that takes its time, another command, and a word about what was typed. */
async function during(name: string, turn: number, texts: string): Promise<Step> {
  if (turn === 0) return bash('echo began >> log; until [ -e go ]; do sleep 0.05; done; echo ended >> log; cat log');
  if (turn > 1) return { say: texts.includes('typed word') ? 'Done, as typed.' : 'Done.' };
  if (!asked.has(name)) {
    const answer = Promise.withResolvers<void>();
    asked.set(name, answer);
    await answer.promise;
  }
  return bash('echo again >> log; cat log');
}

/** A session of two commands and a change, that gets a message while it thinks it is done. Returns the points that it passed. */
async function runSession(name: string): Promise<{ at: number; point: string }[]> {
  const id = `session/${name}`;
  const handle = await here.startSession(id, { prompt: 'Go.' });
  await until('it thinks that it is done', async () => (await passed(name)).some(({ point }) => /^after .* 4 takeTurn$/.test(point)), 120);
  await send(here, { id: `steer/${name}`, to: id, from: 'ann', kind: 'steer', body: 'one more' });
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  return passed(name);
}

const passed = async (name: string) => (await here.points()).filter(({ point }) => point.split(' ')[1] === `session/${name}`);

async function expectOnce(name: string): Promise<void> {
  const transcript = (await here.store.transcripts.read({ session: `session/${name}`, after: 0 })).map(({ message }) => message as Said);
  const kinds = transcript.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind !== 'end')).toEqual(['prompt', 'reply', 'result', 'result', 'result', 'reply', 'mail', 'reply']);
  expect(transcript.flatMap((said) => (said.kind === 'result' ? [said.how] : []))).toEqual(['ok', 'ok', 'ok']);
  expect(await readFile(here.file(`session/${name}`, 'log'), 'utf8')).toBe('one\ntwo and a half\n');
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
          "before session/calm 1 takeTurn",
          "after session/calm 1 takeTurn",
          "before session/calm 2 runCommand",
          "after session/calm 2 runCommand",
          "before session/calm 3 runCommand",
          "after session/calm 3 runCommand",
          "before session/calm 4 takeTurn",
          "after session/calm 4 takeTurn",
          "before session/calm 5 endSession",
          "after session/calm 5 endSession",
          "before session/calm 6 takeTurn",
          "after session/calm 6 takeTurn",
          "before session/calm 7 endSession",
          "after session/calm 7 endSession",
        ]
      `);
    },
    FIRST_RUN_MS,
  );

  it.each(['worker', 'server', 'both'])(
    'goes on, once, over SIGKILL of the %s at every point',
    async (who) => {
      await writeFile(
        join(here.data, 'kill-at'),
        calm.map((point) => `${who} ${point.replace(' session/calm ', ` session/${who} `)}`).join('\n'),
      );
      await runSession(who);
      await expectOnce(who);
      expect(await readFile(join(here.data, 'kill-at'), 'utf8')).toBe('');
    },
    240_000,
  );

  it.each(['worker', 'server', 'both'])(
    'goes on, once, over SIGKILL of the %s while its command runs, while its model answers, and while it waits paused; what was typed meanwhile is seen',
    async (who) => {
      const name = `during-${who}`;
      const id = `session/${name}`;
      const log = () => readFile(here.file(id, 'log'), 'utf8').catch(() => '');
      const kill = async (): Promise<void> => {
        const workers = who === 'server' ? [] : here.workers().map((worker) => worker.kill());
        await Promise.all([...workers, ...(who === 'worker' ? [] : [server.kill()])]);
      };
      const handle = await here.startSession(id, { prompt: `during ${who}` });
      // Where the server is away it is told when it is back.
      const tell = (signal: string, ...words: string[]) =>
        until(
          `${signal} is heard`,
          () =>
            handle.signal(signal, ...words).then(
              () => true,
              () => undefined,
            ),
          60,
        );

      await until('its command runs', async () => (await log()) === 'began\n', 60);
      await kill();
      await writeFile(here.file(id, 'go'), ''); // nobody attends to it
      await until('the model is asked', () => asked.has(who), 60);
      await tell('pause');
      await kill();
      asked.get(who)?.resolve();
      await until('it waits', async () => (await passed(name)).some(({ point }) => /^after .* keepWork$/.test(point)), 60);
      await kill();
      await tell('tell', 'typed word');
      await tell('resume');
      expect(await until('it ends', () => handle.result(), 120)).toMatchObject({ outcome: 'completed' });

      expect(await log()).toBe('began\nended\nagain\n');
      const transcript = (await here.store.transcripts.read({ session: id, after: 0 })).map(({ message }) => message as Said);
      expect(transcript.map(({ kind }) => kind)).toEqual(['prompt', 'reply', 'result', 'reply', 'result', 'mail', 'reply', 'end']);
      expect(transcript.flatMap((said) => (said.kind === 'result' ? [said.how] : []))).toEqual(['ok', 'ok']);
      expect(JSON.stringify(transcript)).toContain('Done, as typed.');
    },
    240_000,
  );
});
