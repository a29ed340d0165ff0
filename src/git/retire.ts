// The end of a worktree (R8): what is published or empty is removed; anything else becomes a snapshot first, kept on this host for 30 days,
// never as a ref on the forge. What a snapshot can't hold keeps its worktree.
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { changesOf } from './changes.ts';
import { checkpoint, restoreCheckpoint } from './checkpoint.ts';
import { BASE, gitLine, type GitHost, type Worktree } from './command.ts';
import { headOf } from './commit.ts';
import { isPublished } from './mirror.ts';
import { findWorktree, removeWorktree } from './worktree.ts';

export const SNAPSHOT_DAYS = 30;
const SECONDS_A_DAY = 24 * 60 * 60;

export interface Snapshot {
  /** Of its worktree. */
  readonly id: string;
  readonly mirror: string;
  readonly base: string;
  readonly branch: string;
  /** The last commit in it. */
  readonly head: string;
  /** The files that were not committed. */
  readonly uncommitted: readonly string[];
  /** Seconds since 1970. */
  readonly at: number;
}

export interface Loss {
  /** What would be lost without a snapshot, in words; null: nothing. */
  readonly unsaved: string | null;
  /** What no snapshot can hold. */
  readonly problems: readonly string[];
}

export type Retired =
  { readonly kind: 'removed'; readonly snapshot: Snapshot | null } | { readonly kind: 'kept'; readonly because: string };

/** What would go with a worktree. Changes nothing. */
export async function lossOf(host: GitHost, worktree: Worktree): Promise<Loss> {
  const [{ files, problems }, head, base] = await Promise.all([changesOf(host, worktree), headOf(host, worktree), baseOf(host, worktree)]);
  const parts = [
    ...(files.length > 0 ? [`${files.length} files with changes`] : []),
    ...(head === base || (await isPublished(worktree.mirror, head)) ? [] : [`commits up to ${head.slice(0, 8)} that were not pushed`]),
  ];
  return { unsaved: parts.length === 0 ? null : parts.join(' and '), problems };
}

/**
 * Removes a worktree; what is not published is in a snapshot before. Again, it does nothing.
 * @param at seconds since 1970, for the snapshot
 */
export async function retireWorktree(host: GitHost, id: string, at: number): Promise<Retired> {
  const worktree = await findWorktree(host, id);
  if (worktree === undefined) return { kind: 'removed', snapshot: null };
  const { unsaved, problems } = await lossOf(host, worktree);
  if (problems.length > 0) return { kind: 'kept', because: problems.join('; ') };
  const snapshot = unsaved === null ? null : await keep(host, id, worktree, at);
  await removeWorktree(host, id);
  return { kind: 'removed', snapshot };
}

async function keep(host: GitHost, id: string, worktree: Worktree, at: number): Promise<Snapshot> {
  const { bundle, head, uncommitted } = await checkpoint(host, worktree, at);
  const branch = (await gitLine(host, worktree, ['symbolic-ref', '--short', 'HEAD'], { access: 'read' })).trim();
  const snapshot = { id, mirror: worktree.mirror, base: await baseOf(host, worktree), branch, head, uncommitted, at };
  // Whole or not there, whatever kills this.
  await mkdir(join(resolve(host.root), 'drafts'), { recursive: true });
  const draft = await mkdtemp(join(resolve(host.root), 'drafts', 'snapshot-'));
  await writeFile(join(draft, 'work.bundle'), bundle);
  await writeFile(join(draft, 'about.json'), JSON.stringify(snapshot));
  await mkdir(snapshots(host), { recursive: true });
  await rm(placeOf(host, snapshot), { recursive: true, force: true }); // of the same second
  await rename(draft, placeOf(host, snapshot));
  return snapshot;
}

/** The snapshots of this host, oldest first. */
export async function listSnapshots(host: GitHost): Promise<Snapshot[]> {
  const names = await readdir(snapshots(host)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  const read = async (name: string): Promise<Snapshot> =>
    JSON.parse(await readFile(join(snapshots(host), name, 'about.json'), 'utf8')) as Snapshot;
  return (await Promise.all(names.map(read))).sort((a, b) => a.at - b.at);
}

/** Makes the worktree of a snapshot again, where there is none of that id: commits on the branch, the rest uncommitted. */
export const restoreSnapshot = (host: GitHost, snapshot: Snapshot): Promise<Worktree> =>
  restoreCheckpoint(host, { ...snapshot, bundle: join(placeOf(host, snapshot), 'work.bundle') });

/** Forgets snapshots that are older than 30 days. @param now seconds since 1970 @returns how many */
export async function forgetSnapshots(host: GitHost, now: number): Promise<number> {
  const old = (await listSnapshots(host)).filter(({ at }) => at < now - SNAPSHOT_DAYS * SECONDS_A_DAY);
  for (const snapshot of old) await rm(placeOf(host, snapshot), { recursive: true, force: true });
  return old.length;
}

const baseOf = (host: GitHost, worktree: Worktree): Promise<string> =>
  gitLine(host, worktree, ['rev-parse', '--verify', BASE], { access: 'read' });

const snapshots = (host: GitHost): string => join(resolve(host.root), 'snapshots');
const placeOf = (host: GitHost, { id, at }: Pick<Snapshot, 'id' | 'at'>): string =>
  join(snapshots(host), `${encodeURIComponent(id)}@${at}`);
