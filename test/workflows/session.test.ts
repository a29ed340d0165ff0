// Sessions on a real server, with a real worker process, real commands in the sandbox, and a scripted model over the provider's wire.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startModel, type Conversation, type ScriptedModel, type Step } from '../../devkit/model/model.ts';
import { explain } from '../../src/client/explain.ts';
import { kill } from '../../src/client/kill.ts';
import { send } from '../../src/client/send.ts';
import { TURN_HISTORY_BYTES } from '../../src/contracts/budgets.ts';
import type { Said, ToolResult } from '../../src/contracts/said.ts';
import type { SessionSpec } from '../../src/contracts/session.ts';
import { removeWorktree } from '../../src/git/worktree.ts';
import { install, type Installation } from '../support/installation.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let model: ScriptedModel;
let here: Installation;
/** What the model does, by the session's prompt. */
const scripts: Record<string, (conversation: Conversation) => Step | Promise<Step>> = {};

beforeAll(async () => {
  model = await startModel((conversation) => {
    const prompt = conversation.messages.find(({ role }) => role === 'user')?.text ?? '';
    const name = Object.keys(scripts).find((candidate) => prompt.startsWith(candidate));
    return name === undefined ? { status: 400 } : scripts[name]!(conversation);
  });
  here = await install({ modelUrl: model.url });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await model.stop();
});

type Script = (conversation: Conversation) => Step | Promise<Step>;

/** Starts a session whose model follows the script. */
function start(name: string, script: Script, spec: Partial<SessionSpec> = {}) {
  scripts[name] = script;
  return here.startSession(`session/${name}`, { prompt: name, ...spec });
}

const bash = (command: string) => ({ tool: 'bash', input: { command } });
const run = (command: string): Step => ({ call: [bash(command)] });
const said = async (name: string): Promise<Said[]> =>
  (await here.store.transcripts.read({ session: `session/${name}`, after: 0 })).map(({ message }) => message as Said);
const results = async (name: string): Promise<ToolResult[]> => (await said(name)).filter((one) => one.kind === 'result');
const requests = (name: string) =>
  model.requests().filter(({ messages }) => messages.some(({ content }) => JSON.stringify(content).includes(name)));
const worktree = (name: string, file: string): string => here.file(`session/${name}`, file);
const limits = { turns: 50, minutes: 60, tokens: 1_000_000, stallSeconds: 120, repeats: 3 };

describe('turns', () => {
  it('go on until the model asks for no more tools', async () => {
    const handle = await start('three-turns', ({ turn }) => (turn < 2 ? run(`echo turn $((${turn} + 1))`) : { say: 'All done.' }));
    expect(await handle.result()).toEqual({ outcome: 'completed', rule: 'model-finished', because: expect.any(String) });
    expect(await results('three-turns')).toMatchObject([
      { text: expect.stringContaining('turn 1') },
      { text: expect.stringContaining('turn 2') },
    ]);
  });

  it('send prompts of which each begins with the bytes of the one before', async () => {
    const handle = await start('stable-prefix', ({ turn }) => (turn < 4 ? run(`echo ${turn}; date +%N`) : { say: 'Done.' }));
    await handle.result();
    const prompts = requests('stable-prefix');
    expect(prompts).toHaveLength(5);
    for (const [at, prompt] of prompts.slice(1).entries()) {
      const before = prompts[at]!;
      expect(JSON.stringify(prompt.messages).startsWith(JSON.stringify(before.messages).slice(0, -1))).toBe(true);
      expect(JSON.stringify(prompt.tools)).toBe(JSON.stringify(before.tools));
    }
  });

  it('cost at most 2 KB of history each, however much is said', async () => {
    const handle = await start('history', ({ turn }) =>
      turn < 20 ? { say: 'x'.repeat(1000), call: [{ tool: 'glob', input: { pattern: `*.${turn}` } }] } : { say: 'Done.' },
    );
    await handle.result();
    const { historySize = 0 } = await handle.describe();
    expect(historySize / 21).toBeGreaterThan(0);
    expect(historySize / 21).toBeLessThan(TURN_HISTORY_BYTES);
  }, 120_000);

  it('give mistakes back to the model: an unknown tool, wrong arguments', async () => {
    const handle = await start('mistakes', ({ turn }) =>
      turn === 0
        ? {
            call: [
              { tool: 'fly', input: {} },
              { tool: 'bash', input: { comand: 'ls' } },
            ],
          }
        : { say: 'I see.' },
    );
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(await results('mistakes')).toMatchObject([
      { tool: 'fly', how: 'mistake', text: expect.stringContaining('There is no tool "fly"') },
      { tool: 'bash', how: 'mistake', text: expect.stringContaining('comand') },
    ]);
  });

  it('end with the cause when a tool fails in a way that the agent can not mend', async () => {
    const handle = await start('worktree-gone', async ({ turn }) => {
      if (turn === 1) await removeWorktree(here.git, 'session/worktree-gone');
      return run('ls');
    });
    expect(await handle.result()).toMatchObject({
      outcome: 'failed',
      rule: 'fatal-tool-error',
      because: expect.stringContaining('The worktree is gone'),
    });
  });

  it('do not retry beneath Temporal: a busy provider is asked again after the pause that it wants', async () => {
    let asked = 0;
    const handle = await start('busy', () => (asked++ === 0 ? { status: 429, retryAfterSeconds: 1 } : { say: 'Done.' }));
    const began = Date.now();
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(asked).toBe(2);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
  });

  it('end when the provider refuses for good', async () => {
    const handle = await start('refused', () => ({ status: 401 }));
    expect(await handle.result()).toMatchObject({ outcome: 'failed', rule: 'provider-refused', because: expect.stringContaining('401') });
    expect(requests('refused')).toHaveLength(1);
  });
});

describe('limits', () => {
  it('end a session after its turns, and warn the model once before', async () => {
    const handle = await start('turns', ({ turn }) => run(`echo ${turn}`), { limits: { ...limits, turns: 10 } });
    expect(await handle.result()).toMatchObject({ outcome: 'limit', rule: 'turns-spent' });
    const transcript = await said('turns');
    expect(transcript.filter(({ kind }) => kind === 'reply')).toHaveLength(10);
    expect(transcript.filter(({ kind }) => kind === 'note')).toHaveLength(1);
  });

  it('end a session after its tokens and after its minutes', async () => {
    const tokens = await start('tokens', ({ turn }) => ({ call: [bash(`echo ${turn}`)], tokens: 400 }), {
      limits: { ...limits, tokens: 1000 },
    });
    expect(await tokens.result()).toMatchObject({ outcome: 'limit', rule: 'tokens-spent', because: '1200 of 1000 tokens are spent.' });
    const minutes = await start('minutes', ({ turn }) => run(`sleep 0.3; echo ${turn}`), { limits: { ...limits, minutes: 0.01 } });
    expect(await minutes.result()).toMatchObject({ outcome: 'limit', rule: 'minutes-spent' });
  });

  it('end a session whose model says nothing', async () => {
    const handle = await start('silent', () => 'silence', { limits: { ...limits, stallSeconds: 1 } });
    expect(await handle.result()).toMatchObject({ outcome: 'stalled', rule: 'model-stalled', because: 'The model said nothing for 1 s.' });
  });

  it('end a session that makes the same calls and gets the same results', async () => {
    const handle = await start('stuck', () => run('cat missing'));
    expect(await handle.result()).toMatchObject({ outcome: 'stuck', rule: 'repeats-itself' });
    expect(await results('stuck')).toHaveLength(3);
  });

  it('are explained by the trace, with the facts that were seen', async () => {
    const handle = await start('explained', ({ turn }) => run(`echo ${turn}`), { limits: { ...limits, turns: 2 } });
    await handle.result();
    expect(await explain(here.store, 'session/explained')).toMatchObject([
      { rule: 'turns-spent', because: '2 of 2 turns are spent.', facts: { turns: 2, limits: { turns: 2 } } },
    ]);
  });
});

describe('messages', () => {
  const steer = (name: string, id: string, body: string) => send(here, { id, to: `session/${name}`, from: 'ann', kind: 'steer', body });

  it('are seen before the next model call; a tool that had not started is not run; the one that runs is not cut', async () => {
    const handle = await start('steered', ({ turn }) =>
      turn === 0
        ? { call: [bash('echo begun > begun; until [ -e go ]; do sleep 0.05; done; echo first'), bash('echo second')] }
        : { say: 'I read it.' },
    );
    await until('the first command runs', () => readFile(worktree('steered', 'begun')).then(() => true));
    await steer('steered', 'steer-1', 'Use the other branch.');
    await writeFile(worktree('steered', 'go'), '');
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(await results('steered')).toMatchObject([{ how: 'ok', text: expect.stringContaining('first') }, { how: 'skipped' }]);
    expect(JSON.stringify(requests('steered')[1]?.messages)).toContain('Message from ann: Use the other branch.');
    expect((await here.store.mail.find({ id: 'steer-1' }))?.actedBy).toBeDefined();
  });

  it('that arrive during the last turn get a turn of their own', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>();
    const handle = await start('last-turn', async ({ turn }) => {
      if (turn === 0) await answered;
      return { say: turn === 0 ? 'Done.' : 'Done again.' };
    });
    await until('the model is asked', () => requests('last-turn').length === 1);
    expect(await steer('last-turn', 'steer-2', 'One more thing.')).toMatchObject({ state: 'posted' });
    answer(undefined);
    await handle.result();
    expect(requests('last-turn')).toHaveLength(2);
    expect((await here.store.mail.find({ id: 'steer-2' }))?.actedBy).toBeDefined();
  });

  it('after the end are told to be undelivered, also where the session was terminated', async () => {
    const ended = await start('ended', () => ({ say: 'Done.' }));
    await ended.result();
    expect(await steer('ended', 'steer-3', 'Too late.')).toEqual({ state: 'undelivered', because: 'session/ended has ended.' });

    const cut = await start('terminated', () => 'silence');
    await cut.terminate();
    expect(await steer('terminated', 'steer-4', 'Too late.')).toEqual({ state: 'undelivered', because: 'session/terminated has ended.' });
    expect((await here.store.mail.returned({ sender: 'ann' })).map(({ id }) => id)).toEqual(['steer-3', 'steer-4']);
  });

  it('may be typed as signals, as any JSON and even as what is not JSON; pause and resume as well', async () => {
    const handle = await start('typed', ({ turn }) => ({ say: `Answer ${turn}.` }), {});
    await handle.signal('pause', { nobody: ['expects', 'this'] });
    await handle.signal('steer', { please: 'hurry' }, 7, null);
    await here.client.workflowService.signalWorkflowExecution({
      namespace: here.client.options.namespace,
      workflowExecution: { workflowId: handle.workflowId },
      signalName: 'tell',
      input: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{not json') }] },
    });
    await handle.signal('steer', 'x'.repeat(20_000));
    await handle.signal('resume', 'now');
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    const mail = (await said('typed')).flatMap((one) => (one.kind === 'mail' ? [one.text] : []));
    expect(mail.slice(0, 2)).toEqual(['{"please":"hurry"} 7', '{not json']);
    expect(mail[2]).toMatch(/^x{8000} … \(cut; 20000 characters were typed\)$/);
  });
});

describe('killing a session', () => {
  it('ends its processes, gives its mail back, and stays on record', async () => {
    const handle = await start('killed', () => run('echo $$ > begun; sleep 1000'));
    await until('the command runs', () => readFile(worktree('killed', 'begun')).then(() => true));
    await send(here, { id: 'tell-1', to: 'session/killed', from: 'bob', kind: 'tell', body: 'When you are done …' });
    expect(await kill(here, 'session/killed', 'ann', 'wrong issue')).toBe('cancelled');
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await said('killed')).at(-1)).toMatchObject({ kind: 'end', outcome: 'killed' });
    expect((await here.store.mail.find({ id: 'tell-1' }))?.returnedBecause).toContain('killed');
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
    expect(stdout).not.toContain('sleep 1000');
    expect(await kill(here, 'session/killed', 'ann', 'again')).toBe('had ended');
  });
});
