// Where work happens: the remote that it is published to and its worktree on this host, made when it is missing.
import type { Prepared } from '../../contracts/session.ts';
import { createHash } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import type { Work } from '../../contracts/work.ts';
import { checkWorktree } from '../../git/check.ts';
import { gitLine, type GitHost, type Worktree } from '../../git/command.ts';
import { fetchFork, fetchMirror, remoteBranch, type Remote } from '../../git/mirror.ts';
import { createWorktree, findWorktree } from '../../git/worktree.ts';
import type { Store } from '../../store/store.ts';
import type { Accounts } from '../forge/accounts.ts';
import { restoreWork } from './checkpoints.ts';
import { setUp, type SetUp } from './set-up.ts';

export interface WorkDeps {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly git: GitHost;
  /** What makes a new worktree ready for work; null: nothing has to. */
  readonly setUp: SetUp | null;
}

/** Address of the repository, and the token of who pushes, for git. */
export async function remoteOf({ accounts }: WorkDeps, place: Pick<Work, 'owner' | 'repo' | 'as'>): Promise<Remote> {
  const account = accounts.of(place.as, 'requests');
  const { cloneUrl } = await account.forge().repository(place);
  const token = account.token();
  return { url: cloneUrl, ...(token === undefined ? {} : { token }) };
}

/** The same of where the branch is: the repository itself, or a fork. */
export async function branchRemoteOf({ accounts }: WorkDeps, work: Work, remote: Remote): Promise<Remote> {
  if (work.from === undefined) return remote;
  const { cloneUrl } = await accounts.of(work.as, 'requests').forge().repository(work.from);
  return { ...remote, url: cloneUrl, forkOf: remote.url };
}

interface Fetched {
  readonly mirror: string;
  readonly remote: Remote;
  /** Of the branch. */
  readonly home: Remote;
}

/** Brings what is known of the repository up to date, and of the fork that the branch is in. */
export async function fetchFor(deps: WorkDeps, work: Work): Promise<Fetched> {
  const remote = await remoteOf(deps, work);
  const home = await branchRemoteOf(deps, work, remote);
  const { mirror } = await fetchMirror(deps.git, remote);
  if (work.from !== undefined) await fetchFork(deps.git, home, work.branch);
  return { mirror, remote, home };
}

/** The worktree, made where it is missing: from its last checkpoint, else from the published branch if there is one, else from the base. */
export async function ensureWorktree(deps: WorkDeps, work: Work): Promise<Worktree> {
  const existing = await findWorktree(deps.git, work.worktree);
  if (existing !== undefined) return existing;
  const { mirror, remote, home } = await fetchFor(deps, work);
  const restored = await restoreWork(deps, work.worktree, mirror);
  if (restored !== undefined) return restored;
  const start = (await remoteBranch(deps.git, home, work.branch)) ?? (await remoteBranch(deps.git, remote, work.base));
  if (start === null) throw new Error(`${work.owner}/${work.repo} has no branch ${work.base}.`);
  return createWorktree(deps.git, { id: work.worktree, mirror, base: start, branch: work.branch });
}

/**
 * The worktree as a session wants to find it (R6): what a killed git of ours has left is put right, and that is on record; what somebody's
 * work has left there is never thrown away, it is the answer.
 * @param session id of the session that is prepared
 * @param owner id of the workflow that prepares it: what is run for it ends with that
 * @param goesOn one before it has left unfinished work, with which it goes on
 * @throws Error while a git of ours is at work there; later it is not
 */
export async function fitForSession(
  deps: WorkDeps,
  work: Work,
  { session, owner, goesOn }: { readonly session: string; readonly owner: string; readonly goesOn: boolean },
): Promise<Exclude<Prepared, string> | null> {
  const worktree = await ensureWorktree(deps, work);
  const job = { scope: owner, id: `set-up-${createHash('sha256').update(session).digest('hex').slice(0, 16)}` };
  const problem = deps.setUp === null ? null : await setUp(deps.setUp, worktree, job, cancellationSignal());
  if (problem !== null) return { refused: problem };
  const state = await checkWorktree(deps.git, worktree, { branch: work.branch, allowChanges: goesOn });
  if (state.kind === 'refused') return { refused: `Its worktree is not fit for a session: ${state.problem}.` };
  const { repaired } = state;
  if (repaired.length > 0)
    await deps.store.events.append({ events: [{ kind: 'worktree.repaired', subject: session, body: { repaired } }] });
  return null;
}

/** The worktree, which must be there, or in a checkpoint: an effect on one that is gone would be done to another. */
export async function requireWorktree(deps: WorkDeps, work: Work): Promise<Worktree> {
  const existing = await findWorktree(deps.git, work.worktree);
  if (existing !== undefined) return existing;
  const { mirror } = await fetchFor(deps, work);
  const restored = await restoreWork(deps, work.worktree, mirror);
  if (restored === undefined) throw new Error(`The worktree of ${work.worktree} is not on this host, and nothing of it was kept.`);
  return restored;
}

/** Where a head left the base branch as the forge has it now: what a change is compared with. */
export async function forkPoint(deps: WorkDeps, work: Work, worktree: Worktree, head: string): Promise<string> {
  const { remote } = await fetchFor(deps, work);
  const base = await remoteBranch(deps.git, remote, work.base);
  if (base === null) throw new Error(`${work.owner}/${work.repo} has no branch ${work.base}.`);
  return gitLine(deps.git, worktree, ['merge-base', base, head], { access: 'read' });
}
