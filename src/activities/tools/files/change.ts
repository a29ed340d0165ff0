// write and edit: one effect per call id, also when the worker dies in between and the call is made again. The new content is staged
// beside the worktree, the answer is recorded, and a rename puts the content in place: while it is still staged, it was not applied.
import { createHash, randomUUID } from 'node:crypto';
import { chmod, link, lstat, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locate, openFile, unless, type Worktree } from './beneath.ts';
import { MAX_FILE_BYTES, textOf } from './read.ts';
import type { ToolOutput } from '../tool.ts';
import { answeringFor, Refusal } from './result.ts';

export interface ChangeableWorktree extends Worktree {
  /** On the worktree's file system, unseen by agents. */
  readonly staging: string;
}

export interface WriteInput {
  readonly path: string;
  readonly content: string;
}

export interface EditInput {
  readonly path: string;
  readonly old: string;
  readonly new: string;
  /** Replace every occurrence; otherwise there must be exactly one. */
  readonly all?: boolean;
}

/** Creates a file, with its directories, or replaces it. */
export const write = (worktree: ChangeableWorktree, callId: string, { path, content }: WriteInput): Promise<ToolOutput> =>
  once(worktree, callId, { path, makeDirectories: true }, async (target) => {
    const before = await kindOf(target);
    if (before === 'directory' || before === 'other') throw new Refusal(`"${path}" is there and is no regular file`);
    if (before === 'link') throw new Refusal(`"${path}" is a symbolic link; tools follow none, name the file itself`);
    return { content, answer: `${before === 'absent' ? 'Created' : 'Replaced'} ${path} (${Buffer.byteLength(content)} bytes).` };
  });

/** Replaces text in a file. */
export const edit = (worktree: ChangeableWorktree, callId: string, input: EditInput): Promise<ToolOutput> =>
  once(worktree, callId, { path: input.path, makeDirectories: false }, async (target) => {
    await using file = await openFile(target, input.path);
    return replaced(await textOf(file, input.path), input);
  });

interface Change {
  readonly content: string;
  readonly answer: string;
}

const replaced = (text: string, input: EditInput): Change => {
  if (input.old === '') throw new Refusal('"old" is empty; to create or replace a file use write');
  if (input.old === input.new) throw new Refusal('"old" and "new" are the same');
  const parts = text.split(input.old);
  const found = parts.length - 1;
  if (found === 0) {
    const hint = text.includes('\r\n') && input.old.includes('\n') ? ' The file ends its lines with CRLF.' : '';
    throw new Refusal(`"old" is not in ${input.path}; read it again and copy the text exactly.${hint}`);
  }
  if (found > 1 && input.all !== true) throw new Refusal(`"old" is in ${input.path} ${found} times; give more context, or set "all"`);
  return { content: parts.join(input.new), answer: `Replaced ${found} occurrence${found === 1 ? '' : 's'} in ${input.path}.` };
};

/** What a call will do, or has done. Made once, whoever makes it. */
interface Intent {
  /** File in the staging directory; gone when the change is in place. */
  readonly staged: string;
  readonly answer: string;
}

async function once(
  worktree: ChangeableWorktree,
  callId: string,
  { path, makeDirectories }: { path: string; makeDirectories: boolean },
  change: (target: string) => Promise<Change>,
): Promise<ToolOutput> {
  const intent = join(worktree.staging, `${createHash('sha256').update(callId).digest('hex')}.intent`);
  return answeringFor(path, async () => {
    await using place = await locate(worktree, path, { makeDirectories });
    const recorded = await intentAt(intent);
    if (recorded === undefined) await stage(worktree, intent, place.path, await change(place.path));
    const { staged, answer } = recorded ?? (await intentAt(intent))!;
    try {
      await rename(join(worktree.staging, staged), place.path); // replaces a link that was put there meanwhile, and follows none
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isStaged = (await kindOf(join(worktree.staging, staged))) === 'file';
      if (code === 'ENOENT' && !isStaged) return answer; // an earlier attempt has put it in place
      await rm(intent, { force: true }); // what is staged stays: another attempt may be about to move it
      if (code !== 'ENOENT' && code !== 'EISDIR' && code !== 'ENOTDIR') throw error;
      throw new Refusal(`"${path}" was changed by something else meanwhile; look, then try again`);
    }
    return answer;
  });
}

const intentAt = async (path: string): Promise<Intent | undefined> => {
  const text = await readFile(path, 'utf8').catch(unless('ENOENT'));
  return text === undefined ? undefined : (JSON.parse(text) as Intent);
};

/** Writes the new content and records what is to happen with it. Of two attempts at once, the first one's record holds. */
async function stage(worktree: ChangeableWorktree, intent: string, target: string, { content, answer }: Change): Promise<void> {
  if (Buffer.byteLength(content) > MAX_FILE_BYTES) throw new Refusal(`the content has more than ${MAX_FILE_BYTES} bytes`);
  const staged = randomUUID();
  const file = join(worktree.staging, staged);
  await writeDurably(file, content);
  const mode = await lstat(target).then((stat) => stat.mode & 0o777, unless('ENOENT'));
  if (mode !== undefined) await chmod(file, mode);
  const draft = `${file}.intent`;
  await writeDurably(draft, JSON.stringify({ staged, answer } satisfies Intent));
  await link(draft, intent).catch(async (error: unknown) => {
    unless('EEXIST')(error);
    await rm(file);
  });
  await rm(draft);
}

const writeDurably = async (path: string, content: string): Promise<void> => {
  await using file = await open(path, 'w', 0o644);
  await writeFile(file, content);
  await file.datasync();
};

const kindOf = async (path: string): Promise<'absent' | 'file' | 'directory' | 'link' | 'other'> => {
  const stat = await lstat(path).catch(unless('ENOENT'));
  if (stat === undefined) return 'absent';
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  return stat.isSymbolicLink() ? 'link' : 'other';
};
