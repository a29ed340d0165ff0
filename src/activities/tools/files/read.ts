// read: a text file with line numbers, in pieces of bounded size.
import type { FileHandle } from 'node:fs/promises';
import { locate, openFile, type Worktree } from './beneath.ts';
import type { ToolOutput } from '../tool.ts';
import { answeringFor, Refusal } from './result.ts';

export interface ReadInput {
  readonly path: string;
  /** First line, from 1. */
  readonly offset?: number;
  readonly limit?: number;
}

/** Larger files are read in parts by commands; loading them whole would hold up the host's other work. */
export const MAX_FILE_BYTES = 8 * 1024 ** 2;
const MAX_LINES = 2000;
const MAX_LINE_LENGTH = 2000;

export const read = (worktree: Worktree, { path, offset = 1, limit = MAX_LINES }: ReadInput): Promise<ToolOutput> =>
  answeringFor(path, async () => {
    await using place = await locate(worktree, path, { makeDirectories: false });
    await using file = await openFile(place.path, path);
    const lines = (await textOf(file, path)).split('\n');
    if (lines.at(-1) === '') lines.pop();
    if (lines.length === 0) return '(the file is empty)';
    if (offset > lines.length) throw new Refusal(`"${path}" has ${lines.length} lines; offset ${offset} is beyond them`);
    const first = Math.max(1, offset);
    const shown = lines.slice(first - 1, first - 1 + Math.min(limit, MAX_LINES));
    const numbered = shown.map((line, index) => `${first + index}\t${shorten(line)}`);
    const last = first + shown.length - 1;
    if (last < lines.length) numbered.push(`(lines ${first} to ${last} of ${lines.length}; go on with offset ${last + 1})`);
    return numbered.join('\n');
  });

/** The whole text of an open file. @throws Refusal for huge and binary files */
export async function textOf(file: FileHandle, path: string): Promise<string> {
  const { size } = await file.stat();
  if (size > MAX_FILE_BYTES) throw new Refusal(`"${path}" has ${size} bytes, too much to read; use grep, or a command that shows a part`);
  const bytes = await readAtMost(file, MAX_FILE_BYTES);
  if (bytes.subarray(0, 8000).includes(0)) throw new Refusal(`"${path}" is binary (${bytes.length} bytes)`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal(`"${path}" is not UTF-8 text (${bytes.length} bytes)`);
  }
}

/** A file may grow while it is read. */
const readAtMost = async (file: FileHandle, most: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for (let position = 0; position < most;) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(256 * 1024, most - position)), 0, null, position);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return Buffer.concat(chunks);
};

const shorten = (line: string): string =>
  line.length <= MAX_LINE_LENGTH ? line : `${line.slice(0, MAX_LINE_LENGTH)} (${line.length - MAX_LINE_LENGTH} characters left out)`;
