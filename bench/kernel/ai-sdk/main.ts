// Waits for lines { turns, prompt, file, system }, runs each as a workflow, answers { ms } or { failed }.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createAnthropic } from '@ai-sdk/anthropic';
import { AiSdkPlugin } from '@temporalio/ai-sdk';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

/** Its history grows with the square of its turns: what is not done by then is said to be dead. */
const MOST_MS = 180_000;

globalThis.AI_SDK_LOG_WARNINGS = false;
Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
const address = process.env['TEMPORAL_ADDRESS'] ?? '';
const taskQueue = 'bench-ai-sdk';
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities: { read: (file: string) => readFile(file, 'utf8') },
  plugins: [new AiSdkPlugin({ modelProvider: createAnthropic({ baseURL: process.env['ANTHROPIC_BASE_URL'] ?? '', apiKey: 'scripted' }) })],
});
void worker.run();
const client = new Client({ connection: await Connection.connect({ address }) });
process.stdout.write('ready\n');

for await (const line of createInterface({ input: process.stdin })) {
  const input = JSON.parse(line) as { turns: number };
  const began = performance.now();
  const workflowId = `ai-sdk-${input.turns}-${began}`;
  const handle = await client.workflow.start('loop', { taskQueue, workflowId, args: [input], workflowExecutionTimeout: MOST_MS });
  const answer = await handle.result().then(
    () => ({ ms: performance.now() - began }),
    (error: Error & { cause?: Error }) => ({ failed: `${error.message}: ${error.cause?.message ?? ''}`.slice(0, 200) }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
