import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, getNamedType, isEnumType, isObjectType, isUnionType, type GraphQLField, type GraphQLNamedType } from 'graphql';
import { ROOT, type TestForge } from './harness.ts';
import { ask, dig } from './graphql-support.ts';
import { workbench, type Workbench } from './pull-request-support.ts';
import { oneBench } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
oneBench((...ready) => {
  [forge, bench] = ready;
});

const place = () => ({ owner: bench.place.owner, name: bench.place.repo });
const IN_REPOSITORY = 'query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name)';
const COMMENTS = ['repository', 'pullRequest', 'comments'];
interface CommentsPage {
  readonly totalCount: number;
  readonly nodes: readonly { readonly body: string }[];
  readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
}
const PAGED = IN_REPOSITORY.replace('$number: Int!', '$number: Int!, $after: String');

describe('GraphQL queries', () => {
  it('answer through octokit who asks and what a repository is', async () => {
    const { viewer, repository } = await forge.as('reader').graphql<{ viewer: object; repository: object }>(
      `query($owner: String!, $name: String!) {
        viewer { login isViewer }
        repository(owner: $owner, name: $name) { nameWithOwner viewerPermission owner { login __typename } defaultBranchRef { name target { oid ... on Commit { messageHeadline author { name } } } } }
      }`,
      place(),
    );
    expect(viewer).toEqual({ login: 'reader', isViewer: true });
    expect(repository).toMatchObject({
      nameWithOwner: `${bench.place.owner}/${bench.place.repo}`,
      viewerPermission: 'READ',
      owner: { login: 'owner', __typename: 'User' },
      defaultBranchRef: { name: 'main', target: { messageHeadline: 'Initial commit' } },
    });
  });

  it('show a pull request with its checks, of which some are required', async () => {
    const pull = await bench.open('checked');
    const { checks, repos } = forge.as('writer').rest;
    const at = { ...bench.place, head_sha: pull.head.sha };
    await forge.as('owner').rest.repos.updateBranchProtection({
      ...bench.place,
      branch: 'main',
      required_status_checks: { strict: false, contexts: ['test'] },
      enforce_admins: false,
      required_pull_request_reviews: { required_approving_review_count: 1 },
      restrictions: null,
    });
    await checks.create({ ...at, name: 'test', conclusion: 'success' });
    await checks.create({ ...at, name: 'lint', status: 'in_progress' });
    await repos.createCommitStatus({ ...bench.place, sha: pull.head.sha, state: 'success', context: 'ci/other' });
    const query = `${IN_REPOSITORY} { pullRequest(number: $number) {
      state isDraft headRefOid baseRefName mergeable mergeStateStatus reviewDecision mergeQueueEntry { id } autoMergeRequest { mergeMethod }
      commits(last: 1) { totalCount nodes { commit { oid statusCheckRollup { state contexts(first: 10) { checkRunCount nodes {
        __typename
        ... on CheckRun { name status conclusion isRequired(pullRequestNumber: $number) checkSuite { app { slug } } }
        ... on StatusContext { context state isRequired(pullRequestNumber: $number) creator { login } }
      } } } } } }
    } } }`;
    const answer = await ask(forge, 'reader', query, { ...place(), number: pull.number });
    expect(answer.errors).toBeUndefined();
    expect(dig(answer, 'repository', 'pullRequest')).toMatchObject({
      state: 'OPEN',
      isDraft: false,
      headRefOid: pull.head.sha,
      baseRefName: 'main',
      mergeable: 'MERGEABLE',
      mergeStateStatus: 'BLOCKED',
      reviewDecision: 'REVIEW_REQUIRED',
      mergeQueueEntry: null,
      autoMergeRequest: null,
    });
    const commit = ['repository', 'pullRequest', 'commits', 'nodes', 0, 'commit'];
    expect(dig(answer, ...commit)).toMatchObject({
      oid: pull.head.sha,
      statusCheckRollup: { state: 'PENDING', contexts: { checkRunCount: 2 } },
    });
    expect(dig(answer, ...commit, 'statusCheckRollup', 'contexts', 'nodes')).toEqual([
      {
        __typename: 'CheckRun',
        name: 'test',
        status: 'COMPLETED',
        conclusion: 'SUCCESS',
        isRequired: true,
        checkSuite: { app: { slug: 'forge-checks' } },
      },
      {
        __typename: 'CheckRun',
        name: 'lint',
        status: 'IN_PROGRESS',
        conclusion: null,
        isRequired: false,
        checkSuite: { app: { slug: 'forge-checks' } },
      },
      { __typename: 'StatusContext', context: 'ci/other', state: 'SUCCESS', isRequired: false, creator: { login: 'writer' } },
    ]);
    await forge.as('owner').rest.pulls.createReview({ ...bench.place, pull_number: pull.number, event: 'APPROVE' });
    const decision = `${IN_REPOSITORY} { pullRequest(number: $number) { reviewDecision } } }`;
    const after = await ask(forge, 'reader', decision, { ...place(), number: pull.number });
    expect(dig(after, 'repository', 'pullRequest', 'reviewDecision')).toBe('APPROVED');
    await forge.as('owner').rest.repos.deleteBranchProtection({ ...bench.place, branch: 'main' });
  });

  it('page through connections by cursors, both ways', async () => {
    const { number } = await bench.open('paged');
    const { issues } = forge.as('writer').rest;
    for (const body of ['1', '2', '3', '4', '5']) await issues.createComment({ ...bench.place, issue_number: number, body });
    const query = `${PAGED} { pullRequest(number: $number) { comments(first: 2, after: $after) {
      totalCount nodes { body } pageInfo { endCursor hasNextPage hasPreviousPage } } } } }`;
    const bodies: string[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo, totalCount } = dig(
        await ask(forge, 'reader', query, { ...place(), number, after }),
        ...COMMENTS,
      ) as CommentsPage;
      expect([totalCount, pageInfo.hasPreviousPage]).toEqual([5, after !== null]);
      bodies.push(...nodes.map(({ body }) => body));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(bodies).toEqual(['1', '2', '3', '4', '5']);
    const last = `${PAGED} { pullRequest(number: $number) { comments(last: 2, before: $after) { edges { cursor node { body } } pageInfo { hasNextPage } } } } }`;
    const newest = await ask(forge, 'reader', last, { ...place(), number });
    expect(dig(newest, ...COMMENTS, 'edges')).toEqual([
      expect.objectContaining({ node: { body: '4' } }),
      expect.objectContaining({ node: { body: '5' } }),
    ]);
    const earlier = await ask(forge, 'reader', last, { ...place(), number, after: dig(newest, ...COMMENTS, 'edges', 0, 'cursor') });
    expect(dig(earlier, ...COMMENTS)).toMatchObject({
      edges: [{ node: { body: '2' } }, { node: { body: '3' } }],
      pageInfo: { hasNextPage: true },
    });
  });

  it('find by global id what REST has shown, and nothing that the viewer may not see', async () => {
    const pull = await bench.open('by-id');
    const hidden = await workbench(forge, { private: true });
    const secret = await hidden.open('secret');
    const query = 'query($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on PullRequest { number } ... on Commit { oid } } }';
    const ids = [pull.node_id, pull.base.repo.node_id, secret.node_id, 'nonsense'];
    const answer = await ask(forge, 'stranger', query, { ids });
    expect(dig(answer, 'nodes')).toEqual([
      { id: pull.node_id, __typename: 'PullRequest', number: pull.number },
      { id: pull.base.repo.node_id, __typename: 'Repository' },
      null,
      null,
    ]);
    expect(answer.errors?.map(({ type, path: at }) => [type, at])).toEqual([
      ['NOT_FOUND', ['nodes', 2]],
      ['NOT_FOUND', ['nodes', 3]],
    ]);
    expect(dig(await ask(forge, 'reader', query, { ids: [secret.node_id] }), 'nodes', 0, '__typename')).toBe('PullRequest');
    hidden.dispose();
  });

  it('say what is not there, with type and path, beside what is', async () => {
    const answer = await ask(forge, 'reader', `${IN_REPOSITORY} { name pullRequest(number: $number) { title } } }`, {
      ...place(),
      number: 9_999,
    });
    expect(dig(answer, 'repository')).toEqual({ name: bench.place.repo, pullRequest: null });
    expect(answer.errors).toEqual([
      expect.objectContaining({
        type: 'NOT_FOUND',
        path: ['repository', 'pullRequest'],
        message: 'Could not resolve to a PullRequest with the number of 9999.',
      }),
    ]);
    const none = await ask(forge, 'reader', '{ repository(owner: "owner", name: "none") { name } }');
    expect(none.errors?.[0]).toMatchObject({ type: 'NOT_FOUND', message: "Could not resolve to a Repository with the name 'owner/none'." });
  });

  it('that ask for what the forge does not have are refused by its name', async () => {
    const { data, errors } = await ask(forge, 'reader', '{ viewer { login sponsors { totalCount } } }');
    expect(data).toBeUndefined();
    expect(errors?.[0]?.message).toContain('Cannot query field "sponsors" on type "User"');
    expect((await ask(forge, 'reader', '{ viewer { login ')).errors?.[0]?.message).toContain('Syntax Error');
    expect((await ask(forge, 'reader', 'query($n: Int!) { viewer { login } }')).errors).toHaveLength(1);
    for (const body of ['{', '[]', '{"query": 1}', '{"query": "{viewer{login}}", "variables": []}'])
      expect((await forge.fetch('/graphql', { method: 'POST', login: 'reader', body })).status).toBe(400);
    const anonymous = await forge.fetch('/graphql', { method: 'POST', body: '{"query": "{viewer{login}}"}' });
    expect(anonymous.status).toBe(401);
  });

  it('must bound their pages, and cost points by what they may return', async () => {
    const paged = (
      args: string,
    ): string => `{ viewer { login } rateLimit { cost nodeCount used } repository(owner: "owner", name: "${bench.place.repo}") {
      pullRequests${args} { nodes { comments(first: 100) { nodes { id } } reviewThreads(first: 100) { nodes { comments(first: 50) { nodes { id } } } } } } } }`;
    const first = await ask(forge, 'reader', paged('(first: 10)'));
    expect(dig(first, 'rateLimit')).toMatchObject({
      cost: Math.round((1 + 10 + 10 + 10 * 100) / 100),
      nodeCount: 10 + 1_000 + 1_000 + 50_000,
    });
    const used = async (): Promise<number> => Number(dig(await ask(forge, 'reader', '{ rateLimit { used } }'), 'rateLimit', 'used'));
    const before = await used();
    await ask(forge, 'reader', paged('(first: 10)'));
    expect((await used()) - before).toBe(10 + 1);
    expect((await ask(forge, 'reader', paged(''))).errors?.[0]).toMatchObject({ type: 'MISSING_PAGINATION_BOUNDARIES' });
    expect((await ask(forge, 'reader', paged('(first: 101)'))).errors?.[0]).toMatchObject({ type: 'EXCESSIVE_PAGINATION' });
    expect((await ask(forge, 'reader', paged('(first: 100)'))).errors?.[0]).toMatchObject({ type: 'MAX_NODE_LIMIT_EXCEEDED' });
    const cursor = await ask(
      forge,
      'reader',
      '{ repository(owner: "owner", name: "' + bench.place.repo + '") { labels(first: 1, after: "x") { totalCount } } }',
    );
    expect(cursor.errors?.[0]).toMatchObject({ type: 'INVALID_CURSOR_ARGUMENTS' });
  });

  it('find by its id whatever has one', async () => {
    const pull = await bench.open('found');
    const at = { ...bench.place, issue_number: pull.number };
    const { rest } = forge.as('writer');
    await rest.pulls.requestReviewers({ ...bench.place, pull_number: pull.number, reviewers: ['reader'] });
    await rest.repos.createCommitStatus({ ...bench.place, sha: pull.head.sha, state: 'pending', context: 's' });
    const { number } = (await rest.issues.create({ ...bench.place, title: 'Closed', labels: ['bug'] })).data;
    await rest.issues.update({ ...at, issue_number: number, state: 'closed' });
    const query = `${IN_REPOSITORY} { ref(qualifiedName: "refs/heads/found") { id } pullRequest(number: $number) {
      reviewRequests(first: 1) { nodes { id } }
      commits(first: 1) { nodes { id commit { id status { id } statusCheckRollup { id } } } }
      timelineItems(first: 50) { nodes { __typename ... on Node { id } } } } } }`;
    const shown = JSON.stringify(await ask(forge, 'reader', query, { ...place(), number: pull.number }));
    const events = (await rest.issues.listEvents({ ...at, issue_number: number })).data.map(({ node_id }) => node_id);
    const ids = [...new Set([...shown.matchAll(/"id":"([^"]+)"/g)].map(([, id = '']) => id)), ...events];
    const found = await ask(forge, 'reader', 'query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids });
    expect(found.errors).toBeUndefined();
    const nodes = dig(found, 'nodes') as { id: string; __typename: string }[];
    expect(nodes.map(({ id }) => id)).toEqual(ids);
    expect(nodes.map(({ __typename }) => __typename)).toEqual(
      expect.arrayContaining([
        'Ref',
        'ReviewRequest',
        'PullRequestCommit',
        'Commit',
        'Status',
        'StatusCheckRollup',
        'LabeledEvent',
        'ClosedEvent',
      ]),
    );
    const none = `C_${Buffer.from(`1:${'1'.repeat(40)}`).toString('base64url')}`;
    expect((await ask(forge, 'reader', `{ node(id: "${none}") { id } }`)).errors?.[0]).toMatchObject({ type: 'NOT_FOUND' });
  });

  it('say that the comment on a pull request is on no issue', async () => {
    const { number } = await bench.open('talked-about');
    const { data } = await forge.as('writer').rest.issues.createComment({ ...bench.place, issue_number: number, body: 'So.' });
    const on = (what: string): string => `query($id: ID!) { node(id: $id) { ... on IssueComment { ${what} { number } } } }`;
    const id = { id: data.node_id };
    expect(dig(await ask(forge, 'reader', on('pullRequest'), id), 'node', 'pullRequest')).toEqual({ number });
    expect((await ask(forge, 'reader', on('issue'), id)).errors?.[0]).toMatchObject({ type: 'NOT_FOUND' });
  });

  it('are struck by faults like everything else', async () => {
    await forge.control('POST', '/_faults', { route: 'graphql', when: 'before', fault: { kind: 'status', status: 502 }, count: 1 });
    const body = JSON.stringify({ query: '{ viewer { login } }' });
    expect((await forge.fetch('/graphql', { method: 'POST', login: 'reader', body })).status).toBe(502);
    const answer = await forge.fetch('/graphql', { method: 'POST', login: 'reader', body });
    expect([answer.status, answer.headers.get('x-ratelimit-resource')]).toEqual([200, 'graphql']);
  });

  it('have an answer for every field of every type that they reach', async () => {
    const pull = await bench.open('everything', { body: 'Nothing.' });
    const at = { ...bench.place, pull_number: pull.number };
    const { pulls } = forge.as('owner').rest;
    await pulls.createReviewComment({ ...at, commit_id: pull.head.sha, path: 'everything.txt', line: 1, body: 'Hm.' });
    await forge.as('writer').rest.checks.create({ ...bench.place, head_sha: pull.head.sha, name: 'test' });
    await forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha: pull.head.sha, state: 'pending', context: 's' });
    await forge.as('writer').rest.pulls.requestReviewers({ ...at, reviewers: ['reader'] });
    await forge.as('writer').rest.issues.addLabels({ ...bench.place, issue_number: pull.number, labels: ['bug'] });
    await forge.as('writer').rest.issues.createComment({ ...bench.place, issue_number: pull.number, body: 'So.' });
    const query = `query($id: ID!) { node(id: $id) { ... on PullRequest { ${everyField('PullRequest', 2)} } } rateLimit { used } }`;
    const answer = await ask(forge, 'owner', query, { id: pull.node_id });
    expect(answer.errors).toBeUndefined();
    const [thread] = [dig(answer, 'node', 'reviewThreads', 'nodes', 0, 'id')];
    const threads = `query($id: ID!) { node(id: $id) { ... on PullRequestReviewThread { ${everyField('PullRequestReviewThread', 2)} } } }`;
    const deeper = await ask(forge, 'owner', threads, { id: thread });
    expect(deeper.errors).toBeUndefined();
    expect(dig(deeper, 'node', 'comments', 'nodes', 0, 'body')).toBe('Hm.');
    const repository = `{ repository(owner: "owner", name: "${bench.place.repo}") { ${everyField('Repository', 2)} } }`;
    expect((await ask(forge, 'owner', repository)).errors).toBeUndefined();
  });
});

const schema = buildSchema(readFileSync(path.join(ROOT, 'devkit/forge/graphql/schema.graphql'), 'utf8'));

/** A selection of all fields of a type, as deep as given; connections by one. */
function everyField(typeName: string, depth: number): string {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} has no fields`);
  const selected = Object.values(type.getFields())
    .filter((field) => field.args.every(({ type: wanted }) => !String(wanted).endsWith('!')))
    .map((field) => selectionOf(field, depth))
    .filter((selection) => selection !== undefined);
  return ['__typename', ...selected].join(' ');
}

function selectionOf(field: GraphQLField<unknown, unknown>, depth: number): string | undefined {
  const target = getNamedType(field.type);
  const args = field.name === 'isRequired' ? '(pullRequestNumber: 1)' : field.args.some(({ name }) => name === 'first') ? '(first: 1)' : '';
  if (!isComposite(target)) return field.name === 'isRequired' ? undefined : `${field.name}${args}`;
  const deeper = target.name.endsWith('Connection') || target.name.endsWith('Edge') || target.name === 'PageInfo' ? depth : depth - 1;
  return deeper <= 0 ? undefined : `${field.name}${args} { ${innerOf(target, deeper)} }`;
}

const isComposite = (type: GraphQLNamedType): boolean =>
  !isEnumType(type) && 'getFields' in type !== isUnionType(type) && !type.astNode?.kind.startsWith('Scalar');

function innerOf(type: GraphQLNamedType, depth: number): string {
  if (isObjectType(type)) return everyField(type.name, depth);
  return '__typename';
}
