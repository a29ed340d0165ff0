// Pages of issues and pull requests: the conversation, what a merge lacks, the checks, the commits and the files.
import { labelOf, diffBaseOf } from '../domain/branches.ts';
import { branchRules } from '../domain/branch-rules.ts';
import { currentTrial } from '../domain/merge-state.ts';
import { unmetRequirements } from '../domain/merge-requirements.ts';
import { changedFiles } from '../git/changed-files.ts';
import { readCommits } from '../git/commit.ts';
import type { Reply } from '../http/reply.ts';
import type { Issue, PullRequest } from '../state/records.ts';
import { checksView } from './check-pages.ts';
import { conversation } from './conversation.ts';
import { diffView } from './diff.ts';
import { markup, type Child, type Html } from './html.ts';
import { nowhere, pageReply, plainReply } from './layout.ts';
import { badge, capped, issueAddress, issueBadge, loginOf, pathOf, shaLink, timeOf, type Place } from './place.ts';

export function issueList(place: Place, kind: 'issues' | 'pulls'): Reply {
  const { state, repository, root } = place;
  const isKind = ({ pullRequestId }: Issue): boolean => (pullRequestId !== null) === (kind === 'pulls');
  const all = state.select('issue', 'repository', repository.id).filter(isKind).reverse();
  const title = kind === 'pulls' ? 'Pull requests' : 'Issues';
  const table = (issues: readonly Issue[]): Html =>
    markup`<table>
      ${capped(issues, (issue) => row(place, issue))}
    </table>`;
  const open = all.filter((issue) => issue.state === 'open');
  return pageReply({
    title: `${title} of ${repository.name}`,
    path: pathOf(place),
    body: markup`<h1>${title}</h1>
      <nav><a href="${root}">Code</a><a href="${root}/issues">Issues</a><a href="${root}/pulls">Pull requests</a></nav>
      <h2>${open.length} open</h2>
      ${table(open)}
      <h2>${all.length - open.length} closed</h2>
      ${table(all.filter((issue) => issue.state === 'closed'))}`,
  });
}

function row({ state, root }: Place, issue: Issue): Html {
  const pull = issue.pullRequestId === null ? undefined : state.get('pullRequest', issue.pullRequestId);
  return markup`<tr>
    <td>#${issue.number}</td>
    <td>${issueBadge(issue, pull)}<a href="${issueAddress(root, issue)}">${issue.title}</a></td>
    <td>${loginOf(state, issue.authorId)}</td>
    <td>${timeOf(issue.updatedAt)}</td>
  </tr>`;
}

const heading = ({ state }: Place, issue: Issue, pull: PullRequest | undefined): Html =>
  markup`<h1>${issue.title} <span class="quiet">#${issue.number}</span></h1>
    <p>
      ${issueBadge(issue, pull)}${issue.labelIds.map(
        (id) => markup`<span class="label">${state.need('label', id).name}</span>`,
      )}${issue.assigneeIds.length === 0 ? null : markup` assigned to ${issue.assigneeIds.map((id) => loginOf(state, id)).join(', ')}`}
    </p>`;

const find = ({ state, repository }: Place, number: string): Issue | undefined =>
  state.first('issue', 'number', `${repository.id}/${number}`);

export function issuePage(place: Place, number: string): Reply {
  const issue = find(place, number);
  if (issue === undefined) return nowhere();
  if (issue.pullRequestId !== null) return { status: 302, headers: { location: issueAddress(place.root, issue) } };
  return pageReply({
    title: `${issue.title} · #${issue.number}`,
    path: [...pathOf(place), { to: `${place.root}/issues`, name: 'issues' }],
    body: [heading(place, issue, undefined), conversation(place, issue, undefined)],
  });
}

export async function pullPage(place: Place, number: string, tab: string): Promise<Reply> {
  const { state, root } = place;
  const issue = find(place, number);
  if (issue === undefined) return nowhere();
  if (issue.pullRequestId === null) return { status: 302, headers: { location: issueAddress(root, issue) } };
  const pull = state.need('pullRequest', issue.pullRequestId);
  const content = await contentOf(place, issue, pull, tab);
  if (content === undefined) return nowhere();
  const self = `${root}/pull/${pull.number}`;
  const tabs = Object.entries(TABS).map(([key, name]) => {
    const to = key === '' ? self : `${self}/${key}`;
    return key === tab ? markup`<a href="${to}" aria-current="page">${name}</a>` : markup`<a href="${to}">${name}</a>`;
  });
  return pageReply({
    title: `${issue.title} · #${pull.number}`,
    path: [...pathOf(place), { to: `${root}/pulls`, name: 'pull requests' }],
    body: markup`${heading(place, issue, pull)}
      <p>${ends(place, issue, pull)}</p>
      <nav>${tabs}<a href="${self}.diff">Plain diff</a></nav>
      ${content}`,
  });
}

const TABS: Readonly<Record<string, string>> = { '': 'Conversation', commits: 'Commits', checks: 'Checks', files: 'Files' };

async function contentOf(place: Place, issue: Issue, pull: PullRequest, tab: string): Promise<Child | undefined> {
  switch (tab) {
    case '':
      return [
        conversation(place, issue, pull),
        issue.state === 'open' ? merging(place, pull) : null,
        markup`<h2>Checks</h2>
          ${checksView(place, pull.headSha)}`,
      ];
    case 'commits':
      return commitsView(place, pull);
    case 'checks':
      return markup`<h2>Checks of ${shaLink(place, pull.headSha)}</h2>
        ${checksView(place, pull.headSha)}`;
    case 'files':
      return diffView(await changedFiles(place.forge.git(place.repository), [rangeOf(place, pull)]));
    default:
      return undefined;
  }
}

const rangeOf = ({ state }: Place, pull: PullRequest): string => `${diffBaseOf(state, pull)}...${pull.headSha}`;

function ends(place: Place, issue: Issue, pull: PullRequest): Html {
  const { state, repository } = place;
  const head = pull.headRepositoryId === null ? undefined : state.get('repository', pull.headRepositoryId);
  const name = head === undefined ? `unknown:${pull.headRef}` : labelOf(state, head, pull.headRef);
  const { commits, changedFiles: files, additions, deletions } = pull.size;
  const merged =
    pull.mergeCommitSha === null
      ? null
      : markup` Merged by ${loginOf(state, pull.mergedBy ?? 0)} as ${shaLink(place, pull.mergeCommitSha)}.`;
  return markup`${loginOf(state, issue.authorId)} wants to merge <code>${name}</code> into
    <code>${labelOf(state, repository, pull.baseRef)}</code>: ${commits} ${commits === 1 ? 'commit' : 'commits'}, ${files}
    ${files === 1 ? 'file' : 'files'}, +${additions} −${deletions}.${merged}`;
}

/** What stands in the way of the merge, as far as it is known now. */
function merging({ state, repository }: Place, pull: PullRequest): Html {
  const trial = currentTrial(state, pull);
  const lacks =
    trial === undefined
      ? ['Whether it can be merged is not known yet.']
      : [
          ...(trial.commitSha === null ? ['It conflicts with its base.'] : []),
          ...(pull.draft ? ['It is a draft.'] : []),
          ...unmetRequirements(state, pull, branchRules(state, repository, pull.baseRef), trial).map(({ because }) => because),
        ];
  const auto =
    pull.autoMerge === null
      ? null
      : markup`<p>${loginOf(state, pull.autoMerge.enabledBy)} has switched on auto-merge (${pull.autoMerge.method}).</p>`;
  const asked =
    pull.requestedReviewerIds.length === 0
      ? null
      : markup`<p>Waits for the review of ${pull.requestedReviewerIds.map((id) => loginOf(state, id)).join(', ')}.</p>`;
  return markup`<h2>Merging</h2>
    ${
      lacks.length === 0
        ? markup`<p>${badge('success', 'can be merged')}</p>`
        : markup`<ul>
            ${lacks.map((because) => markup`<li>${because}</li>`)}
          </ul>`
    }${asked}${auto}`;
}

async function commitsView(place: Place, pull: PullRequest): Promise<Html> {
  const range = ['--reverse', '--topo-order', `${diffBaseOf(place.state, pull)}..${pull.headSha}`];
  const commits = await readCommits(place.forge.git(place.repository), range);
  return markup`<table>
    ${capped(
      commits,
      ({ sha, message, author }) =>
        markup`<tr>
          <td>${shaLink(place, sha)}</td>
          <td>${message.split('\n')[0] ?? ''}</td>
          <td>${author.name}</td>
          <td>${timeOf(Date.parse(author.date))}</td>
        </tr>`,
    )}
  </table>`;
}

/** `pull/7.diff` and `pull/7.patch`, as GitHub has them. */
export async function plainPull(place: Place, number: string, kind: 'diff' | 'patch'): Promise<Reply> {
  const issue = find(place, number);
  if (issue === undefined || issue.pullRequestId === null) return nowhere();
  const pull = place.state.need('pullRequest', issue.pullRequestId);
  const git = place.forge.git(place.repository);
  const base = diffBaseOf(place.state, pull);
  const args =
    kind === 'diff'
      ? ['diff', '--no-color', '--no-ext-diff', '--no-textconv', rangeOf(place, pull), '--']
      : ['format-patch', '--stdout', `${base}..${pull.headSha}`];
  return plainReply(await git.run(args));
}
