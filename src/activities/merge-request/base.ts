// Taking the base into the branch of a request: by git where that is mechanical, and what a session is told where it is not.
import type { Cause } from '../../contracts/effect.ts';
import type { BaseTaken, MergeRequestHostEffect } from '../../contracts/merge-request-actions.ts';
import { rowOf } from '../../contracts/identity.ts';
import type { Work } from '../../contracts/work.ts';
import { conflictsOf, takeBase } from '../../git/base.ts';
import { gitLine, signingBy, tryGit, type Worktree } from '../../git/command.ts';
import { moveWorktree } from '../../git/move.ts';
import type { Convergent } from '../effects/effect.ts';
import { neutralLine } from '../publish/neutralise.ts';
import { keepWork } from '../work/checkpoints.ts';
import { patch } from '../work/diff.ts';
import { ensureWorktree, fetchFor, type WorkDeps } from '../work/place.ts';

type TakeBase = Extract<MergeRequestHostEffect, { kind: 'takeBase' }>;

const DEADLINE_MS = 120_000;

/** Leaves the worktree at the commit that it makes; the same commits give the same one. */
export async function takeBaseEffect(deps: WorkDeps, work: Work, action: TakeBase, cause: Cause): Promise<Convergent<BaseTaken>> {
  const { authorship, sign } = deps.accounts.committer(work.as);
  const git = signingBy(deps.git, sign);
  const { head, base, why, how, branch } = action;
  const worktree = await ensureWorktree(deps, work);
  const done = (more: Partial<BaseTaken> & Pick<BaseTaken, 'because'>) =>
    ({ state: 'done', result: { parent: head, commit: null, rewrites: false, conflicts: [], ...more } }) as const;
  return {
    kind: 'request.takeBase',
    class: 'convergent',
    cause,
    deadlineMs: DEADLINE_MS,
    target: { worktree: work.worktree, head, base, ...rowOf(work.as, 'commits') },
    async act() {
      await fetchFor(deps, work);
      for (const commit of [head, base])
        if (!(await isKnown(deps, worktree, commit))) return { state: 'refused', because: `${commit} is not in the repository any more.` };
      if (why === 'conflict' && (await conflictsOf(git, worktree, head, base)).length === 0)
        return done({ because: `it merges ${base} without a conflict.` });
      const message = `Merge ${neutralLine(branch)} into ${neutralLine(work.branch)}\n`;
      const taken = await takeBase(git, worktree, { head, base, how, author: authorship.author, message });
      switch (taken.kind) {
        case 'contained':
          return done({ because: `${base} is in it.` });
        case 'empty':
          return { state: 'refused', because: `All that it brings is in ${branch} already.` };
        case 'conflict':
          return done({ conflicts: taken.files, because: `git could not decide in ${taken.files.join(', ')}.` });
        case 'taken':
          await moveWorktree(git, worktree, taken.commit);
          await keepWork(deps, worktree, action.key);
          return done({
            commit: taken.commit,
            rewrites: taken.how === 'rebase',
            because: taken.how === 'rebase' ? `It was put on top of ${base}.` : `${base} was merged into it.`,
          });
      }
    },
  };
}

const isKnown = async ({ git }: WorkDeps, worktree: Worktree, commit: string): Promise<boolean> =>
  (await tryGit(git, worktree, ['cat-file', '-e', `${commit}^{commit}`], { access: 'read' })).status === 0;

/** The files, and what the base has changed since the branch left it. */
export async function conflictsAsText(
  { git }: WorkDeps,
  worktree: Worktree,
  { head, base, files }: { readonly head: string; readonly base: string; readonly files: readonly string[] },
): Promise<string> {
  const from = await gitLine(git, worktree, ['merge-base', base, head], { access: 'read' });
  const changed = await patch(git, worktree, from, base, files);
  return [`Files with conflicts:`, ...files.map((file) => `- ${file}`), '', `What the base has changed in them:`, changed].join('\n');
}
