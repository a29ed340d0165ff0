// The scripted model as a process of its own, with scripts from files, asked over both providers' wires.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jsonSchema, tool } from 'ai';
import { execa } from 'execa';
import { ask, type Answer } from '../../../src/activities/model/ask.ts';
import { createProviders } from '../../../src/activities/model/providers.ts';
import type { ModelRef } from '../../../src/contracts/session.ts';
import { firstLine } from '../../../src/playbooks/common.ts';

const PROGRAM = resolve(import.meta.dirname, '../../../devkit/model/main.ts');
const SCRIPT = `
- when: { playbook: review, without: again }
  steps:
    - { say: Looking., call: [{ tool: read, input: { path: a } }] }
    - { say: First. }
- when: { playbook: review }
  steps: [{ say: Second. }]
- when: { prompt: broken }
  steps: [{ say: ${'A long answer that is cut. '.repeat(10)}, breakAfter: 3 }]
`;
let folder: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  globalThis.AI_SDK_LOG_WARNINGS = false;
  folder = await mkdtemp(join(tmpdir(), 'signalbox-model-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rm(folder, { recursive: true }));

interface Greeting {
  readonly url: string;
  readonly environment: { readonly ANTHROPIC_BASE_URL: string; readonly OPENAI_BASE_URL: string };
}

async function start(name: string, content: string, port = 0): Promise<Greeting> {
  await writeFile(join(folder, name), content);
  const args = [PROGRAM, '--script', join(folder, name), '--port', String(port), '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const line = await new Promise<string>((done) => createInterface({ input: child.stdout }).once('line', done));
  return JSON.parse(line) as Greeting;
}

function talk({ environment }: Greeting, provider: ModelRef['provider'], playbook: string, ...said: string[]): Promise<Answer> {
  const providers = createProviders({
    anthropic: { apiKey: 'scripted', baseUrl: `${environment.ANTHROPIC_BASE_URL}/v1` },
    openai: { apiKey: 'scripted', baseUrl: environment.OPENAI_BASE_URL },
  });
  return ask({
    model: providers({ provider, id: 'scripted' }),
    system: `${firstLine(playbook)}\n\nYou review.`,
    messages: said.map((text, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: text })),
    tools: { read: tool({ inputSchema: jsonSchema({ type: 'object' }) }) },
    stallSeconds: 10,
    cancelled: new AbortController().signal,
    heard: () => undefined,
  });
}

const words = (answer: Answer): string => JSON.stringify(answer.kind === 'reply' ? answer.messages : answer);

describe('the scripted model', () => {
  it.each(['anthropic', 'openai'] as const)('takes the steps of the conversation that fits, in the words of %s', async (provider) => {
    const model = await start('script.yaml', SCRIPT);
    const asking = await talk(model, provider, 'review', 'Review this.');
    expect(asking).toMatchObject({ kind: 'reply', finish: 'done', calls: [{ tool: 'read', input: { path: 'a' } }] });
    expect(words(asking)).toContain('Looking.');
    expect(words(await talk(model, provider, 'review', 'Review this.', 'Looking.', 'It is empty.'))).toContain('First.');
    expect(words(await talk(model, provider, 'review', 'Review this again.'))).toContain('Second.');
    await expect(talk(model, provider, 'code', 'broken')).rejects.toThrow();
    expect(await talk(model, provider, 'code', 'What is this?')).toMatchObject({ kind: 'refused' });
  });

  it('follows a module, and answers as before when it was killed and is back on its port', async () => {
    const script = 'export default ({ playbook, turn }) => ({ say: `${playbook} ${turn}` });';
    const model = await start('script.mjs', script);
    expect(words(await talk(model, 'anthropic', 'code', 'Go.', 'Yes.', 'On.'))).toContain('code 1');
    for (const child of running.splice(0)) {
      child.kill('SIGKILL');
      await new Promise((done) => child.once('exit', done));
    }
    const again = await start('script.mjs', script, Number(new URL(model.url).port));
    expect(again).toEqual(model);
    expect(words(await talk(again, 'anthropic', 'code', 'Go.', 'Yes.', 'On.'))).toContain('code 1');
  });

  it('refuses a script that is none, and says what is wrong with it', async () => {
    const refused = async (name: string, content: string): Promise<string> => {
      await writeFile(join(folder, name), content);
      const { exitCode, stderr } = await execa(process.execPath, [PROGRAM, '--script', join(folder, name)], { reject: false });
      expect(exitCode).toBe(1);
      return stderr;
    };
    expect(await refused('a.yaml', '- when: { colour: red }\n  steps: []')).toMatch(/a\.yaml is no script:[^]*colour/);
    expect(await refused('b.mjs', 'export const script = 1;')).toContain('has no default export');
  });
});
