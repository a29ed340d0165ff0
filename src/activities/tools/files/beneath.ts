// The only way of the file tools to a file: from the worktree's directory downwards, one component at a time, each opened without
// following links. A link that is put there after a check is met by the open itself, so there is nothing to win by being quick.
// Node has no openat; `/proc/self/fd/<n>/<name>` is the same thing. Linux only.
import { constants } from 'node:fs';
import { lstat, mkdir, open, type FileHandle } from 'node:fs/promises';
import { Refusal } from './result.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

export interface Worktree {
  /** Where it is, on the host and for the agent's commands. Its parents are ours: no agent can write them. */
  readonly directory: string;
}

/** An open directory of the worktree, and a name in it that is a single component. */
export interface Place extends AsyncDisposable {
  /** Use with calls that don't follow a link at the end: `open` with O_NOFOLLOW, `lstat`, `rename`, `unlink`. */
  readonly path: string;
}

/** @throws Refusal where the path leads out of the worktree or through something that is no directory */
export async function locate(worktree: Worktree, path: string, options: { readonly makeDirectories: boolean }): Promise<Place> {
  const parts = components(worktree, path);
  const name = parts.pop();
  if (name === undefined) throw new Refusal(`"${path}" is the worktree itself; name a file in it`);
  let directory = await open(worktree.directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    for (const part of parts) {
      const next = `/proc/self/fd/${directory.fd}/${part}`;
      if (options.makeDirectories) await mkdir(next).catch(unless('EEXIST'));
      const below = await open(next, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch((error: unknown) => explain(error, next, path));
      await directory.close();
      directory = below;
    }
  } catch (error) {
    await directory.close();
    throw error;
  }
  const parent = directory;
  return { path: `/proc/self/fd/${parent.fd}/${name}`, [Symbol.asyncDispose]: () => parent.close() };
}

/** Opens the regular file at a place for reading. @throws Refusal for whatever else is there */
export async function openFile(target: string, path: string): Promise<FileHandle> {
  // Non-blocking, because opening a fifo waits for its other end.
  const file = await open(target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => explain(error, target, path));
  const stat = await file.stat();
  if (stat.isFile()) return file;
  await file.close();
  throw new Refusal(stat.isDirectory() ? `"${path}" is a directory; use glob to list it` : `"${path}" is not a regular file`);
}

/** Splits a path into components that only lead downwards; none for the worktree itself. Absolute paths below the worktree will do. */
export function components({ directory }: Worktree, path: string): string[] {
  if (path.includes('\0')) throw new Refusal('a path has no NUL bytes');
  const inside = path === directory || path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path;
  if (inside.startsWith('/')) throw new Refusal(`"${path}" is outside of the worktree; use a path relative to it`);
  const parts = inside.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Refusal(`"${path}" has ".." in it; use a path relative to the worktree`);
  if (parts.some((part) => Buffer.byteLength(part) > 255)) throw new Refusal('a name has at most 255 bytes');
  if (parts.some((part) => part.toLowerCase() === '.git')) throw new Refusal(`"${path}" belongs to git and is not for tools`);
  return parts;
}

/** Turns what the system said about one component into what the model can act on. */
async function explain(error: unknown, component: string, path: string): Promise<never> {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') throw new Refusal(`"${path}" does not exist`);
  if (code === 'ENXIO') throw new Refusal(`"${path}" is not a regular file`);
  if (code !== 'ELOOP' && code !== 'ENOTDIR') throw error;
  const isLink = await lstat(component).then((stat) => stat.isSymbolicLink(), unless('ENOENT'));
  if (isLink === true) throw new Refusal(`"${path}" leads over a symbolic link; tools follow none, name the file itself`);
  throw new Refusal(`"${path}" leads through a file that is no directory`);
}

/** For promises: ignores one kind of failure. */
export const unless =
  (code: string) =>
  (error: unknown): void => {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  };
