// The loop as @temporalio/ai-sdk has it: generateText in the workflow, its model calls and the tool as activities.
import { proxyActivities } from '@temporalio/workflow';
import { TemporalProvider } from '@temporalio/ai-sdk/workflow';
import { generateText, stepCountIs, tool } from 'ai';
import { z } from 'zod';

globalThis.AI_SDK_LOG_WARNINGS = false;
const { read } = proxyActivities<{ read(file: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });

export async function loop(input: { prompt: string; file: string; system: string }): Promise<number> {
  const provider = new TemporalProvider({ default: { startToCloseTimeout: '1 minute' } });
  const { steps } = await generateText({
    model: provider.languageModel('scripted'),
    system: input.system,
    prompt: input.prompt,
    stopWhen: stepCountIs(1_000_000),
    maxRetries: 0,
    tools: { read: tool({ description: 'Reads a file.', inputSchema: z.object({ path: z.string() }), execute: () => read(input.file) }) },
  });
  return steps.length;
}
