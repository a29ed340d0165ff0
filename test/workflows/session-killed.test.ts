// SIGKILL at every point of a session's activities: of the workers, of the server, of both. Nothing is lost, no command runs twice, no reply is
// doubled, and what was said to the session is seen once. The server suggests to continue as new after two turns, so a session's third one,
// and what comes after it, is in another run.
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startModel, type Conversation, type ScriptedModel, type Step } from '../../devkit/model/model.ts';
import { send } from '../../src/client/send.ts';
import type { Said } from '../../src/contracts/said.ts';
import type { Installation } from '../support/installation.ts';
import { installKept, type KeptInstallation } from '../support/kept-installation.ts';
import { killAtEach } from '../support/kill-table.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** Of a session that runs two commands and an edit, and is told something while it thinks that it is done. */
const STEPS = ['takeTurn 1', 'runCommand 1.0', 'runCommand 1.1', 'takeTurn 2', 'endSession 2', 'takeTurn 3'];
/** Of one that is told something in Temporal's UI and paused while it thinks. */
const PAUSED_STEPS = ['keepTyped', 'keepWork'];
/** Of one that is killed while its command runs, after something was typed at it. */
const KILLED_STEPS = ['reapSession', 'keepTyped'];
/** Between the second turn's end, which finds mail, and the third. */
const EVENTS_OF_A_RUN = 30;

let model: ScriptedModel;
let kept: KeptInstallation;
let here: Installation;

beforeAll(async () => {
  model = await startModel((conversation) => {
    const [story = '', name = ''] = conversation.prompt.split(' ');
    return (STORIES[story] ?? (() => ({ status: 400 })))(conversation, name);
  });
  kept = await installKept({ modelUrl: model.url, eventsOfARun: EVENTS_OF_A_RUN });
  here = kept.here;
}, FIRST_RUN_MS);

afterAll(async () => {
  await kept.end();
  await model.stop();
});

const bash = (command: string): Step => ({ call: [{ tool: 'bash', input: { command } }] });
/** What answers wait for, and how often the model was asked for them. */
const gates = new Map<string, { readonly opened: PromiseWithResolvers<undefined>; asked: number }>();
const gate = (name: string) => {
  const known = gates.get(name) ?? { opened: Promise.withResolvers<undefined>(), asked: 0 };
  gates.set(name, known);
  return known;
};
const opened = async (name: string): Promise<void> => {
  gate(name).asked++;
  await gate(name).opened.promise;
};

const STORIES: Readonly<Record<string, (conversation: Conversation, name: string) => Step | Promise<Step>>> = {
  async table({ turn, messages }, name) {
    if (turn === 0) {
      const commands = ['one', 'two'].map((word) => ({ tool: 'bash', input: { command: `echo ${word} >> log; sleep 0.1; echo ${word}` } }));
      return { call: [...commands, { tool: 'edit', input: { path: 'log', old: 'two', new: 'two and a half' } }] };
    }
    // While it answers, so that no reply has seen it when the session thinks that it is done.
    if (turn === 1) await send(here, { id: `steer/${name}`, to: `session/${name}`, from: 'ann', kind: 'steer', body: 'one more' });
    if (turn === 1) return { say: 'Done.' };
    return { say: messages.some(({ text }) => text.includes('one more')) ? 'Also done.' : 'Nobody said anything.' };
  },
  /** A command that nobody attends to for a while. */
  command: ({ turn }) =>
    turn === 0 ? bash('echo began >> log; until [ -e go ]; do sleep 0.05; done; echo ended >> log') : { say: 'Done.' },
  /** An answer that takes its time, and then one that tells what was heard. */
  async answer({ turn, messages }, name) {
    if (turn > 0) return { say: `Heard: ${messages.flatMap(({ text }) => text.match(/typed (?:before|later)/g) ?? []).join(', ')}.` };
    await opened(name);
    return bash('echo began >> log; echo ended >> log');
  },
};

const start = (story: string, name: string) => here.startSession(`session/${name}`, { prompt: `${story} ${name}` });
const log = (name: string): Promise<string> => readFile(here.file(`session/${name}`, 'log'), 'utf8').catch(() => '');
const transcriptOf = async (name: string): Promise<Said[]> =>
  (await here.store.transcripts.read({ session: `session/${name}`, after: 0 })).map(({ message }) => message as Said);
/** What is said where the server may be away is said again. */
const insist = (what: string, act: () => Promise<unknown>): Promise<true> => until(what, () => act().then(() => true as const), 60);

async function expectOnce(name: string): Promise<void> {
  const transcript = await transcriptOf(name);
  const kinds = transcript.map(({ kind }) => kind).filter((kind) => kind !== 'end');
  expect(kinds).toEqual(['prompt', 'reply', 'result', 'result', 'result', 'reply', 'mail', 'reply']);
  expect(transcript.flatMap((said) => (said.kind === 'result' ? [said.how] : []))).toEqual(['ok', 'ok', 'ok']);
  expect(await log(name)).toBe('one\ntwo and a half\n');
  expect((await here.store.mail.find({ id: `steer/${name}` }))?.actedBy).toBeDefined();
  const runs = new Set<string>();
  for await (const { runId } of here.client.workflow.list({ query: `WorkflowId = 'session/${name}'` })) runs.add(runId);
  expect(runs.size).toBeGreaterThan(1);
}

describe('a session', () => {
  it(
    'passes the same points in every run',
    async () => {
      expect(await (await start('table', 'calm')).result()).toMatchObject({ outcome: 'completed' });
      await expectOnce('calm');
      const passed = (await here.points()).map(({ point }) => point.split(' '));
      const types = passed.filter(([when, id]) => when === 'after' && id === 'session/calm').map(([, , , type]) => type);
      expect(types).toEqual(STEPS.map((step) => step.split(' ')[0]));
    },
    FIRST_RUN_MS,
  );

  it('goes on, once, over SIGKILL of the workers, of both and of the server at every point', async () => {
    const table = shares('table', 6, STEPS);
    const paused = shares('paused', 2, PAUSED_STEPS);
    const over = shares('over', 2, KILLED_STEPS);
    const ofCommands = await Promise.all(['command', ...over.names].map((name) => start('command', name)));
    const ofAnswers = await Promise.all(['answer', ...paused.names].map((name) => start('answer', name)));
    const [command, ...killed] = ofCommands;
    const [answer, ...resting] = ofAnswers;
    await until(
      'commands run and models are asked',
      async () =>
        (await Promise.all(['command', ...over.names].map(log))).every((text) => text === 'began\n') &&
        ['answer', ...paused.names].every((name) => gate(name).asked > 0),
      60,
    );
    for (const handle of [...killed, ...resting]) await handle.signal('tell', 'typed before');

    const ofTable: Handle[] = [];
    await killAtEach(kept, [...table.points, ...paused.points, ...over.points], async () => {
      for (const name of table.names) ofTable.push(await start('table', name));
      for (const handle of resting) await handle.signal('pause');
      for (const name of paused.names) gate(name).opened.resolve(undefined);
      for (const handle of killed) await handle.cancel();
    });
    gate('answer').opened.resolve(undefined);
    await writeFile(here.file('session/command', 'go'), '');
    for (const handle of resting) {
      await insist('it is told', () => handle.signal('tell', 'typed later'));
      await insist('it is resumed', () => handle.signal('resume'));
    }

    for (const [at, name] of table.names.entries()) {
      await expectCompleted(name, ofTable[at]);
      await expectOnce(name);
    }
    for (const [name, handle] of [
      ['command', command] as const,
      ['answer', answer] as const,
      ...paused.names.map((one, at) => [one, resting[at]] as const),
    ]) {
      await expectCompleted(name, handle);
      expect(await log(name)).toBe('began\nended\n');
      const transcript = await transcriptOf(name);
      expect(transcript.filter(({ kind }) => kind === 'reply')).toHaveLength(2);
      expect(transcript.flatMap((said) => (said.kind === 'result' ? [said.how] : []))).toEqual(['ok']);
    }
    for (const name of paused.names) expect(JSON.stringify(await transcriptOf(name))).toContain('Heard: typed before, typed later.');

    for (const [at, name] of over.names.entries()) {
      await until(`${name} is over`, async () => (await killed[at]?.describe())?.status.name === 'CANCELLED', 120);
      const transcript = await transcriptOf(name);
      expect(transcript.filter(({ kind }) => kind === 'end')).toMatchObject([{ outcome: 'killed' }]);
      // What its command ended with comes before it, or not at all.
      expect(transcript.at(-1)).toMatchObject({ kind: 'end' });
      const returned = await here.store.outbox.waiting({ askedBy: `session/${name}` });
      expect(returned.map(({ question }) => question)).toEqual([expect.stringContaining('typed before')]);
      // Nobody runs any more who would see it.
      await writeFile(here.file(`session/${name}`, 'go'), '');
      expect(await log(name)).toBe('began\n');
    }
  }, 300_000);
});

type Handle = Awaited<ReturnType<typeof start>>;

/** Sessions that share the points before and after these steps. */
function shares(story: string, count: number, steps: readonly string[]) {
  const names = Array.from({ length: count }, (_, at) => `${story}-${at}`);
  const points = names.map((name, share) =>
    steps.flatMap((step) => [`before session/${name} ${step}`, `after session/${name} ${step}`]).filter((_, at) => at % count === share),
  );
  return { names, points };
}

const expectCompleted = async (name: string, handle: Handle | undefined): Promise<void> =>
  expect(await until(`${name} ends`, () => handle?.result(), 120)).toMatchObject({ outcome: 'completed' });
