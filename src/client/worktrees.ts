// The worktrees of this host and whose they are: what may be removed, and what would be lost. Only those that Signalbox has made are here.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import type { MergeRequestAction } from '../contracts/merge-request-actions.ts';
import { sourceOfTask, type TaskEnd } from '../contracts/task.ts';
import { mergeRequestId } from '../contracts/work.ts';
import { changesOf } from '../git/changes.ts';
import { gitLine, type GitHost } from '../git/command.ts';
import { forgetSnapshots, lossOf, type Retired } from '../git/retire.ts';
import { findWorktree, listWorktrees } from '../git/worktree.ts';
import type { Store } from '../store/store.ts';
import { workflowStatus } from '../activities/task/begin.ts';
import { retire } from '../activities/work/retire.ts';

/**
 * `active`: its task or request runs. `merged`: its request is merged, in whatever way. `closed`: it was closed, and is watched no more.
 * `stale`: its owner has ended otherwise. `orphaned`: nothing is known of its owner. `by hand`: a person has made it.
 */
export type WorktreeState = 'active' | 'merged' | 'closed' | 'stale' | 'orphaned' | 'by hand';

export interface ListedWorktree {
  readonly id: string;
  readonly directory: string;
  readonly branch: string;
  readonly state: WorktreeState;
  /** The workflows that run for it: task, request. */
  readonly owners: readonly string[];
  /** What would be lost without a snapshot; null: nothing. */
  readonly unsaved: string | null;
  /** What no snapshot could hold: it is not removed then. */
  readonly problems: readonly string[];
  readonly kilobytes: number;
}

export interface WorktreeDeps {
  readonly store: Store;
  readonly client: Client;
  readonly git: GitHost;
  /** Host of the forge: part of the names of requests. */
  readonly forgeHost: string;
}

export const BY_HAND = 'hand/';

export async function worktreesHere(deps: WorktreeDeps): Promise<ListedWorktree[]> {
  const listed: ListedWorktree[] = [];
  for (const id of await listWorktrees(deps.git)) {
    const worktree = await findWorktree(deps.git, id);
    if (worktree === undefined) continue; // removed meanwhile
    const [{ state, owners }, loss, branch, kilobytes] = await Promise.all([
      ownersOf(deps, id),
      lossOf(deps.git, worktree),
      gitLine(deps.git, worktree, ['symbolic-ref', '--short', 'HEAD'], { access: 'read' }),
      diskUse(resolve(worktree.directory, '..')),
    ]);
    listed.push({ id, directory: worktree.directory, branch, state, owners, ...loss, kilobytes });
  }
  return listed;
}

/** The files that have changed in the worktree of something that runs, and the sessions that hold it. */
export async function heldBy(
  { client, git }: Pick<WorktreeDeps, 'client' | 'git'>,
  { id, owners }: Pick<ListedWorktree, 'id' | 'owners'>,
): Promise<{ readonly files: readonly string[]; readonly sessions: readonly string[] }> {
  const worktree = await findWorktree(git, id);
  const files = worktree === undefined ? [] : (await changesOf(git, worktree)).files;
  const sessions: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running" AND WorkflowType = "session"' }))
    if (owners.some((owner) => workflowId.startsWith(`${owner}/`))) sessions.push(workflowId);
  return { files, sessions };
}

export const mayBeRemoved = ({ state }: Pick<ListedWorktree, 'state'>): boolean => state !== 'active' && state !== 'by hand';

/**
 * Removes the worktree unless its owner runs meanwhile; what is not published is kept as a snapshot.
 * @param now seconds since 1970
 */
export async function cleanWorktree(deps: WorktreeDeps, id: string, now: number): Promise<Retired> {
  const { state, owners } = await ownersOf(deps, id);
  if (state === 'active') return { kind: 'kept', because: `${owners.join(' and ')} runs` };
  return retire(deps, id, now);
}

/**
 * What a host does by itself: worktrees of what is merged, or closed for good, go, those of killed tasks where that is set (also of tasks that were killed elsewhere), and
 * snapshots that are 30 days old.
 * @param now seconds since 1970
 */
export async function pruneWorktrees(deps: WorktreeDeps & { readonly killed: 'keep' | 'remove' }, now: number): Promise<void> {
  for (const id of await listWorktrees(deps.git)) {
    const { state } = await ownersOf(deps, id);
    const goes =
      state === 'merged' || state === 'closed' || (state === 'stale' && deps.killed === 'remove' && (await wasKilled(deps.store, id)));
    if (goes) await retire(deps, id, now);
  }
  await forgetSnapshots(deps.git, now);
}

async function ownersOf(deps: WorktreeDeps, id: string): Promise<Pick<ListedWorktree, 'state' | 'owners'>> {
  if (id.startsWith(BY_HAND)) return { state: 'by hand', owners: [] };
  const requests = id.startsWith('mr/') ? [id] : await requestsOf(deps, id);
  const candidates = id.startsWith('mr/') ? requests : [id, ...requests];
  const statuses = await Promise.all(candidates.map((one) => workflowStatus(deps.client, one)));
  const owners = candidates.filter((_, at) => statuses[at] === 'RUNNING');
  if (owners.length > 0) return { state: 'active', owners };
  for (const request of requests) if ((await deps.store.merges.logged({ request })) !== undefined) return { state: 'merged', owners };
  for (const request of requests) if (await hasEndedClosed(deps.store, request)) return { state: 'closed', owners };
  return { state: (await isKnown(deps.store, id)) ? 'stale' : 'orphaned', owners };
}

/** Whether the last that its owner has decided is that it was over, because the request was closed: one that was killed has not said so. */
async function hasEndedClosed({ decisions }: Store, request: string): Promise<boolean> {
  const [last] = await decisions.trace({ workflow: request, after: (await decisions.last({ workflow: request })) - 1, limit: 1 });
  const action = last?.action as MergeRequestAction | undefined;
  return action?.kind === 'end' && action.outcome.outcome === 'closed';
}

/** The requests that a task has opened. */
async function requestsOf({ store, forgeHost }: WorktreeDeps, task: string): Promise<string[]> {
  const source = sourceOfTask(task);
  if (source === undefined) return [];
  const [owner = '', repo = ''] = source.source.split(/[/# ]/);
  const settled = await store.ledger.settled({ prefix: `${task}/request` });
  return settled.flatMap(({ outcome }) => {
    const number = outcome.state === 'done' ? (outcome.result as { id?: number } | null)?.id : undefined;
    return number === undefined ? [] : [mergeRequestId({ host: forgeHost, owner, repo, number })];
  });
}

async function wasKilled(store: Store, id: string): Promise<boolean> {
  const source = sourceOfTask(id);
  if (source === undefined) return false;
  const tries = await store.sources.generations(source);
  return tries.some(({ generation, outcome }) => generation === source.generation && outcome === ('killed' satisfies TaskEnd));
}

async function isKnown(store: Store, id: string): Promise<boolean> {
  const source = sourceOfTask(id);
  if (source === undefined) return (await store.decisions.trace({ workflow: id, after: 0, limit: 1 })).length > 0;
  return (await store.sources.generations(source)).some(({ generation }) => generation === source.generation);
}

/** In kilobytes, what is borrowed from the mirror not counted. Directories that nobody may enter are not counted either. */
async function diskUse(home: string): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['-sk', '--', home]).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  return Number(/^\d+/.exec(stdout)?.[0] ?? 0);
}
