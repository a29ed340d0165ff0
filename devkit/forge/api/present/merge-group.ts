// A merge group as its webhook shows it.
import type { Commit } from '../../git/commit.ts';
import type { MergeGroup } from '../../state/records.ts';

export function presentMergeGroup(
  baseRef: string,
  group: Pick<MergeGroup, 'ref' | 'sha' | 'baseSha'>,
  headCommit: Commit | undefined,
): Record<string, unknown> {
  return {
    head_sha: group.sha,
    head_ref: group.ref,
    base_sha: group.baseSha,
    base_ref: `refs/heads/${baseRef}`,
    ...(headCommit === undefined
      ? {}
      : {
          head_commit: {
            id: headCommit.sha,
            tree_id: headCommit.tree,
            message: headCommit.message,
            timestamp: headCommit.committer.date,
            author: { name: headCommit.author.name, email: headCommit.author.email },
            committer: { name: headCommit.committer.name, email: headCommit.committer.email },
          },
        }),
  };
}
