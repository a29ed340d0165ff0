// What people see of a session while it works, and what becomes of it when its worker is told to stop, or never answers a kill. Real
// server, worker processes that come and go, real commands.
import { readFile, writeFile } from 'node:fs/promises';
import protocol from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startModel, type ScriptedModel, type Step } from '../../devkit/model/model.ts';
import { kill } from '../../src/client/kill.ts';
import { send } from '../../src/client/send.ts';
import type { Said } from '../../src/contracts/said.ts';
import { tellAll } from '../../src/client/tell.ts';
import { TIMEOUTS } from '../../src/contracts/timeouts.ts';
import { install, type Installation } from '../support/installation.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const { PENDING_ACTIVITY_STATE_STARTED: STARTED } = protocol.temporal.api.enums.v1.PendingActivityState;

type Script = (turn: number) => Step | Promise<Step>;
let model: ScriptedModel;
/** What the model does in the session of this name. */
const scripts = new Map<string, Script>();
const installations: Installation[] = [];
beforeAll(async () => {
  model = await startModel(({ prompt, turn }) => [...scripts].find(([name]) => prompt.includes(name))?.[1](turn) ?? { status: 400 });
}, FIRST_RUN_MS);
afterAll(async () => {
  await Promise.all(installations.map((one) => one.end()));
  await model.stop();
});

/** An installation for one test: their workers come and go, side by side. */
async function installed() {
  const here = await install({ modelUrl: model.url });
  installations.push(here);
  const file = (name: string, path: string): Promise<string> => readFile(here.file(`session/${name}`, path), 'utf8');
  const events = (name: string) => here.store.events.after({ seq: 0, limit: 1000, subject: `session/${name}` });
  return {
    here,
    file,
    start: (name: string, script: Script, workspace?: string) => {
      scripts.set(`Do ${name}.`, script);
      return here.startSession(`session/${name}`, { prompt: `Do ${name}.` }, workspace);
    },
    runs: (name: string, path = 'begun') => until('the command runs', () => file(name, path).then(Boolean)),
    shown: async (name: string, kind: 'session.text' | 'session.output'): Promise<string> =>
      (await events(name)).flatMap((event) => (event.kind === kind ? [(event.body as { text: string }).text] : [])).join(''),
  };
}

const command = (text: string) => ({ call: [{ tool: 'bash', input: { command: text } }] });

describe('a session', () => {
  it.concurrent(
    'what its model writes and what its commands print is to be seen, and costs no history',
    async () => {
      const { here, start, shown } = await installed();
      await here.startWorker();
      const script: Script = (turn) =>
        turn === 0
          ? {
              say: 'I look around.',
              ...command('echo early-$((6 * 7)); touch begun; until [ -e go ]; do sleep 0.05; done; echo late-$((7 * 7))'),
            }
          : { say: 'Done.' };
      const handle = await start('seen', script);
      await until('the first line is there', async () => (await shown('seen', 'session.output')) === 'early-42\n');
      expect(await shown('seen', 'session.text')).toBe('I look around.');

      // And in Temporal: where it is, in words.
      const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect(currentDetails).toMatch(/^turn 1: bash echo early/);
      const { events: soFar } = await handle.fetchHistory();
      const summaries = (soFar ?? []).flatMap(({ userMetadata }) =>
        userMetadata?.summary?.data ? [String(Buffer.from(userMetadata.summary.data))] : [],
      );
      expect(summaries).toEqual([expect.stringContaining('turn 1'), expect.stringContaining('bash echo early')]);

      await writeFile(here.file('session/seen', 'go'), '');
      await handle.result();
      expect(await shown('seen', 'session.output')).toBe('early-42\nlate-49\n');
      const history = JSON.stringify((await handle.fetchHistory()).events, (_name, value: unknown) =>
        value instanceof Uint8Array ? String(Buffer.from(value)) : value,
      );
      for (const said of ['I look around', 'early-42', 'late-49']) expect(history).not.toContain(said);
    },
    60_000,
  );

  it.concurrent(
    'lets a model call finish, hands a command over, and ends in time; nothing is done twice',
    async () => {
      const { here, start, runs, file } = await installed();
      const first = await here.startWorker();
      const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>();
      let asked = 0;
      const script: Script = async (turn) => {
        asked++;
        if (turn === 0) {
          await answered;
          return command('echo run >> log; touch begun; until [ -e go ]; do sleep 0.05; done; echo finished');
        }
        return { say: 'Done.' };
      };
      const handle = await start('handed', script);
      await until('the model is asked', () => asked === 1);
      first.process.kill('SIGTERM');
      answer(undefined);
      const from = performance.now();
      await first.gone;
      expect(performance.now() - from).toBeLessThan(TIMEOUTS.shutdownForce + 5_000);
      expect(first.process.exitCode).toBe(0);
      expect(await here.store.transcripts.entry({ session: 'session/handed', key: 'turn/1' })).toBeDefined();
      expect(asked).toBe(1);

      const second = await here.startWorker();
      await runs('handed', 'log');
      second.process.kill('SIGTERM');
      await second.gone;
      expect(second.process.exitCode).toBe(0);
      await writeFile(here.file('session/handed', 'go'), '');
      await here.startWorker();
      expect(await handle.result()).toMatchObject({ outcome: 'completed' });
      expect(await file('handed', 'log')).toBe('run\n');
      expect(asked).toBe(2);
    },
    60_000,
  );

  it.concurrent(
    'meets another one at its command, which runs on and runs once',
    async () => {
      const { here, start, runs, file } = await installed();
      const late = await here.startWorker();
      const script: Script = (turn) =>
        turn === 0 ? command('echo run >> log; until [ -e go ]; do sleep 0.05; done; echo finished') : { say: 'Done.' };
      const handle = await start('late', script);
      await runs('late', 'log');
      await here.startWorker();
      late.process.kill('SIGSTOP');
      await until('the other worker attends to the command', async () => {
        const { raw } = await handle.describe();
        return raw.pendingActivities?.some(({ attempt, state }) => attempt === 2 && state === STARTED);
      });
      late.process.kill('SIGCONT');
      await writeFile(here.file('session/late', 'go'), '');
      expect(await handle.result()).toMatchObject({ outcome: 'completed' });
      expect(await file('late', 'log')).toBe('run\n');
      const transcript = (await here.store.transcripts.read({ session: 'session/late', after: 0 })).map(({ message }) => message as Said);
      expect(transcript.filter(({ kind }) => kind === 'result')).toMatchObject([{ how: 'ok', text: expect.stringContaining('finished') }]);
    },
    60_000,
  );

  it.concurrent(
    'ends the session all the same; its mail goes back, and its host ends its processes when it is back',
    async () => {
      const { here, start, runs, file } = await installed();
      const worker = await here.startWorker();
      const script = () => command('touch begun; while sleep 0.1; do echo tick >> ticks; done');
      const handle = await start('deaf', script);
      await runs('deaf', 'ticks');
      await worker.kill();
      await send(here, { id: 'deaf-1', to: 'session/deaf', from: 'bob', kind: 'tell', body: 'Hello?' });
      expect(await kill(here, 'session/deaf', 'ann', 'nobody is there')).toBe('terminated');
      expect((await handle.describe()).status.name).toBe('TERMINATED');
      expect((await here.store.mail.find({ id: 'deaf-1' }))?.returnedBecause).toContain('nobody is there');

      await here.startWorker();
      const ticks = (): Promise<number> => file('deaf', 'ticks').then(({ length }) => length);
      await until('nothing ticks any more', async () => {
        const before = await ticks();
        await new Promise((resolve) => setTimeout(resolve, 500));
        return (await ticks()) === before;
      });
    },
    60_000,
  );

  it.concurrent('goes to everybody who works in a workspace, or at all, once', async () => {
    const { here, start } = await installed();
    const begin = (name: string, workspace: string) => start(name, () => 'silence', workspace);
    const handles = await Promise.all([begin('shop-1', 'shop'), begin('shop-2', 'shop'), begin('blog-1', 'blog')]);
    const mail = { id: 'freeze', from: 'ann', kind: 'tell' as const, body: 'No merges today.' };
    const inShop = ['session/shop-1', 'session/shop-2'];
    // Temporal lists what has started after a moment.
    const told = await until('both are told', async () => {
      const all = (await tellAll(here, mail, 'shop')).map(({ to }) => to).sort();
      return all.length === 2 && all;
    });
    expect(told).toEqual(inShop);
    for (const to of inShop)
      expect(await here.store.mail.take({ address: to })).toMatchObject([{ id: `freeze/${to}`, body: 'No merges today.' }]);
    expect(await here.store.mail.take({ address: 'session/blog-1' })).toEqual([]);
    const everybody = (await tellAll(here, { ...mail, id: 'all' })).map(({ to }) => to);
    expect(everybody).toEqual(expect.arrayContaining([...inShop, 'session/blog-1']));
    await Promise.all(handles.map((handle) => handle.terminate()));
  });
});
