// The tools as the model is told of them. Without a way to run and without a check: calls come to us as they are, and a wrong one is a
// result that the model can correct.
import { jsonSchema, tool, type JSONSchema7, type ToolSet } from 'ai';
import { z } from 'zod';
import type { CommandTool } from './tool.ts';

export const toolSet = (tools: readonly CommandTool[]): ToolSet =>
  Object.fromEntries(
    // In the order of their names: what a model is sent must be the same bytes in each process.
    [...tools]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, description, input }) => [
        name,
        tool({ description, inputSchema: jsonSchema(z.toJSONSchema(input, { io: 'input' }) as JSONSchema7) }),
      ]),
  );
