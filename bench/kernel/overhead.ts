// What a turn costs over the bare loop: the same model calls and the same tool, (a) in a plain loop in this process, (b) as our session,
// (c) with @temporalio/ai-sdk on the same server. Runs alternate, so that a busy machine slows all three alike.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { ModelMessage } from 'ai';
import { ask } from '../../src/activities/model/ask.ts';
import { promptOf } from '../../src/activities/model/prompt.ts';
import { createProviders } from '../../src/activities/model/providers.ts';
import { toolSet } from '../../src/activities/tools/tool-set.ts';
import { createFileTools } from '../../src/activities/tools/files/index.ts';
import { unsandboxed } from '../../src/sandbox/unsandboxed.ts';
import type { Said } from '../../src/contracts/said.ts';
import type { ModelRef } from '../../src/contracts/session.ts';
import type { SessionEnd } from '../../src/contracts/session.ts';
import { cpuMs, median, rounded } from './figures.ts';
import { FILE, promptFor, SYSTEM, workerEnvironment, type Setting } from './setting.ts';

export interface Overhead {
  readonly turns: number;
  readonly resultBytes: number;
  readonly bareMsPerTurn: number;
  readonly oursMsPerTurn: number;
  readonly overheadMsPerTurn: number;
  readonly aiSdkOverheadMsPerTurn: number | string;
  /** Of the worker's process and of the server, which the two workers share. */
  readonly oursCpuMsPerTurn: string;
  readonly aiSdkCpuMsPerTurn: string;
  readonly historyBytesPerTurn: number;
  readonly historyEventsPerTurn: number;
}

/** Turns, size of a tool result, how often it is run. A thousand results of 8 kB would be more than any model takes. */
const RUNS = [
  { turns: 10, resultBytes: 8_000, rounds: 5 },
  { turns: 50, resultBytes: 8_000, rounds: 3 },
  { turns: 1_000, resultBytes: 100, rounds: 1 },
] as const;

/** Turns of each before anything is measured: workers live for days, and the first turns of a process run code that is not compiled yet. */
const WARM_UP = 50;

export async function measureOverhead(setting: Setting, only?: readonly number[]): Promise<Overhead[]> {
  const worker = await setting.startWorker();
  const other = await startAiSdk(setting);
  const results: Overhead[] = [];
  const warm = await setting.startSession('warm-up', { turns: WARM_UP, resultBytes: RUNS[0].resultBytes });
  await warm.handle.result();
  await bareLoop(setting, join(warm.worktree, FILE), WARM_UP);
  await other.run(WARM_UP, join(warm.worktree, FILE));
  for (const { turns, resultBytes, rounds } of RUNS.filter(({ turns }) => only?.includes(turns) ?? true)) {
    const [bare, ours, theirs]: [number[], number[], (number | string)[]] = [[], [], []];
    let bytes = 0;
    let events = 0;
    const cpu = { ours: 0, oursServer: 0, theirs: 0, theirsServer: 0 };
    for (let round = 0; round < rounds; round++) {
      const id = `overhead-${turns}-${round}`;
      const [worker0, server0] = [cpuMs(worker.pid), cpuMs(setting.server.pid)];
      const { handle, worktree, began } = await setting.startSession(id, { turns, resultBytes });
      const end = (await handle.result()) as SessionEnd;
      if (end.outcome !== 'completed') throw new Error(`the session did not do its turns: ${end.because}`);
      ours.push((performance.now() - began) / turns);
      cpu.ours += cpuMs(worker.pid) - worker0;
      cpu.oursServer += cpuMs(setting.server.pid) - server0;
      ({ bytes, events } = await historyOf(setting, `session/${id}`));
      bare.push(await bareLoop(setting, join(worktree, FILE), turns));
      const [other0, server1] = [cpuMs(other.pid), cpuMs(setting.server.pid)];
      theirs.push(await other.run(turns, join(worktree, FILE)));
      cpu.theirs += cpuMs(other.pid) - other0;
      cpu.theirsServer += cpuMs(setting.server.pid) - server1;
    }
    const perTurn = (worker: number, server: number): string => `${rounded(worker / turns / rounds)} + ${rounded(server / turns / rounds)}`;
    const numbers = theirs.filter((value) => typeof value === 'number');
    results.push({
      turns,
      resultBytes,
      bareMsPerTurn: rounded(median(bare)),
      oursMsPerTurn: rounded(median(ours)),
      overheadMsPerTurn: rounded(median(ours) - median(bare)),
      aiSdkOverheadMsPerTurn: numbers.length > 0 ? rounded(median(numbers) - median(bare)) : String(theirs[0]),
      oursCpuMsPerTurn: perTurn(cpu.ours, cpu.oursServer),
      aiSdkCpuMsPerTurn: numbers.length > 0 ? perTurn(cpu.theirs, cpu.theirsServer) : 'dead',
      historyBytesPerTurn: Math.round(bytes / turns),
      historyEventsPerTurn: rounded(events / turns),
    });
    process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
  }
  other.stop();
  worker.kill('SIGKILL');
  return results;
}

const MODEL: ModelRef = { provider: 'anthropic', id: 'scripted' };

async function bareLoop(setting: Setting, file: string, turns: number): Promise<number> {
  const model = createProviders({
    anthropic: { apiKey: 'scripted', baseUrl: `${setting.model.url}/v1` },
    openai: { apiKey: undefined, baseUrl: undefined },
  });
  const tools = toolSet(createFileTools({ root: setting.data, sandbox: unsandboxed() }));
  const transcript: Said[] = [{ kind: 'prompt', text: promptFor(turns, 0), at: 0 }];
  const began = performance.now();
  for (let turn = 1; ; turn++) {
    const messages: ModelMessage[] = promptOf(transcript);
    const answer = await ask({
      model: model(MODEL),
      system: SYSTEM,
      messages,
      tools,
      stallSeconds: 120,
      cancelled: new AbortController().signal,
      heard: () => undefined,
    });
    if (answer.kind !== 'reply') throw new Error(answer.because);
    transcript.push({ ...answer, turn, model: MODEL });
    if (answer.calls.length === 0) return (performance.now() - began) / turns;
    for (const [call, { id: callId, tool }] of answer.calls.entries())
      transcript.push({ kind: 'result', turn, call, id: callId, tool, text: await readFile(file, 'utf8'), how: 'ok' });
  }
}

async function historyOf(setting: Setting, workflowId: string): Promise<{ bytes: number; events: number }> {
  let bytes = 0;
  let events = 0;
  for await (const { workflowId: id, runId } of setting.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const { raw } = await setting.client.workflow.getHandle(id, runId).describe();
    bytes += Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
    events += Number(raw.workflowExecutionInfo?.historyLength ?? 0);
  }
  return { bytes, events };
}

/** The other SDK lives in a package of its own (its Temporal is another version), as a process that is asked by lines. */
async function startAiSdk(
  setting: Setting,
): Promise<{ pid: number | undefined; run(turns: number, file: string): Promise<number | string>; stop(): void }> {
  const child = spawn(process.execPath, ['main.ts'], {
    cwd: join(import.meta.dirname, 'ai-sdk'),
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...workerEnvironment(setting), ANTHROPIC_BASE_URL: `${setting.model.url}/v1` },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the process with @temporalio/ai-sdk has ended; npm ci --prefix bench/kernel/ai-sdk');
    return value;
  };
  await next();
  return {
    pid: child.pid,
    run: async (turns, file) => {
      child.stdin.write(`${JSON.stringify({ turns, prompt: promptFor(turns, 0), file, system: SYSTEM })}\n`);
      let line = await next();
      while (!line.startsWith('{')) line = await next(); // the SDK's own words go to standard output as well
      const answer = JSON.parse(line) as { ms?: number; failed?: string };
      return answer.ms === undefined ? `dead: ${answer.failed ?? ''}` : answer.ms / turns;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
