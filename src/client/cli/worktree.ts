// `signalbox worktree`: the worktrees of this host, what is in them that is nowhere else, and how they go and come back. On this host only.
import { createForge } from '../../activities/forge/create.ts';
import { forgeHost } from '../../contracts/work.ts';
import type { GitHost } from '../../git/command.ts';
import { fetchMirror, remoteBranch, type Remote } from '../../git/mirror.ts';
import { listSnapshots, restoreSnapshot, SNAPSHOT_DAYS } from '../../git/retire.ts';
import { createWorktree, findWorktree } from '../../git/worktree.ts';
import { chooseSandbox } from '../../sandbox/probe.ts';
import { BY_HAND, cleanWorktree, heldBy, mayBeRemoved, worktreesHere, type ListedWorktree, type WorktreeDeps } from '../worktrees.ts';
import { configHere, withDoors } from './doors.ts';
import { EXIT } from './exit-codes.ts';
import { age, dim, note, print, printJson, red, table } from './output.ts';
import { Problem } from './problem.ts';
import { thisRepository } from './target.ts';

interface Options {
  readonly json?: true;
}

export const listHere = (options: Options): Promise<void> =>
  withWorktrees(async (deps) => {
    const [worktrees, snapshots] = [await worktreesHere(deps), await listSnapshots(deps.git)];
    if (options.json === true) return printJson({ worktrees, snapshots });
    if (worktrees.length === 0) print('No worktrees on this host.');
    else
      print(
        table(
          ['worktree', 'branch', 'state', 'nowhere else', 'size'],
          worktrees.map(({ id, branch, state, unsaved, problems, kilobytes }) => [
            id,
            branch,
            state,
            inWords({ unsaved, problems }),
            size(kilobytes),
          ]),
        ),
      );
    if (snapshots.length > 0) {
      print(`\nSnapshots, kept for ${SNAPSHOT_DAYS} days:`);
      print(
        table(
          ['worktree', 'branch', 'age', 'not committed'],
          snapshots.map(({ id, branch, at, uncommitted }) => [id, branch, ago(at), `${uncommitted.length} files`]),
        ),
      );
    }
    const removable = worktrees.filter(mayBeRemoved);
    if (removable.length > 0) print(dim(`\nNext: signalbox worktree clean says what of ${removable.length} would go.`));
    else if (snapshots.length > 0) print(dim('\nNext: signalbox worktree restore <worktree>'));
  });

export const statusHere = (options: Options): Promise<void> =>
  withWorktrees(async (deps) => {
    const active = (await worktreesHere(deps)).filter(({ state }) => state === 'active');
    const held = await Promise.all(active.map(async (one) => ({ id: one.id, ...(await heldBy(deps, one)) })));
    if (options.json === true) return printJson(held);
    if (held.length === 0) return print('No worktree is at work.');
    for (const { id, sessions, files } of held) {
      print(`${id}  ${dim(sessions.length === 0 ? 'no session runs' : sessions.join(', '))}`);
      for (const file of files) print(`  ${JSON.stringify(file).slice(1, -1)}`);
    }
  });

/** Without `--yes` it says what would be done. */
export const clean = (ids: readonly string[], options: Options & { readonly yes?: true }): Promise<void> =>
  withWorktrees(async (deps) => {
    const all = await worktreesHere(deps);
    const unknown = ids.filter((id) => all.every((one) => one.id !== id));
    if (unknown.length > 0)
      throw new Problem(`There is no worktree ${unknown.join(', ')} on this host: signalbox worktree list.`, EXIT.unknown);
    // A person's own go only by name.
    const chosen = ids.length === 0 ? all.filter(mayBeRemoved) : all.filter(({ id }) => ids.includes(id));
    const done: { id: string; outcome: string; removed: boolean }[] = [];
    for (const one of chosen) done.push({ id: one.id, ...(options.yes === true ? await remove(deps, one) : wouldBe(one)) });
    if (options.json === true) return printJson({ dryRun: options.yes !== true, worktrees: done });
    if (done.length === 0) return print('Nothing to clean.');
    print(
      table(
        ['worktree', options.yes === true ? 'done' : 'would be'],
        done.map(({ id, outcome }) => [id, outcome]),
      ),
    );
    if (options.yes !== true) print(dim('\nNothing was done. Next: signalbox worktree clean --yes'));
  });

const wouldBe = ({ state, owners, unsaved, problems }: ListedWorktree): { outcome: string; removed: boolean } => {
  if (state === 'active') return { outcome: `kept: ${owners.join(' and ')} runs`, removed: false };
  if (problems.length > 0) return { outcome: `kept: ${problems.join('; ')}`, removed: false };
  return { outcome: unsaved === null ? 'removed' : `removed, with a snapshot of ${unsaved}`, removed: true };
};

async function remove(deps: WorktreeDeps, { id }: ListedWorktree): Promise<{ outcome: string; removed: boolean }> {
  const retired = await cleanWorktree(deps, id, seconds());
  if (retired.kind === 'kept') return { outcome: `kept: ${retired.because}`, removed: false };
  return { outcome: retired.snapshot === null ? 'removed' : 'removed, with a snapshot', removed: true };
}

export async function restore(id: string, options: Options): Promise<void> {
  const { git } = await hostHere();
  if ((await findWorktree(git, id)) !== undefined) throw new Problem(`The worktree ${id} is there; a snapshot would not replace it.`);
  const snapshot = (await listSnapshots(git)).findLast((one) => one.id === id);
  if (snapshot === undefined)
    throw new Problem(`There is no snapshot of ${id}: signalbox worktree list shows those that there are.`, EXIT.unknown);
  const { directory } = await restoreSnapshot(git, snapshot);
  if (options.json === true) return printJson({ id, directory, branch: snapshot.branch, head: snapshot.head });
  print(directory);
  note(
    dim(
      `On ${snapshot.branch} at ${snapshot.head.slice(0, 8)}, with ${snapshot.uncommitted.length} files that are not committed, as it was.`,
    ),
  );
}

/** Made for a person; nothing of Signalbox works in it, and `clean` takes it only by name. */
export async function newWorktree(branch: string, options: Options): Promise<void> {
  const { git, config } = await hostHere();
  const { owner, repo } = await thisRepository(config);
  const { cloneUrl, defaultBranch } = await createForge(config.github)().repository({ owner, repo });
  const { token } = config.github;
  const remote: Remote = { url: cloneUrl, ...(token === undefined ? {} : { token }) };
  const { mirror } = await fetchMirror(git, remote);
  const base = (await remoteBranch(git, remote, branch)) ?? (await remoteBranch(git, remote, defaultBranch));
  if (base === null) throw new Problem(`${owner}/${repo} has no commit on ${defaultBranch} yet.`);
  const id = `${BY_HAND}${owner}/${repo}/${branch}`;
  if ((await findWorktree(git, id)) !== undefined) throw new Problem(`The worktree ${id} is there already: signalbox worktree list.`);
  const { directory } = await createWorktree(git, { id, mirror, base, branch }).catch((error: Error) => {
    if (error.message.includes('check-ref-format')) throw new Problem(`${JSON.stringify(branch)} is no name for a branch.`);
    throw error;
  });
  if (options.json === true) return printJson({ id, directory, branch, base });
  print(directory);
  note(dim(`On ${branch} at ${base.slice(0, 8)}. Gone again: signalbox worktree clean ${id} --yes`));
}

async function hostHere() {
  const config = configHere();
  const chosen = await chooseSandbox({ unsandboxed: config.unsandboxed });
  if (!chosen.ok) throw new Problem(chosen.problem);
  const git: GitHost = { root: `${config.data}/git`, sandbox: chosen.sandbox };
  return { config, git };
}

async function withWorktrees(work: (deps: WorktreeDeps) => Promise<void>): Promise<void> {
  const { config, git } = await hostHere();
  await withDoors(({ store, client }) => work({ store, client, git, forgeHost: forgeHost(config.github.apiUrl) }));
}

const inWords = ({ unsaved, problems }: Pick<ListedWorktree, 'unsaved' | 'problems'>): string =>
  problems.length > 0 ? red(problems.join('; ')) : (unsaved ?? dim('nothing'));
const size = (kilobytes: number): string => (kilobytes < 1_024 ? `${kilobytes} kB` : `${Math.round(kilobytes / 1_024)} MB`);
const seconds = (): number => Math.floor(Date.now() / 1_000);
const ago = (at: number): string => age(new Date(at * 1_000));
