// Scripts in files. A module gives its script as its default export; a YAML file lists conversations with the steps to take in them, one
// for each turn, and the last one again for every further turn.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Conversation, Script, Step } from './model.ts';

/** What is wrong with a script, for people. */
export class WrongScript extends Error {}

const answer = z.strictObject({
  say: z.string().optional(),
  call: z.array(z.strictObject({ tool: z.string(), input: z.unknown() })).optional(),
  tokens: z.int().min(10).optional(),
  finish: z.enum(['cut', 'refused']).optional(),
  breakAfter: z.int().min(1).max(8).optional(),
});
const step = z.union([
  z.literal('silence'),
  z.strictObject({ status: z.int().min(400).max(599), retryAfterSeconds: z.number().optional() }),
  answer,
]);
const conversations = z.array(
  z.strictObject({
    when: z
      .strictObject({
        playbook: z.string().optional(),
        /** Stands in the prompt. */
        prompt: z.string().optional(),
        /** Does not stand in the prompt. */
        without: z.string().optional(),
      })
      .default({}),
    steps: z.array(step).min(1),
  }),
);
type Entry = z.infer<typeof conversations>[number];

/** @throws WrongScript that says what is wrong in which file */
export async function readScript(file: string): Promise<Script> {
  if (!/\.ya?ml$/.test(file)) return moduleScript(file);
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new WrongScript(error.message);
  });
  const read = conversations.safeParse(parse(text));
  if (!read.success) throw new WrongScript(`${file} is no script:\n${z.prettifyError(read.error)}`);
  return (conversation) => {
    const { steps } = read.data.find((entry) => fits(entry, conversation)) ?? { steps: [{ status: 404 }] };
    return steps[Math.min(conversation.turn, steps.length - 1)] as Step;
  };
}

const fits = ({ when }: Entry, { playbook, prompt }: Conversation): boolean =>
  (when.playbook === undefined || when.playbook === playbook) &&
  (when.prompt === undefined || prompt.includes(when.prompt)) &&
  (when.without === undefined || !prompt.includes(when.without));

async function moduleScript(file: string): Promise<Script> {
  const loaded = (await import(pathToFileURL(path.resolve(file)).href).catch((error: Error) => {
    throw new WrongScript(`${file} can't be loaded: ${error.message}`);
  })) as { default?: unknown };
  if (typeof loaded.default !== 'function')
    throw new WrongScript(`${file} has no default export that is a function from conversations to steps.`);
  return loaded.default as Script;
}
