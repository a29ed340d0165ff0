// A merge group as its webhook shows it.
import type { MergeGroup } from '../../state/records.ts';

export function presentMergeGroup(
  baseRef: string,
  { ref, sha, baseSha, headCommit }: Omit<MergeGroup, 'builtAt'>,
): Record<string, unknown> {
  return {
    head_sha: sha,
    head_ref: ref,
    base_sha: baseSha,
    base_ref: `refs/heads/${baseRef}`,
    head_commit: {
      id: headCommit.sha,
      tree_id: headCommit.tree,
      message: headCommit.message,
      timestamp: headCommit.committer.date,
      author: { name: headCommit.author.name, email: headCommit.author.email },
      committer: { name: headCommit.committer.name, email: headCommit.committer.email },
    },
  };
}
