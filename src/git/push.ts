// Publishing a worktree's branch: out of the worktree as a bundle, made in the sandbox; to the forge from the mirror, by the one git that
// has a token.
import { isWithin } from './base.ts';
import { bundleOf } from './checkpoint.ts';
import { BASE, gitLine, scratch, type GitHost, type Worktree } from './command.ts';
import { headOf } from './commit.ts';
import { pushBundle, type PushOutcome, type Remote } from './mirror.ts';

export interface PushInput {
  readonly remote: Remote;
  readonly branch: string;
  /** What to publish; the branch of the worktree must be there. */
  readonly commit: string;
  /** Where the branch is on the remote, as far as the caller knows; null where it is not there yet. */
  readonly expected: string | null;
  /** The commit may leave what is expected behind: a rebase. Otherwise it must have it in its history. */
  readonly rewrites?: boolean;
}

export async function pushBranch(host: GitHost, worktree: Worktree, input: PushInput): Promise<PushOutcome> {
  const head = await headOf(host, worktree);
  if (head !== input.commit) return { kind: 'refused', problem: `the worktree is at ${head}, not at ${input.commit}` };
  const base = await gitLine(host, worktree, ['rev-parse', BASE], { access: 'read' });
  if (input.commit === base) return { kind: 'refused', problem: 'the branch has no commit of its own' };
  const { expected, commit } = input;
  if (expected !== null && input.rewrites !== true && !(await isWithin(host, worktree, expected, commit)))
    return { kind: 'refused', problem: `${commit} does not go on from ${expected}` };
  await using own = await scratch(worktree);
  const bundle = await bundleOf(host, worktree, `refs/heads/${input.branch}`, own.path);
  return await pushBundle(host, input.remote, { ...input, bundle });
}
