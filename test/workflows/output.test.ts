// What sessions give back by their tools, over the real wire: taken, corrected, missing, and with messages in between.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startModel, type Conversation, type ScriptedModel, type Step } from '../../devkit/model/model.ts';
import { outputOf } from '../../src/activities/session/output.ts';
import { send } from '../../src/client/send.ts';
import type { Classification, HandOver } from '../../src/contracts/outputs.ts';
import type { Said } from '../../src/contracts/said.ts';
import type { SessionSpec } from '../../src/contracts/session.ts';
import { install, type Installation } from '../support/installation.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';

type Script = (conversation: Conversation) => Step | Promise<Step>;
const scripts: Record<string, Script> = {};
let model: ScriptedModel;
let here: Installation;

beforeAll(async () => {
  model = await startModel((conversation) => {
    const prompt = conversation.messages.find(({ role }) => role === 'user')?.text ?? '';
    return scripts[prompt]?.(conversation) ?? { status: 400 };
  });
  here = await install({ modelUrl: model.url });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await model.stop();
});

function start(name: string, script: Script, spec: Partial<SessionSpec> = {}) {
  scripts[name] = script;
  return here.startSession(`session/${name}`, { prompt: name, output: 'handOver', ...spec });
}

const said = async (name: string): Promise<Said[]> =>
  (await here.store.transcripts.read({ session: `session/${name}`, after: 0 })).map(({ message }) => message as Said);
const about = async (name: string): Promise<string[]> => (await said(name)).flatMap((one) => (one.kind === 'note' ? [one.about] : []));
const requests = (name: string) => model.requests().filter(({ messages }) => messages.some(({ content }) => content === name));
/** Each prompt begins with the bytes of the one before, and offers the same tools. */
function expectOnePrefix(name: string): void {
  const prompts = requests(name).map(({ messages }) => JSON.stringify(messages));
  for (const [at, prompt] of prompts.slice(1).entries()) expect(prompt.startsWith(prompts[at]!.slice(0, -1))).toBe(true);
  expect(new Set(requests(name).map(({ tools }) => JSON.stringify(tools))).size).toBe(1);
}
const bash = (command: string) => ({ tool: 'bash', input: { command } });

const handOver: HandOver = {
  commit: { type: 'feat', title: 'Solve it', body: '' },
  request: { title: 'Solve it', description: 'It is solved.' },
  files: ['solution.txt'],
  outsideTheGoal: [],
  replies: [],
};
const handing = (over: Partial<HandOver> = {}): Step => ({ call: [{ tool: 'hand_over', input: { ...handOver, ...over } }] });
const titled = (title: string) => handing({ request: { title, description: '' } });

describe('an output', () => {
  it('ends the session when it is given, without a further model call', async () => {
    const handle = await start('given', ({ turn }) => (turn === 0 ? { call: [bash('echo solved > solution.txt')] } : handing()));
    expect(await handle.result()).toMatchObject({ outcome: 'completed', rule: 'output-given' });
    expect(await outputOf(here.store, 'session/given')).toEqual({ kind: 'handOver', value: handOver });
    expect(requests('given')).toHaveLength(2);
  });

  it('is checked by its schema; a mistake can be corrected, and the last one that was taken counts', async () => {
    const reasons = {
      taskComplexity: 'a',
      riskLevel: 'b',
      touchesUI: 'c',
      touchesArchitecture: 'd',
      touchesSecurity: 'e',
      taskMaturity: 'f',
    };
    const classification: Classification = {
      taskComplexity: 'Small',
      riskLevel: 'Low',
      touchesUI: false,
      touchesArchitecture: false,
      touchesSecurity: false,
      taskMaturity: 'ready',
      reasons,
    };
    const handle = await start(
      'corrected',
      ({ turn }) => ({ call: [{ tool: 'classify', input: { ...classification, ...(turn === 0 ? { taskComplexity: 'Tiny' } : {}) } }] }),
      { output: 'classification', tools: 'read-only' },
    );
    expect(await handle.result()).toMatchObject({ outcome: 'completed', rule: 'output-given' });
    expect((await said('corrected')).find(({ kind }) => kind === 'result')).toMatchObject({
      how: 'mistake',
      text: expect.stringContaining('taskComplexity'),
    });
    expect(await outputOf(here.store, 'session/corrected')).toEqual({ kind: 'classification', value: classification });
  });

  it('that is missing is asked for twice; then the session has failed', async () => {
    const handle = await start('missing', () => ({ say: 'All done.' }));
    expect(await handle.result()).toMatchObject({ outcome: 'failed', rule: 'no-output' });
    expect(await about('missing')).toEqual(['output', 'output']);
    expect(requests('missing')).toHaveLength(3);
    expectOnePrefix('missing');
    expect(JSON.stringify(requests('missing')[2]?.messages.at(-1))).toContain('without calling hand_over');
    expect(await outputOf(here.store, 'session/missing')).toBeNull();
  });

  it('does not end a session that has a message to read; after it the model may give another one, or leave it', async () => {
    for (const [name, last] of [
      ['steered', titled('Second')],
      ['told', { say: 'Noted.' }],
    ] as const) {
      const { promise: asked, resolve: ask } = Promise.withResolvers<undefined>();
      const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>();
      const handle = await start(name, async ({ turn }) => {
        if (turn > 0) return last;
        ask(undefined);
        await answered;
        return titled('First');
      });
      await asked;
      // A `tell` does not keep tools from running: the output is given before it is read.
      await send(here, { id: `mail/${name}`, to: `session/${name}`, from: 'ann', kind: name === 'told' ? 'tell' : 'steer', body: 'Wait.' });
      answer(undefined);
      expect(await handle.result()).toMatchObject({ outcome: 'completed' });
      expect(requests(name)).toHaveLength(2);
      expectOnePrefix(name);
      const title = name === 'steered' ? 'Second' : 'First';
      expect(await outputOf(here.store, `session/${name}`)).toMatchObject({ value: { request: { title } } });
      expect((await here.store.mail.find({ id: `mail/${name}` }))?.actedBy).toBeDefined();
    }
  });
});

describe('a session that only reads', () => {
  it('is offered no tool that writes, is refused one that it calls all the same, and its commands write nothing', async () => {
    const handle = await start(
      'reader',
      ({ turn }) => {
        if (turn > 0) return { call: [{ tool: 'report_findings', input: { findings: [], verified: [] } }] };
        return {
          call: [{ tool: 'write', input: { path: 'README.md', content: 'mine' } }, bash('git log --oneline; echo mine > README.md')],
        };
      },
      { output: 'findings', tools: 'read-only' },
    );
    expect(await handle.result()).toMatchObject({ outcome: 'completed', rule: 'output-given' });
    expect((await said('reader')).filter(({ kind }) => kind === 'result')).toMatchObject([
      { how: 'mistake', text: 'There is no tool "write"; there are read, glob, grep, bash, report_findings.' },
      { how: 'ok', text: expect.stringMatching(/Begin[^]*Read-only file system[^]*exit status 1/) },
      { how: 'ok' },
    ]);
    const names = requests('reader')[0]?.tools?.map((tool) => tool.function.name);
    expect(names).toEqual(['bash', 'glob', 'grep', 'read', 'report_findings']);
    expect(await readFile(here.file('session/reader', 'README.md'), 'utf8')).toBe('A repository.\n');
  });
});
