// Open, closed or merged, in one word.
import type { Issue, PullRequest } from '../../state/records.ts';

export function pullStateOf(issue: Issue, pull: PullRequest | undefined): 'MERGED' | 'OPEN' | 'CLOSED' {
  if (typeof pull?.mergedAt === 'number') return 'MERGED';
  return issue.state === 'open' ? 'OPEN' : 'CLOSED';
}
