// A file of settings in YAML that a variable names. Read once, at start; most installations have none, so what reads YAML (72 modules) is
// loaded only for one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as yaml from 'yaml';
import { z } from 'zod';

/** @throws Error that names the file, or the variable that names it, and everything that is wrong in it */
export function readSettingsFile<Settings>(variable: string, file: string, schema: z.ZodType<Settings>): Settings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${variable} names ${file}, which can't be read: ${(error as Error).message}`, { cause: error });
  }
  const { parseDocument } = createRequire(import.meta.url)('yaml') as typeof yaml;
  const document = parseDocument(text);
  if (document.errors.length > 0) throw new Error(`${file} is no YAML:\n${document.errors.map(({ message }) => message).join('\n')}`);
  const read = schema.safeParse(document.toJS() ?? {});
  if (!read.success) throw new Error(`${file} is not right:\n${z.prettifyError(read.error)}`);
  return read.data;
}
