// Moves a worktree to another commit, whatever is in it: what a session left there was kept before, or is not wanted. Done again it changes
// nothing, so it may die at any moment. What the repository ignores (installed packages, caches) stays.
import { git, gitLine, type GitHost, type Worktree } from './command.ts';

/** The commit has to be in the worktree's repository or in its mirror. */
export async function moveWorktree(host: GitHost, worktree: Worktree, commit: string): Promise<void> {
  const known = await gitLine(host, worktree, ['rev-parse', '--verify', `${commit}^{commit}`], { access: 'read' });
  await git(host, worktree, ['update-ref', 'HEAD', known], { access: 'write' });
  await git(host, worktree, ['read-tree', '--reset', '-u', '--no-recurse-submodules', known], { access: 'write' });
  // Twice forced: repositories that an agent has made inside of it go as well.
  await git(host, worktree, ['clean', '--quiet', '-ffd'], { access: 'write' });
}
