// Publishing work: guarded by the lease, so that a commit of somebody else is never lost.
import type { Cause } from '../../contracts/effect.ts';
import { rowOf } from '../../contracts/identity.ts';
import type { Work } from '../../contracts/work.ts';
import type { Worktree } from '../../git/command.ts';
import { remoteBranch } from '../../git/mirror.ts';
import { pushBranch } from '../../git/push.ts';
import type { Guarded } from '../effects/effect.ts';
import { byWhom } from '../forge/accounts.ts';
import { refusalIn } from '../forge/refusal-in.ts';
import { Refused } from '../forge/refused.ts';
import { branchRemoteOf, remoteOf, type WorkDeps } from './place.ts';

const DEADLINE_MS = 60_000;

export interface PushOf {
  readonly kind: string;
  readonly cause: Cause;
  readonly commit: string;
  /** Where the branch is on the forge, as far as the caller knows; null where it is not there yet. */
  readonly expected: string | null;
  /** The commit leaves the expected one behind. */
  readonly rewrites?: boolean;
}

export async function pushEffect(deps: WorkDeps, work: Work, worktree: Worktree, input: PushOf): Promise<Guarded<{ commit: string }>> {
  const remote = await branchRemoteOf(deps, work, await remoteOf(deps, work));
  const { branch } = work;
  const { kind, cause, commit, expected, rewrites = false } = input;
  return {
    kind,
    cause,
    class: 'guarded',
    deadlineMs: DEADLINE_MS,
    target: { worktree: work.worktree, ...rowOf(work.as, 'requests') },
    probe: async () => ((await remoteBranch(deps.git, remote, branch)) === commit ? { commit } : undefined),
    async act() {
      const outcome = await pushBranch(deps.git, worktree, { remote, branch, commit, expected, rewrites }).catch((error: unknown) => {
        const refusal = refusalIn(error);
        if (work.from === undefined || refusal?.reason !== 'rights') throw error;
        // Our own rights are what they were: its author has taken back what a hand-over had looked at.
        const asked = `${work.from.owner}/${work.from.repo}`;
        throw new Refused(byWhom(deps.accounts.of(work.as, 'requests'), { reason: 'fork', asked, says: refusal.says }));
      });
      if (outcome.kind === 'pushed') return { state: 'done', result: { commit } };
      const because = outcome.kind === 'refused' ? outcome.problem : `somebody moved ${branch} to ${outcome.actual ?? 'nothing'}`;
      return { state: 'refused', because };
    },
  };
}
