// How a file tool answers. A mistake of the model is an answer that it can correct; only a broken host throws.
import type { ToolOutput } from '../tool.ts';

/** Says no to the model, from any depth of a tool. Never leaves `answering`. */
export class Refusal extends Error {}

export async function answering(tool: () => Promise<string>): Promise<ToolOutput> {
  try {
    return { how: 'ok', text: await tool() };
  } catch (error) {
    if (error instanceof Refusal) return { how: 'mistake', text: error.message };
    throw error;
  }
}
