// Where a page is about, for whom, and the small parts that pages share: links within the forge, states, times.
import type { Forge } from '../forge.ts';
import type { Issue, PullRequest, Repository, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { markup, type Child, type Html } from './html.ts';

export interface Place {
  readonly forge: Forge;
  readonly state: Reader;
  /** Null for who brings no token: most who follow a link. */
  readonly viewer: User | null;
  readonly owner: User;
  readonly repository: Repository;
  /** Address of the repository's page. */
  readonly root: string;
}

export const rootOf = (state: Reader, repository: Repository): string =>
  `/${encodeURIComponent(state.need('user', repository.ownerId).login)}/${encodeURIComponent(repository.name)}`;

export const pathOf = ({ owner, repository, root }: Place): { to: string; name: string }[] => [
  { to: `/${encodeURIComponent(owner.login)}`, name: owner.login },
  { to: root, name: repository.name },
];

export const loginOf = (state: Reader, id: number): string => state.get('user', id)?.login ?? 'ghost';

export const timeOf = (ms: number): Html => {
  const iso = new Date(ms).toISOString();
  return markup`<time datetime="${iso}" class="quiet">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
};

export const shaLink = ({ root }: Place, sha: string): Html => markup`<a href="${root}/commit/${sha}"><code>${sha.slice(0, 7)}</code></a>`;

/** A state in words, with its colour. */
export const badge = (kind: 'open' | 'closed' | 'merged' | 'draft' | 'success' | 'failure' | 'pending', words: string = kind): Html =>
  markup`<span class="state ${kind}">${words}</span>`;

export function issueBadge(issue: Issue, pull: PullRequest | undefined): Html {
  if (pull !== undefined && pull.mergedAt !== null) return badge('merged');
  return pull?.draft === true && issue.state === 'open' ? badge('draft') : badge(issue.state);
}

export const issueAddress = (root: string, issue: Issue): string =>
  `${root}/${issue.pullRequestId === null ? 'issues' : 'pull'}/${issue.number}`;

/** No page shows more rows than these; what is left out is said. */
export const MOST_ROWS = 300;

export const capped = <Item>(items: readonly Item[], show: (item: Item) => Child): Child => [
  items.slice(0, MOST_ROWS).map(show),
  items.length > MOST_ROWS ? markup`<p class="quiet">${items.length - MOST_ROWS} more are not shown here; the API has them.</p>` : null,
];
