// The state of a worktree before a session starts in it (R6). What a killed git of ours has left is put right; what is left of a
// person's or an agent's work is never thrown away, it is said.
import { readdir, readFile, rm, access } from 'node:fs/promises';
import { join } from 'node:path';
import { changesOf } from './changes.ts';
import { git, SCRATCH, tryGit, type GitHost, type Worktree } from './command.ts';
import { headOf } from './commit.ts';

export type WorktreeState =
  | { readonly kind: 'ready'; readonly head: string; /** What was put right. */ readonly repaired: readonly string[] }
  | { readonly kind: 'refused'; readonly problem: string };

/** What git leaves while one of its operations is unfinished, and how that is given up. */
const UNFINISHED: readonly (readonly [file: string, abort: readonly string[]])[] = [
  ['rebase-merge', ['rebase', '--abort']],
  ['rebase-apply', ['rebase', '--abort']],
  ['CHERRY_PICK_HEAD', ['cherry-pick', '--abort']],
  ['REVERT_HEAD', ['revert', '--abort']],
  ['MERGE_HEAD', ['merge', '--abort']],
];

/** @throws Error while a git of ours is at work in it */
export async function checkWorktree(
  host: GitHost,
  worktree: Worktree,
  expected: { readonly branch: string; /** A session that goes on with unfinished work. */ readonly allowChanges?: boolean },
): Promise<WorktreeState> {
  const repaired: string[] = [];
  const entries = await readdir(worktree.gitDirectory, { recursive: true });
  const locks = entries.filter((name) => name.endsWith('.lock') && !name.startsWith('objects/') && !name.startsWith(SCRATCH));
  const inUse = await isInUse(worktree);
  if (locks.length > 0 && inUse) throw new Error(`git is at work in this worktree (${locks.join(', ')})`);
  for (const lock of locks) {
    await rm(join(worktree.gitDirectory, lock));
    repaired.push(`removed ${lock}, whose owner is dead`);
  }
  const left = inUse ? [] : entries.filter((name) => name.startsWith(SCRATCH) && !name.includes('/'));
  for (const name of left) await rm(join(worktree.gitDirectory, name), { recursive: true, force: true });
  for (const [file, abort] of UNFINISHED) {
    if (!(await exists(join(worktree.gitDirectory, file)))) continue;
    await git(host, worktree, abort, { access: 'write' });
    repaired.push(`gave up an unfinished ${abort[0] ?? ''}`);
  }
  const branch = await tryGit(host, worktree, ['symbolic-ref', '--short', 'HEAD'], { access: 'read' });
  const actual = branch.status === 0 ? branch.stdout.toString().trimEnd() : 'no branch';
  if (actual !== expected.branch) return { kind: 'refused', problem: `the worktree is on ${actual}, expected was ${expected.branch}` };
  // A commit that was cut short has moved the branch and not the index. Nobody else stages anything.
  await git(host, worktree, ['read-tree', '--reset', '--no-recurse-submodules', 'HEAD'], { access: 'write' });
  const { files, problems } = await changesOf(host, worktree);
  if (problems.length > 0 && expected.allowChanges !== true) return { kind: 'refused', problem: problems.join('; ') };
  if (files.length > 0 && expected.allowChanges !== true)
    return { kind: 'refused', problem: `${files.length} files have changes that are not committed: ${files.slice(0, 10).join(', ')}` };
  return { kind: 'ready', head: await headOf(host, worktree), repaired };
}

/** Is there a git of ours on this git directory? Each of them names it in its arguments. */
async function isInUse(worktree: Worktree): Promise<boolean> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const args = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''); // it has ended
    if (args.split('\0').includes(`--git-dir=${worktree.gitDirectory}`)) return true;
  }
  return false;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
