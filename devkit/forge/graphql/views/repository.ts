// A repository, and what it has.
import { nodeId, timestamp } from '../../api/present/common.ts';
import { fullName, repositoryLinks } from '../../api/present/repository.ts';
import { maySee, roleOf } from '../../domain/permissions.ts';
import { branchRules } from '../../domain/branch-rules.ts';
import type { Issue, Repository } from '../../state/records.ts';
import { connection, type PageArguments } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { problem } from '../problems.ts';
import { userById } from './actor.ts';
import { pullStateOf } from './pull-state.ts';

export const repositoryById = (context: Context, id: number): View => repositoryView(context, context.state.need('repository', id));

interface IssuesArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly labels?: readonly string[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
}
interface PullsArguments extends IssuesArguments {
  readonly baseRefName?: string | null;
  readonly headRefName?: string | null;
}

export function repositoryView(context: Context, repository: Repository): View {
  const { forge, state, viewer } = context;
  const numbered = (number: number): Issue | undefined => state.first('issue', 'number', `${repository.id}/${number}`);
  const refNamed = (name: string): View | null => {
    const ref = state.first('ref', 'name', `${repository.id}/${name}`);
    return ref === undefined ? null : context.views.ref(context, repository, ref);
  };
  return {
    __typename: 'Repository',
    id: nodeId('repository', repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: fullName(state, repository),
    owner: () => userById(context, repository.ownerId),
    url: repositoryLinks(forge, state, repository).html,
    description: repository.description,
    isPrivate: repository.private,
    isArchived: repository.archived,
    isFork: repository.parentId !== null,
    parent: () => {
      const parent = repository.parentId === null ? undefined : state.get('repository', repository.parentId);
      return parent === undefined || !maySee(state, parent, viewer) ? null : repositoryView(context, parent);
    },
    createdAt: timestamp(repository.createdAt),
    updatedAt: timestamp(repository.updatedAt),
    pushedAt: timestamp(repository.pushedAt),
    viewerPermission: () => roleOf(state, repository, viewer)?.toUpperCase() ?? 'READ',
    mergeCommitAllowed: repository.allowMergeCommit,
    squashMergeAllowed: repository.allowSquashMerge,
    rebaseMergeAllowed: repository.allowRebaseMerge,
    autoMergeAllowed: repository.allowAutoMerge,
    allowUpdateBranch: repository.allowUpdateBranch,
    deleteBranchOnMerge: repository.deleteBranchOnMerge,
    hasIssuesEnabled: repository.hasIssues,
    defaultBranchRef: () => refNamed(`refs/heads/${repository.defaultBranch}`),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      refNamed(qualifiedName) ?? refNamed(`refs/heads/${qualifiedName}`) ?? refNamed(`refs/tags/${qualifiedName}`),
    label: ({ name }: { name: string }) => {
      const label = state.select('label', 'repository', repository.id).find((one) => one.name.toLowerCase() === name.toLowerCase());
      return label === undefined ? null : context.views.label(context, label);
    },
    labels: (args: PageArguments) =>
      connection(state.select('label', 'repository', repository.id), args, (label) => context.views.label(context, label)),
    issue: ({ number }: { number: number }) => {
      const issue = numbered(number);
      if (issue === undefined || issue.pullRequestId !== null)
        throw problem('NOT_FOUND', `Could not resolve to an Issue with the number of ${number}.`);
      return context.views.issue(context, issue);
    },
    issueOrPullRequest: ({ number }: { number: number }) => {
      const issue = numbered(number);
      if (issue === undefined) throw problem('NOT_FOUND', `Could not resolve to an issue or pull request with the number of ${number}.`);
      return context.views.issue(context, issue);
    },
    issues: (args: IssuesArguments) => {
      const issues = state.select('issue', 'repository', repository.id).filter(({ pullRequestId }) => pullRequestId === null);
      return connection(
        chosen(context, issues, args, ({ state: is }) => is.toUpperCase()),
        args,
        (issue) => context.views.issue(context, issue),
      );
    },
    pullRequest: ({ number }: { number: number }) => {
      const pull = state.first('pullRequest', 'number', `${repository.id}/${number}`);
      if (pull === undefined) throw problem('NOT_FOUND', `Could not resolve to a PullRequest with the number of ${number}.`);
      return context.views.pullRequest(context, pull);
    },
    pullRequests: (args: PullsArguments) => {
      const pulls = state
        .select('pullRequest', 'repository', repository.id)
        .filter((pull) => typeof args.baseRefName !== 'string' || pull.baseRef === args.baseRefName)
        .filter((pull) => typeof args.headRefName !== 'string' || pull.headRef === args.headRefName);
      const byIssue = new Map(pulls.map((pull) => [pull.issueId, pull]));
      const issues = chosen(
        context,
        pulls.map(({ issueId }) => state.need('issue', issueId)),
        args,
        (issue) => pullStateOf(issue, byIssue.get(issue.id)),
      );
      return connection(
        issues.flatMap(({ id }) => byIssue.get(id) ?? []),
        args,
        (pull) => context.views.pullRequest(context, pull),
      );
    },
    mergeQueue: ({ branch }: { branch?: string | null }) => {
      const name = branch ?? repository.defaultBranch;
      return branchRules(state, repository, name).queue === null ? null : context.views.mergeQueue(context, repository, name);
    },
  };
}

function chosen({ state }: Context, issues: readonly Issue[], args: IssuesArguments, stateOf: (issue: Issue) => string): Issue[] {
  const { states, labels, orderBy } = args;
  const names = labels?.map((name) => name.toLowerCase());
  const isLabelled = ({ labelIds }: Issue): boolean =>
    names === undefined || labelIds.some((id) => names.includes(state.need('label', id).name.toLowerCase()));
  const found = issues.filter((issue) => (states?.includes(stateOf(issue)) ?? true) && isLabelled(issue));
  const rank = (issue: Issue): number =>
    orderBy?.field === 'UPDATED_AT'
      ? issue.updatedAt
      : orderBy?.field === 'COMMENTS'
        ? state.select('comment', 'issue', issue.id).length
        : issue.createdAt;
  const sign = orderBy?.direction === 'DESC' ? -1 : 1;
  return found.sort((a, b) => sign * (rank(a) - rank(b) || a.number - b.number));
}
