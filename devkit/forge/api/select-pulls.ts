// Which requests a list shows, and in what order.
import type { Issue, PullRequest, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { labelOf } from '../domain/branches.ts';

interface Wish {
  readonly state?: 'open' | 'closed' | 'all' | undefined;
  readonly head?: string | undefined;
  readonly base?: string | undefined;
  readonly sort?: 'created' | 'updated' | 'popularity' | 'long-running' | undefined;
  readonly direction?: 'asc' | 'desc' | undefined;
}

const MONTH_MS = 30 * 24 * 3_600_000;

export function selectPulls(state: Reader, repository: Repository, wish: Wish): PullRequest[] {
  const wanted = wish.state ?? 'open';
  const rows = state
    .select('pullRequest', 'repository', repository.id)
    .filter((pull) => wish.base === undefined || pull.baseRef === wish.base)
    .filter((pull) => wish.head === undefined || isHead(state, pull, wish.head))
    .map((pull) => ({ pull, issue: state.need('issue', pull.issueId) }))
    .filter(({ issue }) => wanted === 'all' || issue.state === wanted)
    .filter(({ issue }) => wish.sort !== 'long-running' || Date.now() - issue.createdAt > MONTH_MS);
  const rank = rankBy(state, wish.sort ?? 'created');
  const direction = wish.direction ?? (wish.sort === undefined || wish.sort === 'created' ? 'desc' : 'asc');
  const sign = direction === 'asc' ? 1 : -1;
  return rows.sort((a, b) => sign * (rank(a.issue) - rank(b.issue) || a.pull.number - b.pull.number)).map(({ pull }) => pull);
}

/** GitHub ignores a head that does not name its owner. */
function isHead(state: Reader, pull: PullRequest, head: string): boolean {
  if (!head.includes(':')) return true;
  const repository = pull.headRepositoryId === null ? undefined : state.get('repository', pull.headRepositoryId);
  return repository !== undefined && labelOf(state, repository, pull.headRef).toLowerCase() === head.toLowerCase();
}

function rankBy(state: Reader, sort: NonNullable<Wish['sort']>): (issue: Issue) => number {
  switch (sort) {
    case 'updated':
      return (issue) => issue.updatedAt;
    case 'popularity':
      return (issue) => state.select('comment', 'issue', issue.id).length;
    case 'created':
    case 'long-running':
      return (issue) => issue.createdAt;
  }
}
