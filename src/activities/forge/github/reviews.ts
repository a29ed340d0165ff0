// The reviews of a request on GitHub: the verdict of each person that stands.
import type { Octokit } from 'octokit';
import type { ForgeReview } from '../../../contracts/gates.ts';
import type { Numbered } from '../provider.ts';

interface Of {
  readonly head: string;
  readonly tree: string;
  readonly treeOf: (commit: string) => Promise<string | null>;
  readonly mayWrite: (login: string) => Promise<boolean>;
}

/** What each person said last. A verdict that was dismissed counts for nothing, nor does what came before it. */
export async function reviewsOf(
  { rest, paginate }: Octokit,
  { owner, repo, number }: Numbered,
  { head, tree, treeOf, mayWrite }: Of,
): Promise<ForgeReview[]> {
  const all = await paginate(rest.pulls.listReviews, { owner, repo, pull_number: number, per_page: 100 });
  const last = new Map<string, { readonly state: string; readonly commit: string; readonly isBot: boolean }>();
  for (const { user, state, commit_id: commit } of all)
    if (user !== null && VERDICTS.has(state)) last.set(user.login, { state, commit: commit ?? '', isBot: user.type === 'Bot' });
  const standing = [...last].filter(([, { state }]) => state !== 'DISMISSED').sort(([a], [b]) => (a < b ? -1 : 1));
  return Promise.all(
    standing.map(async ([by, { state, commit, isBot }]) => ({
      by,
      isBot,
      state: state === 'APPROVED' ? ('approved' as const) : ('changes requested' as const),
      commit,
      sameTree: commit === head || (await treeOf(commit)) === tree,
      mayWrite: await mayWrite(by),
    })),
  );
}

const VERDICTS: ReadonlySet<string> = new Set(['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED']);
