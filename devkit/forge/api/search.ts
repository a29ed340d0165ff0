// Search for issues and pull requests, and for repositories. Search for code: search-code.ts. What is found may be a moment old.
import { fullName, presentRepository } from './present/repository.ts';
import { findRepository, maySee } from '../domain/permissions.ts';
import { conditionOf, type Condition } from '../domain/search-issues.ts';
import { dateRange, parseQuery, wordsOf, type Qualifier, type SearchQuery } from '../domain/search-query.ts';
import { openCall, type Call, type Operation } from '../http/operation.ts';
import { page, pageOf, type PagedCall } from '../http/pagination.ts';
import { invalid, unprocessable, type Refusal, type Reply } from '../http/reply.ts';
import type { Issue, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { presentIssue } from './present/issue.ts';

/** GitHub shows no more of what it finds. */
const MOST_SHOWN = 1_000;
const LONGEST_QUERY = 256;

export const searchOperations: Operation[] = [
  openCall(
    'search/issues-and-pull-requests',
    (call) => {
      const { forge, state, actor, query } = call;
      const parsed = checkedQuery(query.q);
      const { order, rest } = sortIn(parsed, query.sort, query.order);
      const places = rest.filter(({ name }) => name === 'in').flatMap(({ value }) => value.split(','));
      for (const place of places)
        if (!['title', 'body', 'comments'].includes(place)) throw meaningless(`"${place}" is no value for "in:".`);
      const conditions: Condition[] = [];
      for (const qualifier of rest.filter(({ name }) => name !== 'in')) {
        if (qualifier.name === 'repo' && !qualifier.negated) needVisible(call, qualifier.value);
        const condition = conditionOf(state, actor, qualifier);
        if ('problem' in condition) throw meaningless(condition.problem);
        conditions.push(condition);
      }
      const holdsText = textCondition(state, parsed, places.length === 0 ? ['title', 'body', 'comments'] : places);
      const found = visible(call)
        .flatMap((repository) => state.select('issue', 'repository', repository.id))
        .filter((issue) => conditions.every((holds) => holds(issue)) && holdsText(issue));
      return results(call, order(state, found), { search_type: 'lexical' }, (issue) => ({
        ...presentIssue(forge, state, issue),
        score: 1,
      }));
    },
    { lags: true },
  ),
  openCall(
    'search/repos',
    (call) => {
      const { forge, state, query } = call;
      const parsed = checkedQuery(query.q);
      const conditions = parsed.qualifiers.filter(({ name }) => name !== 'in').map((qualifier) => repositoryCondition(state, qualifier));
      const places = parsed.qualifiers.filter(({ name }) => name === 'in').flatMap(({ value }) => value.split(','));
      const inDescription = places.length === 0 || places.includes('description');
      const holdsText = (repository: Repository): boolean => {
        const text = wordsOf(`${fullName(state, repository)} ${inDescription ? (repository.description ?? '') : ''}`);
        return parsed.texts.every(({ text: wanted, negated }) => text.includes(wordsOf(wanted).trim()) !== negated);
      };
      const found = visible(call).filter((repository) => conditions.every((holds) => holds(repository)) && holdsText(repository));
      const sign = query.order === 'asc' ? 1 : -1;
      const sorted = found.toSorted((a, b) => sign * ((query.sort === 'updated' ? a.updatedAt - b.updatedAt : 0) || a.id - b.id));
      return results(call, sorted, {}, (repository) => ({ ...presentRepository(forge, state, repository), score: 1 }));
    },
    { lags: true },
  ),
];

export function checkedQuery(text: string): SearchQuery {
  if (text.trim() === '') throw invalid({ resource: 'Search', field: 'q', code: 'missing' });
  if (text.length > LONGEST_QUERY)
    throw invalid({ resource: 'Search', field: 'q', code: 'invalid', message: `The search is longer than ${LONGEST_QUERY} characters.` });
  const query = parseQuery(text);
  if (query.texts.some((word) => /^(OR|AND)$|^\(/.test(word.text)))
    throw meaningless('The forge has no AND, OR and parentheses in searches: all conditions must hold; label:one,two is either.');
  return query;
}

export const meaningless = (message: string): Refusal => invalid({ resource: 'Search', field: 'q', code: 'invalid', message });

export const visible = ({ state, actor }: Pick<Call, 'state' | 'actor'>): Repository[] =>
  state.all('repository').filter((repository) => maySee(state, repository, actor));

/** A repository that a query names; one that is not there, or not for the caller, is refused alike. */
export function needVisible({ state, actor }: Pick<Call, 'state' | 'actor'>, name: string): Repository {
  const [owner = '', repo = ''] = name.split('/');
  const repository = findRepository(state, owner, repo);
  if (repository === undefined || !maySee(state, repository, actor))
    throw meaningless(
      'The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them.',
    );
  return repository;
}

export function results<Item>(
  call: PagedCall,
  found: readonly Item[],
  more: Readonly<Record<string, unknown>>,
  present: (item: Item) => unknown,
): Reply {
  const { page: number, perPage } = pageOf(call);
  if ((number - 1) * perPage >= MOST_SHOWN) throw unprocessable('Only the first 1000 search results are available');
  return page(call, found.slice(0, MOST_SHOWN), (shown) => ({
    total_count: found.length,
    incomplete_results: false,
    // Octokit takes the first other key for the list.
    items: shown.map(present),
    ...more,
  }));
}

function textCondition(state: Reader, { texts }: SearchQuery, places: readonly string[]): Condition {
  if (texts.length === 0) return () => true;
  return (issue) => {
    const words = wordsOf(
      [
        ...(places.includes('title') ? [issue.title] : []),
        ...(places.includes('body') ? [issue.body ?? ''] : []),
        ...(places.includes('comments') ? state.select('comment', 'issue', issue.id).map(({ body }) => body) : []),
      ].join('\n'),
    );
    return texts.every(({ text, negated }) => words.includes(wordsOf(text)) !== negated);
  };
}

type Order = (state: Reader, issues: readonly Issue[]) => Issue[];

const MEASURES: Readonly<Record<string, (state: Reader, issue: Issue) => number>> = {
  created: (_state, issue) => issue.createdAt,
  updated: (_state, issue) => issue.updatedAt,
  comments: (state, issue) => state.select('comment', 'issue', issue.id).length,
  reactions: (state, issue) => state.select('reaction', 'subject', `issue/${issue.id}`).length,
};

/** By a qualifier such as `sort:updated-asc`, else by parameter; the newest first if by neither. */
function sortIn(
  query: SearchQuery,
  parameter = 'created',
  direction: 'asc' | 'desc' = 'desc',
): { order: Order; rest: readonly Qualifier[] } {
  const qualifier = query.qualifiers.find(({ name }) => name === 'sort')?.value;
  const [chosen = '', way] = qualifier === undefined ? [parameter, direction] : qualifier.split(/-(?=asc$|desc$)/);
  const measure = Object.hasOwn(MEASURES, chosen) ? MEASURES[chosen] : undefined;
  if (measure === undefined) throw meaningless(`The forge does not sort by "${chosen}"; it sorts by ${Object.keys(MEASURES).join(', ')}.`);
  const sign = way === 'asc' ? 1 : -1;
  return {
    rest: query.qualifiers.filter(({ name }) => name !== 'sort'),
    order: (state, issues) => issues.toSorted((a, b) => sign * (measure(state, a) - measure(state, b) || a.id - b.id)),
  };
}

function repositoryCondition(state: Reader, { name, value, negated }: Qualifier): (repository: Repository) => boolean {
  const condition = meaningForRepositories(state, name, value);
  if (condition === undefined) throw meaningless(`"${name}:${value}" means nothing in a search for repositories.`);
  return negated ? (repository) => !condition(repository) : condition;
}

function meaningForRepositories(state: Reader, name: string, value: string): ((repository: Repository) => boolean) | undefined {
  const ownerIs = (repository: Repository): boolean => state.need('user', repository.ownerId).login.toLowerCase() === value.toLowerCase();
  const range = dateRange(value);
  switch (name) {
    case 'repo':
      return (repository) => fullName(state, repository).toLowerCase() === value.toLowerCase();
    case 'user':
    case 'org':
      return ownerIs;
    case 'is':
      return value === 'public' || value === 'private' ? (repository) => repository.private === (value === 'private') : undefined;
    case 'archived':
      return value === 'true' || value === 'false' ? (repository) => String(repository.archived) === value : undefined;
    case 'fork':
      if (value === 'true') return () => true;
      return value === 'only' || value === 'false' ? (repository) => (repository.parentId !== null) === (value === 'only') : undefined;
    case 'created':
      return range === undefined ? undefined : (repository) => range(repository.createdAt);
    case 'pushed':
      return range === undefined ? undefined : (repository) => range(repository.pushedAt);
    default:
      return undefined;
  }
}
