// Lists of issues, pull requests among them: of a repository, and of all repositories that concern the caller.
import { maySee } from '../domain/permissions.ts';
import { listing, userCall, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { invalid } from '../http/reply.ts';
import type { Issue, Label, Repository, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { mentionsPerson } from '../domain/references.ts';
import { findMilestone } from './issue-wishes.ts';
import { refuseDisabled } from './issues.ts';
import { presentIssue } from './present/issue.ts';

export const issueListOperations: Operation[] = [
  listing('issues/list-for-repo', (call) => {
    const { forge, state, repository, query } = call;
    refuseDisabled(repository);
    const filters = [
      byState(query.state),
      byLabels(state, query.labels),
      bySince(query.since),
      byMilestone(state, repository, query.milestone),
      byAssignee(state, query.assignee),
      byPerson(state, query.creator, (issue, user) => issue.authorId === user.id),
      byPerson(state, query.mentioned, (issue, user) => mentionsPerson(state, issue, user)),
    ];
    const issues = state.select('issue', 'repository', repository.id).filter((issue) => filters.every((holds) => holds(issue)));
    return listOf(call, sorted(state, issues, query.sort, query.direction), (issue) => presentIssue(forge, state, issue));
  }),
  userCall(
    'issues/list',
    (call) => {
      const { forge, state, actor, query } = call;
      const concerns = CONCERNS[query.filter ?? 'assigned'];
      const filters = [
        byState(query.state),
        byLabels(state, query.labels),
        bySince(query.since),
        (issue: Issue) => concerns(state, issue, actor),
      ];
      const issues = state
        .all('repository')
        .filter((repository) => repository.hasIssues && maySee(state, repository, actor))
        .flatMap((repository) => state.select('issue', 'repository', repository.id))
        .filter((issue) => filters.every((holds) => holds(issue)));
      return listOf(call, sorted(state, issues, query.sort, query.direction), (issue) =>
        presentIssue(forge, state, issue, { withRepository: true }),
      );
    },
    { lags: true },
  ),
];

type Filter = (issue: Issue) => boolean;
const everything: Filter = () => true;
const nothing: Filter = () => false;

const byState = (wanted: 'open' | 'closed' | 'all' = 'open'): Filter => (wanted === 'all' ? everything : ({ state }) => state === wanted);

/** All of the labels that the text lists, whatever their case. */
function byLabels(state: Reader, text: string | undefined): Filter {
  const names = (text ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (names.length === 0) return everything;
  const nameOf = (id: number): string => (state.get('label', id) as Label).name.toLowerCase();
  return ({ labelIds }) => {
    const own = labelIds.map(nameOf);
    return names.every((name) => own.includes(name));
  };
}

function bySince(since: string | undefined): Filter {
  const from = since === undefined ? 0 : Date.parse(since);
  return ({ updatedAt }) => updatedAt >= from;
}

function byMilestone(state: Reader, repository: Repository, wish: string | undefined): Filter {
  if (wish === undefined) return everything;
  if (wish === '*') return ({ milestoneId }) => milestoneId !== null;
  if (wish === 'none') return ({ milestoneId }) => milestoneId === null;
  const milestone = findMilestone(state, repository, Number(wish));
  if (milestone === undefined) throw invalid({ resource: 'Issue', field: 'milestone', code: 'invalid', value: wish });
  return ({ milestoneId }) => milestoneId === milestone.id;
}

function byAssignee(state: Reader, wish: string | undefined): Filter {
  if (wish === '*') return ({ assigneeIds }) => assigneeIds.length > 0;
  if (wish === 'none') return ({ assigneeIds }) => assigneeIds.length === 0;
  return byPerson(state, wish, ({ assigneeIds }, user) => assigneeIds.includes(user.id));
}

function byPerson(state: Reader, login: string | undefined, holds: (issue: Issue, user: User) => boolean): Filter {
  if (login === undefined) return everything;
  const user = state.first('user', 'login', login.toLowerCase());
  return user === undefined ? nothing : (issue) => holds(issue, user);
}

type Concern = 'assigned' | 'created' | 'mentioned' | 'subscribed' | 'repos' | 'all';
const CONCERNS: Record<Concern, (state: Reader, issue: Issue, user: User) => boolean> = {
  assigned: (_state, issue, user) => issue.assigneeIds.includes(user.id),
  created: (_state, issue, user) => issue.authorId === user.id,
  mentioned: mentionsPerson,
  subscribed: takesPart,
  repos: () => true,
  all: () => true,
};

function takesPart(state: Reader, issue: Issue, user: User): boolean {
  return (
    issue.authorId === user.id ||
    issue.assigneeIds.includes(user.id) ||
    state.select('comment', 'issue', issue.id).some(({ authorId }) => authorId === user.id) ||
    mentionsPerson(state, issue, user)
  );
}

function sorted(
  state: Reader,
  issues: readonly Issue[],
  by: 'created' | 'updated' | 'comments' = 'created',
  direction: 'asc' | 'desc' = 'desc',
): Issue[] {
  const keys = new Map(issues.map((issue) => [issue.id, keyOf(state, issue, by)]));
  const sign = direction === 'asc' ? 1 : -1;
  return issues.toSorted((a, b) => sign * ((keys.get(a.id) ?? 0) - (keys.get(b.id) ?? 0) || a.id - b.id));
}

export function keyOf(state: Reader, issue: Issue, by: 'created' | 'updated' | 'comments'): number {
  if (by === 'comments') return state.select('comment', 'issue', issue.id).length;
  return by === 'created' ? issue.createdAt : issue.updatedAt;
}
