// What the qualifiers of a search for issues and pull requests mean. One that is not here is refused by name: a search that silently
// ignores a condition finds too much, and its reader acts on it.
import type { Issue, PullRequest, Repository, Review, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { closedBy, mentionsPerson } from './references.ts';
import { dateRange, numberRange, type InRange, type Qualifier } from './search-query.ts';

export type Condition = (issue: Issue) => boolean;
/** Why a qualifier means nothing. */
export interface Meaningless {
  readonly problem: string;
}

/** @param me who `@me` is */
export function conditionOf(state: Reader, me: User | null, { name, value, negated }: Qualifier): Condition | Meaningless {
  const meaning = Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : undefined;
  if (meaning === undefined)
    return { problem: `"${name}:" is not a qualifier that the forge knows. It knows ${Object.keys(MEANINGS).sort().join(', ')}.` };
  const condition = meaning(state, value === '@me' ? (me?.login ?? '') : value);
  if (condition === undefined) return { problem: `"${value}" is no value for the qualifier "${name}:".` };
  return negated ? (issue) => !condition(issue) : condition;
}

type Meaning = (state: Reader, value: string) => Condition | undefined;

const pullOf = (state: Reader, issue: Issue): PullRequest | undefined =>
  issue.pullRequestId === null ? undefined : state.need('pullRequest', issue.pullRequestId);

const isPull: Condition = ({ pullRequestId }) => pullRequestId !== null;
const isMerged =
  (state: Reader): Condition =>
  (issue) =>
    (pullOf(state, issue)?.mergedAt ?? null) !== null;

const KINDS: Readonly<Record<string, (state: Reader) => Condition>> = {
  issue: () => (issue) => !isPull(issue),
  pr: () => isPull,
  'pull-request': () => isPull,
  open: () => (issue) => issue.state === 'open',
  closed: () => (issue) => issue.state === 'closed',
  merged: isMerged,
  unmerged: (state) => (issue) => isPull(issue) && !isMerged(state)(issue),
  draft: (state) => (issue) => pullOf(state, issue)?.draft === true,
  locked: () => (issue) => issue.locked,
  unlocked: () => (issue) => !issue.locked,
  public: (state) => (issue) => !state.need('repository', issue.repositoryId).private,
  private: (state) => (issue) => state.need('repository', issue.repositoryId).private,
};

const LACKING: Readonly<Record<string, Condition>> = {
  label: ({ labelIds }) => labelIds.length === 0,
  milestone: ({ milestoneId }) => milestoneId === null,
  assignee: ({ assigneeIds }) => assigneeIds.length === 0,
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  repo: (state, value) => {
    const [login, name] = value.toLowerCase().split('/');
    return ofRepository(state, (repository, owner) => owner.login.toLowerCase() === login && repository.name.toLowerCase() === name);
  },
  user: (state, value) => ofRepository(state, (_repository, owner) => owner.login.toLowerCase() === value.toLowerCase()),
  org: (state, value) => ofRepository(state, (_repository, owner) => owner.login.toLowerCase() === value.toLowerCase()),
  is: (state, value) => (Object.hasOwn(KINDS, value) ? KINDS[value]?.(state) : undefined),
  type: (state, value) => (value === 'issue' || value === 'pr' ? KINDS[value]?.(state) : undefined),
  state: (state, value) => (value === 'open' || value === 'closed' ? KINDS[value]?.(state) : undefined),
  draft: (state, value) =>
    value === 'true' || value === 'false' ? (issue) => isPull(issue) && String(pullOf(state, issue)?.draft) === value : undefined,
  no: (_state, value) => (Object.hasOwn(LACKING, value) ? LACKING[value] : undefined),
  author: (state, value) => ofPerson(state, value, (issue, user) => issue.authorId === user.id),
  assignee: (state, value) =>
    value === '*'
      ? ({ assigneeIds }) => assigneeIds.length > 0
      : ofPerson(state, value, (issue, user) => issue.assigneeIds.includes(user.id)),
  mentions: (state, value) => ofPerson(state, value, (issue, user) => mentionsPerson(state, issue, user)),
  commenter: (state, value) => ofPerson(state, value, (issue, user) => hasCommented(state, issue, user)),
  involves: (state, value) =>
    ofPerson(
      state,
      value,
      (issue, user) =>
        issue.authorId === user.id ||
        issue.assigneeIds.includes(user.id) ||
        hasCommented(state, issue, user) ||
        mentionsPerson(state, issue, user),
    ),
  // A comma is an or, as on GitHub.
  label: (state, value) => {
    const wanted = value.toLowerCase().split(',');
    return ({ labelIds }) => labelIds.some((id) => wanted.includes(state.need('label', id).name.toLowerCase()));
  },
  milestone: (state, value) =>
    value === '*'
      ? ({ milestoneId }) => milestoneId !== null
      : ({ milestoneId }) => milestoneId !== null && state.need('milestone', milestoneId).title.toLowerCase() === value.toLowerCase(),
  reason: (_state, value) => {
    const reason = value.replaceAll(' ', '_');
    return ['completed', 'not_planned', 'duplicate', 'reopened'].includes(reason) ? ({ stateReason }) => stateReason === reason : undefined;
  },
  created: (_state, value) => inRange(dateRange(value), ({ createdAt }) => createdAt),
  updated: (_state, value) => inRange(dateRange(value), ({ updatedAt }) => updatedAt),
  closed: (_state, value) => inRange(dateRange(value), ({ closedAt }) => closedAt),
  merged: (state, value) => inRange(dateRange(value), (issue) => pullOf(state, issue)?.mergedAt ?? null),
  comments: (state, value) => inRange(numberRange(value), ({ id }) => state.select('comment', 'issue', id).length),
  head: (state, value) => (issue) => pullOf(state, issue)?.headRef === value,
  base: (state, value) => (issue) => pullOf(state, issue)?.baseRef === value,
  review: (state, value) =>
    ['none', 'required', 'approved', 'changes_requested'].includes(value) ? (issue) => reviewIs(state, issue, value) : undefined,
  'reviewed-by': (state, value) =>
    ofPerson(state, value, (issue, user) => reviewsOf(state, issue).some(({ authorId }) => authorId === user.id)),
  'review-requested': (state, value) =>
    ofPerson(state, value, (issue, user) => pullOf(state, issue)?.requestedReviewerIds.includes(user.id) === true),
  linked: (state, value) => {
    if (value === 'issue') return (issue) => isPull(issue) && closes(state, issue).length > 0;
    if (value !== 'pr') return undefined;
    const linked = new Set(
      state.all('pullRequest').flatMap((pull) => closes(state, state.need('issue', pull.issueId)).map(({ id }) => id)),
    );
    return (issue) => linked.has(issue.id);
  },
};

function ofRepository(state: Reader, holds: (repository: Repository, owner: User) => boolean): Condition {
  return ({ repositoryId }) => {
    const repository = state.need('repository', repositoryId);
    return holds(repository, state.need('user', repository.ownerId));
  };
}

function ofPerson(state: Reader, login: string, holds: (issue: Issue, user: User) => boolean): Condition | undefined {
  const user = state.first('user', 'login', login.toLowerCase());
  return user === undefined ? undefined : (issue) => holds(issue, user);
}

const inRange = (range: InRange | undefined, measure: (issue: Issue) => number | null): Condition | undefined =>
  range === undefined
    ? undefined
    : (issue) => {
        const measured = measure(issue);
        return measured !== null && range(measured);
      };

const hasCommented = (state: Reader, issue: Issue, user: User): boolean =>
  state.select('comment', 'issue', issue.id).some(({ authorId }) => authorId === user.id);

const closes = (state: Reader, issue: Issue): Issue[] => closedBy(state, state.need('repository', issue.repositoryId), issue.body ?? '');

const reviewsOf = (state: Reader, issue: Issue): Review[] =>
  issue.pullRequestId === null
    ? []
    : state.select('review', 'pullRequest', issue.pullRequestId).filter((review) => review.state !== 'PENDING');

/** By the last word of each reviewer. */
function reviewIs(state: Reader, issue: Issue, wanted: string): boolean {
  if (!isPull(issue)) return false;
  const reviews = reviewsOf(state, issue);
  if (wanted === 'none') return reviews.length === 0;
  const decisive = reviews.filter((review) => review.state === 'APPROVED' || review.state === 'CHANGES_REQUESTED');
  const last = new Set(new Map(decisive.map((review) => [review.authorId, review.state])).values());
  const decision = last.has('CHANGES_REQUESTED') ? 'changes_requested' : last.has('APPROVED') ? 'approved' : 'required';
  return decision === wanted;
}
