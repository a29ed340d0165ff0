// Sessions on a real server, with a real worker process, real commands in the sandbox, and a scripted model over the provider's wire.
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startModel, type Conversation, type ScriptedModel, type Step } from '../../devkit/model/model.ts';
import { explain } from '../../src/client/explain.ts';
import { kill } from '../../src/client/kill.ts';
import { send } from '../../src/client/send.ts';
import { TURN_HISTORY_BYTES } from '../../src/contracts/budgets.ts';
import type { Reply, Said, ToolResult } from '../../src/contracts/said.ts';
import { DEFAULT_SESSION_LIMITS, type SessionSpec } from '../../src/contracts/session.ts';
import { jobDirectory } from '../../src/jobs/job.ts';
import { removeWorktree } from '../../src/git/worktree.ts';
import { install, type Installation } from '../support/installation.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let model: ScriptedModel;
let here: Installation;
/** What the model does, by the session's prompt. */
const scripts: Record<string, (conversation: Conversation) => Step | Promise<Step>> = {};

/** What the worker knows and nobody else may see: one that looks like a token, and one that looks like nothing. */
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;
const KEY = 'correct horse "battery" staple';

beforeAll(async () => {
  model = await startModel((conversation) => {
    const prompt = conversation.messages.find(({ role }) => role === 'user')?.text ?? '';
    const name = Object.keys(scripts).find((candidate) => prompt.startsWith(candidate));
    return name === undefined ? { status: 400 } : scripts[name]!(conversation);
  });
  here = await install({ modelUrl: model.url, env: { GITHUB_TOKEN: TOKEN, ANTHROPIC_API_KEY: KEY } });
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
/** What was typed at a session and came back. */
const returned = async (name: string): Promise<string[]> =>
  (await here.store.outbox.waiting({ askedBy: `session/${name}` })).flatMap(({ id, question }) =>
    id.startsWith('returned/') ? [/"(.*)"/.exec(question)?.[1] ?? ''] : [],
  );
/** Keeps the worker at a point while something is done. */
async function heldAt(point: string, act: () => Promise<unknown>): Promise<void> {
  await until(`the worker is at ${point}`, async () => (await readFile(join(here.data, 'held'), 'utf8')).includes(point));
  await act();
  await rm(join(here.data, 'kill-at'));
}
const hold = (point: string): Promise<void> => writeFile(join(here.data, 'kill-at'), `hold ${point}`);
const limits = { ...DEFAULT_SESSION_LIMITS, turns: 50, minutes: 60, tokens: 1_000_000, usd: 100 };

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
    expect(prompts[0]!.messages[0]).toMatchObject({ role: 'system' }); // so it is compared below
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
    // Before anything of it was kept.
    const handle = await start('worktree-gone', async () => {
      await removeWorktree(here.git, 'session/worktree-gone');
      return run('ls');
    });
    expect(await handle.result()).toMatchObject({
      outcome: 'failed',
      rule: 'fatal-tool-error',
      because: expect.stringContaining('The worktree is gone'),
    });
  });

  it('end with the cause when a tool fails again and again, whatever it says; what comes after it is not run', async () => {
    const patience = { limits: { ...limits, attempts: 4 } };
    const lost = await start(
      'staging-lost',
      async () => {
        await rm(join(worktree('staging-lost', '.'), '..', 'staging'), { recursive: true, force: true });
        return { call: [{ tool: 'write', input: { path: 'a', content: '' } }, bash('touch later')] };
      },
      patience,
    );
    const refused = await start(
      'jobs-blocked',
      async () => {
        await mkdir(join(here.data, 'jobs'), { recursive: true });
        await writeFile(join(here.data, 'jobs', encodeURIComponent('session/jobs-blocked')), 'in the way');
        return { call: [bash('touch a'), bash('touch later')] };
      },
      patience,
    );
    const failed = { outcome: 'failed', rule: 'fatal-tool-error', because: expect.stringContaining('It failed 4 times') };
    expect(await lost.result()).toMatchObject(failed);
    expect(await refused.result()).toMatchObject(failed);
    for (const name of ['staging-lost', 'jobs-blocked']) {
      expect(await results(name)).toMatchObject([
        { how: 'fatal', text: expect.stringMatching(/ENOENT|ENOTDIR|EEXIST/) },
        { how: 'skipped' },
      ]);
      expect(requests(name)).toHaveLength(1);
    }
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

  it('warn a session that changes nothing, once, and end it where it goes on so', async () => {
    const idle = { ...limits, idleMinutes: 0.01, idleEndMinutes: 0.03 };
    const handle = await start('idle', ({ turn }) => run(`sleep 0.3; echo ${turn}`), { limits: idle });
    expect(await handle.result()).toMatchObject({ outcome: 'stalled', rule: 'gets-nowhere' });
    expect((await said('idle')).filter(({ kind }) => kind === 'note')).toMatchObject([{ about: 'idle' }]);
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
    for (const id of ['steer-3', 'steer-4']) expect((await here.store.mail.find({ id }))?.returnedBecause).toBeDefined();
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

describe('what is typed', () => {
  it('while a command runs keeps the next one of the same turn from starting', async () => {
    const handle = await start('hurried', ({ turn }) =>
      turn === 0
        ? { call: [bash('echo begun > begun; until [ -e go ]; do sleep 0.05; done'), bash('echo second')] }
        : { say: 'I read it.' },
    );
    await until('the first command runs', () => readFile(worktree('hurried', 'begun')).then(() => true));
    await handle.signal('steer', 'Use the other branch.');
    await writeFile(worktree('hurried', 'go'), '');
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(await results('hurried')).toMatchObject([{ how: 'ok' }, { how: 'skipped' }]);
    expect(JSON.stringify(requests('hurried')[1]?.messages)).toContain('Use the other branch.');
  });

  it('when a limit has ended the session comes back, also what is typed while it ends', async () => {
    await hold('before session/spent 3 takeTurn');
    const handle = await start('spent', () => run('echo 1'), { limits: { ...limits, turns: 1 } });
    await heldAt('before session/spent 3 takeTurn', async () => {
      await handle.signal('steer', 'In the last activity.');
    });
    expect(await handle.result()).toMatchObject({ outcome: 'limit' });

    await hold('before session/exceeded 4 endSession');
    const other = await start('exceeded', () => run('echo 1'), { limits: { ...limits, turns: 1 } });
    await heldAt('before session/exceeded 4 endSession', async () => {
      await other.signal('steer', 'While it ends.');
    });
    expect(await other.result()).toMatchObject({ outcome: 'limit' });
    expect([...(await returned('spent')), ...(await returned('exceeded'))]).toEqual(['In the last activity.', 'While it ends.']);
    expect(await here.store.mail.take({ address: 'session/exceeded' })).toEqual([]);
    expect((await said('exceeded')).filter(({ kind }) => kind === 'end')).toHaveLength(1);
  });

  it('before a kill, and while it is obeyed, comes back', async () => {
    await hold('before session/shot 3 endSession');
    const handle = await start('shot', () => run('echo > begun; sleep 1001'));
    await until('the command runs', () => readFile(worktree('shot', 'begun')).then(() => true));
    await handle.signal('steer', 'Before the kill.');
    const killed = kill(here, 'session/shot', 'ann', 'wrong issue');
    await heldAt('before session/shot 3 endSession', async () => {
      await handle.signal('tell', 'After the kill.');
    });
    expect(await killed).toBe('cancelled');
    expect(await returned('shot')).toEqual(['Before the kill.', 'After the kill.']);
    expect(await here.store.mail.take({ address: 'session/shot' })).toEqual([]);
  });
});

describe('a paused session', () => {
  it('makes no request and has no activity, whatever it is told, until it is resumed', async () => {
    const handle = await start('resting', ({ turn }) =>
      turn === 0 ? run('echo > begun; until [ -e go ]; do sleep 0.05; done') : { say: 'Rested.' },
    );
    await until('the command runs', () => readFile(worktree('resting', 'begun')).then(() => true));
    await handle.signal('pause');
    await writeFile(worktree('resting', 'go'), '');
    const details = async (): Promise<string> =>
      (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
    await until('it is paused', async () => (await details()) === '**Paused** before turn 2');
    const paused = Date.now();
    await send(here, { id: 'resting-1', to: 'session/resting', from: 'ann', kind: 'steer', body: 'Hurry.' });
    await handle.signal('steer', 'Hurry!');
    await until('what was typed is a row', async () => (await here.store.mail.take({ address: 'session/resting' })).length === 2);
    await until('it is paused again', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.length === 0 && raw.pendingWorkflowTask === null;
    });
    expect(await details()).toBe('**Paused** before turn 2');
    expect(requests('resting')).toHaveLength(1);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    const lasted = Date.now() - paused;
    await handle.signal('resume');
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(requests('resting')).toHaveLength(2);
    const last = (await said('resting')).findLast((one): one is Reply => one.kind === 'reply');
    expect(last?.waited).toBeGreaterThanOrEqual(lasted); // which the limit of minutes does not count
    expect(JSON.stringify(requests('resting')[1]?.messages)).toContain('Hurry!');
  });
});

describe('a command that dies with its supervisor', () => {
  it('is told to the model as interrupted, and is not run again', async () => {
    const handle = await start('interrupted', ({ turn }) => (turn === 0 ? run('echo run >> log; sleep 1002') : { say: 'I see.' }));
    await until('the command runs', () => readFile(worktree('interrupted', 'log')).then(() => true));
    const job = jobDirectory(join(here.data, 'jobs'), { scope: 'session/interrupted', id: '1.0' });
    process.kill(Number((await readFile(join(job, 'claim'), 'utf8')).split(' ')[1]), 'SIGKILL');
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(JSON.stringify(requests('interrupted')[1]?.messages)).toContain('died without a status and may have run in part');
    expect(await readFile(worktree('interrupted', 'log'), 'utf8')).toBe('run\n');
  });
});

describe('secrets', () => {
  const everythingKept = async (): Promise<string> => {
    const { stdout } = await promisify(execFile)('sh', ['-c', `cat ${here.data}/store.db*`], { encoding: 'latin1', maxBuffer: 1e9 });
    return stdout;
  };
  const historyOf = async (name: string): Promise<string> => {
    const { events } = await here.client.workflow.getHandle(`session/${name}`).fetchHistory();
    return JSON.stringify(events, (_name, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value));
  };

  it('that a session comes across are in no transcript, prompt, event or history', async () => {
    const prompt = `leaky ${KEY}`;
    const script: Script = ({ turn }) => {
      if (turn === 0) return { say: `I know ${TOKEN}.`, call: [bash(`echo '${KEY}'; printf %s '${KEY}' | base64 -w0`)] };
      if (turn === 1)
        return {
          call: [
            { tool: 'write', input: { path: 'a', content: `${TOKEN}\n` } },
            { tool: TOKEN, input: {} },
          ],
        };
      return { say: `Bye, ${KEY}.` };
    };
    await send(here, { id: 'leaky-1', to: 'session/leaky', from: 'ann', kind: 'tell', body: { text: `Use ${TOKEN}.` } });
    const handle = await start('leaky', script, { prompt });
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    const kept = await everythingKept();
    const seen = JSON.stringify(model.requests());
    const history = await historyOf('leaky');
    for (const secret of [TOKEN, KEY, JSON.stringify(KEY).slice(1, -1), Buffer.from(KEY).toString('base64')])
      for (const place of [kept, seen, history]) expect(place.includes(secret)).toBe(false);
    expect(seen.includes('I know [redacted: secret].')).toBe(true);
    expect(kept.includes('Bye, [redacted: secret].')).toBe(true);
    // What was not shown can't be written back.
    expect((await results('leaky'))[1]).toMatchObject({ how: 'mistake', text: expect.stringContaining('not shown') });
  });

  it('of the worker are not to be found by a command', async () => {
    const places = `env; cat /proc/*/environ /proc/*/cmdline; cat ${here.data}/installation.key; ls -la ${here.data} ~ /root /home /run /var/run/docker.sock`;
    const handle = await start('spy', ({ turn }) =>
      turn === 0 ? run(`{ ${places}; } 2>&1 | tr '\\0' '\\n' > found; wc -c found`) : { say: 'Done.' },
    );
    await handle.result();
    const found = await readFile(worktree('spy', 'found'), 'utf8');
    for (const secret of [TOKEN, KEY, 'GITHUB_TOKEN', 'API_KEY', 'installation.key\n', 'TEMPORAL_ADDRESS'])
      expect(found).not.toContain(secret);
    expect(found).toContain('No such file or directory');
  });
});

describe('killing a session', () => {
  it('ends its processes, gives its mail back, and stays on record', async () => {
    const handle = await start('killed', () => run('echo $$ > begun; sleep 7345'));
    await until('the command runs', () => readFile(worktree('killed', 'begun')).then(() => true));
    await send(here, { id: 'tell-1', to: 'session/killed', from: 'bob', kind: 'tell', body: 'When you are done …' });
    expect(await kill(here, 'session/killed', 'ann', 'wrong issue')).toBe('cancelled');
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await said('killed')).at(-1)).toMatchObject({ kind: 'end', outcome: 'killed' });
    expect((await here.store.mail.find({ id: 'tell-1' }))?.returnedBecause).toContain('killed');
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
    expect(stdout).not.toContain('sleep 7345');
    expect(await kill(here, 'session/killed', 'ann', 'again')).toBe('had ended');
  });
});
