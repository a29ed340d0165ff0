// What people have said to a request on GitHub. The newest hundred of everything come with one call, what is older with one more each hundred:
// an old comment may be edited, and is then a new one to us.
import type { Octokit } from 'octokit';
import type { Numbered, Remark, Talk, Thread } from '../provider.ts';

const PAGE = /* GraphQL */ `
  fragment page on PageInfo {
    hasPreviousPage
    startCursor
  }
`;

const SAID = /* GraphQL */ `
  fragment said on Comment {
    __typename
    ... on IssueComment {
      databaseId
      url
    }
    ... on PullRequestReview {
      databaseId
      url
    }
    ... on PullRequestReviewComment {
      databaseId
      url
    }
    author {
      __typename
      login
    }
    body
    createdAt
    lastEditedAt
  }
`;

const REVIEWS = 'pageInfo { ...page } nodes { ...said state }';
const COMMENTS = 'pageInfo { ...page } nodes { ...said }';
const THREADS = `pageInfo { ...page } nodes { id path line isResolved resolvedBy { login } comments(last: 100) { ${REVIEWS} } }`;

const TALK = `
  query ($owner: String!, $repo: String!, $number: Int!) {
    viewer { login }
    repository(owner: $owner, name: $repo) {
      pullRequest(number: $number) {
        reviewDecision
        reviews(last: 100) { ${REVIEWS} }
        comments(last: 100) { ${COMMENTS} }
        reviewThreads(last: 100) { ${THREADS} }
      }
    }
  }
  ${SAID} ${PAGE}
`;

/** Before a cursor of one of the lists of the request. */
const before = (list: string, fields: string): string => `
  query ($owner: String!, $repo: String!, $number: Int!, $before: String!) {
    repository(owner: $owner, name: $repo) {
      pullRequest(number: $number) { list: ${list}(last: 100, before: $before) { ${fields} } }
    }
  }
  ${SAID} ${PAGE}
`;

const BEFORE_IN_THREAD = `
  query ($thread: ID!, $before: String!) {
    node(id: $thread) { ... on PullRequestReviewThread { list: comments(last: 100, before: $before) { ${REVIEWS} } } }
  }
  ${SAID} ${PAGE}
`;

interface List<T> {
  readonly pageInfo: { readonly hasPreviousPage: boolean; readonly startCursor: string | null };
  readonly nodes: readonly (T | null)[] | null;
}

interface SaidAnswer {
  readonly databaseId: number | null;
  readonly url: string;
  readonly author: { readonly __typename: string; readonly login: string } | null;
  readonly body: string;
  readonly createdAt: string;
  readonly lastEditedAt: string | null;
}

type WithState = SaidAnswer & { readonly state: string };

interface ThreadAnswer {
  readonly id: string;
  readonly path: string;
  readonly line: number | null;
  readonly isResolved: boolean;
  readonly resolvedBy: { readonly login: string } | null;
  readonly comments: List<WithState>;
}

export interface Told {
  readonly talk: Talk;
  /** What GitHub makes of the reviews; null where none is asked for. */
  readonly decision: 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED' | null;
}

interface Answer {
  readonly viewer: { readonly login: string };
  readonly repository: {
    readonly pullRequest: {
      readonly reviewDecision: Told['decision'];
      readonly reviews: List<WithState> | null;
      readonly comments: List<SaidAnswer>;
      readonly reviewThreads: List<ThreadAnswer>;
    } | null;
  } | null;
}

export async function readTalk(octokit: Octokit, { owner, repo, number }: Numbered): Promise<Told> {
  const answer = await octokit.graphql<Answer>(TALK, { owner, repo, number });
  const pull = answer.repository?.pullRequest;
  const older =
    <T>(list: string, fields: string) =>
    async (cursor: string): Promise<List<T> | undefined> => {
      type More = { readonly repository: { readonly pullRequest: { readonly list: List<T> } | null } | null };
      const more = await octokit.graphql<More>(before(list, fields), { owner, repo, number, before: cursor });
      return more.repository?.pullRequest?.list;
    };
  const inThread =
    (thread: string) =>
    async (cursor: string): Promise<List<WithState> | undefined> =>
      (await octokit.graphql<{ readonly node: { readonly list: List<WithState> } | null }>(BEFORE_IN_THREAD, { thread, before: cursor }))
        .node?.list;
  const [reviews, comments, threads] = await Promise.all([
    all(pull?.reviews, older<WithState>('reviews', REVIEWS)),
    all(pull?.comments, older<SaidAnswer>('comments', COMMENTS)),
    all(pull?.reviewThreads, older<ThreadAnswer>('reviewThreads', THREADS)),
  ]);
  const whole = threads.map(async ({ comments: newest, resolvedBy, ...thread }): Promise<Thread> => ({
    ...thread,
    resolvedBy: resolvedBy?.login ?? null,
    remarks: (await all(newest, inThread(thread.id))).filter(isPublished).map(remarkOf),
  }));
  return {
    decision: pull?.reviewDecision ?? null,
    talk: {
      us: answer.viewer.login,
      reviews: reviews.filter(isPublished).map(remarkOf),
      comments: comments.map(remarkOf),
      threads: (await Promise.all(whole)).filter(({ remarks }) => remarks.length > 0),
    },
  };
}

const isPublished = ({ state }: WithState): boolean => state !== 'PENDING';

const remarkOf = ({ databaseId, url, author, body, createdAt, lastEditedAt }: SaidAnswer): Remark => ({
  id: databaseId ?? 0,
  url,
  body,
  by: author?.login ?? null,
  isBot: author?.__typename === 'Bot' || author?.login.endsWith('[bot]') === true,
  at: createdAt,
  editedAt: lastEditedAt,
});

/** The whole of a list whose newest part is here. */
async function all<T>(newest: List<T> | null | undefined, older: (cursor: string) => Promise<List<T> | undefined>): Promise<T[]> {
  let pages: T[] = [];
  for (let list = newest ?? undefined; list !== undefined;) {
    pages = [...(list.nodes ?? []).filter((node) => node !== null), ...pages];
    const { hasPreviousPage, startCursor } = list.pageInfo;
    list = hasPreviousPage && startCursor !== null ? await older(startCursor) : undefined;
  }
  return pages;
}
