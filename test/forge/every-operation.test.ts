// What holds for every operation that the forge supports, each called by what GitHub's description says of it: changes are effects, people
// without a token or without sight of a repository are kept out, odd parameters are refused and never break anything, lists come in pages.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATIONS } from '../../devkit/forge/http/description.ts';
import { SUPPORTED, type OperationId } from '../../devkit/forge/github/supported.ts';
import { eventually, startTestForge, type TestForge } from './harness.ts';
import { workbench, type EffectView, type Workbench } from './pull-request-support.ts';
import { receiveWebhooks, type Receiver } from './webhook-receiver.ts';

let forge: TestForge;
let bench: Workbench;
let receiver: Receiver;
/** What parameters of paths and queries name, by their names; filled as things come into being. */
const there: Record<string, string | number> = {};
beforeAll(async () => {
  forge = await startTestForge();
  await forge.addUser('guest');
  bench = await workbench(forge);
  receiver = await receiveWebhooks();
  Object.assign(there, bench.place, {
    path: 'README.md',
    branch: 'main',
    ref: 'main',
    username: 'reader',
    basehead: 'main...topic',
    assignee: 'writer',
  });
  await prepare();
}, 120_000);
afterAll(async () => {
  bench.dispose();
  await receiver.stop();
  await forge.stop();
});

interface Asked {
  readonly status: number;
  readonly link: string | null;
  readonly body: unknown;
}

type Values = Readonly<Record<string, string | number>>;
/** What is kept of an answer: ids and the like. */
type Answered = Readonly<Record<string, string | number | undefined>>;

/** Calls an operation; parameters that are not given are those of `there`. @param login null for nobody */
async function call(id: OperationId, values: Values = {}, body?: unknown, login: string | null = 'owner', query = ''): Promise<Asked> {
  const { method, path } = OPERATIONS.get(id) ?? { method: '', path: '' };
  // Of what climbs, the slashes stay escaped: clients take dots away before they send.
  const route = path.replace(/\{(\w+)\}/g, (_token, name: string) => {
    const value = String(values[name] ?? there[name] ?? 1);
    return value.startsWith('.') ? encodeURIComponent(value) : encodeURIComponent(value).replaceAll('%2F', '/');
  });
  const answer = await forge.fetch(`${route}${query}`, {
    method,
    redirect: 'manual',
    ...(login === null ? {} : { login }),
    ...(body === undefined || method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true && text !== '';
  return { status: answer.status, link: answer.headers.get('link'), body: isJson ? (JSON.parse(text) as unknown) : text };
}

const described = SUPPORTED.map((id) => ({ ...(OPERATIONS.get(id) ?? { method: '', path: '', parameters: [], bodySchema: null }), id }));
const changing = described.filter(({ method }) => method !== 'GET');
const inRepository = described.filter(({ path }) => path.includes('{repo}'));

/** Objects that nothing points to, and what GitHub documents as a request to look again. */
const NO_EFFECT: readonly OperationId[] = ['git/create-blob', 'git/create-tree', 'git/create-commit'];
const done = new Set<OperationId>();
const silent: string[] = [];

const know = (name: string, value: string | number): void => void (there[name] = value);

/** Does what must succeed, notes whether it was an effect, and returns what was answered. */
async function act(id: OperationId, body?: unknown, values: Values = {}, login = 'owner'): Promise<Answered> {
  const [last] = (await effects()).slice(-1);
  const { status, body: answer } = await call(id, values, body, login);
  if (status >= 300) throw new Error(`${id} was answered with ${status}: ${JSON.stringify(answer)}`);
  done.add(id);
  if ((await effects(last?.sequence)).length === 0 && !NO_EFFECT.includes(id)) silent.push(id);
  return answer as Answered;
}
const effects = async (after = 0): Promise<EffectView[]> => forge.control('GET', `/_effects?limit=10000&after=${after}`);

/** Does everything that changes anything, so that twice as much is left as lists need to have two pages. */
async function prepare(): Promise<void> {
  const keep = (name: string, answer: Answered, field = 'id'): void => void (there[name] = answer[field] ?? '');
  await act('repos/create-for-authenticated-user', { name: 'mine' }, {}, 'writer');
  await act('repos/create-for-authenticated-user', { name: 'mine-too' }, {}, 'writer');
  await act('repos/update', { description: 'Changed', allow_update_branch: true });
  for (const username of ['stranger', 'guest']) await act('repos/add-collaborator', { permission: 'push' }, { username });
  await forge.addUser('newcomer');
  await forge.addUser('late');
  for (const username of ['newcomer', 'late']) await act('repos/add-collaborator', { permission: 'push' }, { username });
  const mine = async (login: string): Promise<number> =>
    ((await call('repos/list-invitations-for-authenticated-user', {}, undefined, login)).body as { id: number }[])[0]?.id ?? 0;
  await act('repos/accept-invitation-for-authenticated-user', undefined, { invitation_id: await mine('guest') }, 'guest');
  await act('repos/decline-invitation-for-authenticated-user', undefined, { invitation_id: await mine('late') }, 'late');
  await act('repos/delete-invitation', undefined, { invitation_id: await mine('newcomer') });
  await act('repos/remove-collaborator', undefined, { username: 'guest' });
  await act('repos/create-fork', undefined, {}, 'writer');
  await act('repos/create-fork', undefined, {}, 'reader');

  const file = { message: 'A file', content: Buffer.from('one\n').toString('base64') };
  const { content } = await act('repos/create-or-update-file-contents', file, { path: 'gone.txt' });
  await act('repos/delete-file', { message: 'No file', sha: (content as unknown as { sha: string }).sha }, { path: 'gone.txt' });
  const workflow =
    'on: [push, workflow_dispatch]\njobs:\n  one: { runs-on: x, steps: [{ run: "true" }] }\n  two: { runs-on: x, steps: [{ run: "false" }] }\n';
  for (const name of ['ci', 'more']) await bench.commit('main', { [`.github/workflows/${name}.yml`]: workflow });
  for (const branch of ['topic', 'side']) await bench.commit(branch, { [`${branch}.txt`]: 'one\ntwo\n', [`${branch}-2.txt`]: 'x\n' });
  await bench.commit('topic', { 'more.txt': 'x\n' });
  await bench.git('push', '-q', 'origin', 'HEAD:refs/tags/v1', 'HEAD:refs/tags/v2');
  const sha = await bench.tip('topic');
  Object.assign(there, { sha, commit_sha: sha, ref: sha, head_sha: sha });
  const blob = await act('git/create-blob', { content: 'x' });
  const tree = await act('git/create-tree', { tree: [{ path: 'x', mode: '100644', type: 'blob', sha: blob['sha'] }] });
  keep('file_sha', blob, 'sha');
  keep('tree_sha', tree, 'sha');
  const commit = await act('git/create-commit', { message: 'x', tree: tree['sha'], parents: [await bench.tip('main')] });
  await act('git/create-ref', { ref: 'refs/heads/made', sha: await bench.tip('main') });
  await act('git/update-ref', { sha: commit['sha'] }, { ref: 'heads/made' });
  await act('repos/merge', { base: 'side', head: 'made' });
  await act('git/delete-ref', undefined, { ref: 'heads/made' });

  for (const context of ['a', 'b']) await act('repos/create-commit-status', { state: 'success', context });
  await act('checks/create-suite', { head_sha: await bench.tip('side') });
  for (const name of ['one', 'two']) keep('check_run_id', await act('checks/create', { name, head_sha: sha }));
  await act('checks/update', {
    status: 'completed',
    conclusion: 'success',
    output: { title: 't', summary: 's', annotations: [note(1), note(2)] },
  });
  await act('checks/rerequest-run');

  keep('issue_number', await act('issues/create', { title: 'One' }), 'number');
  await act('issues/create', { title: 'Two' });
  for (const name of ['l1', 'l2', 'l3']) await act('issues/create-label', { name });
  await act('issues/update-label', { color: 'ffffff' }, { name: 'l3' });
  await act('issues/delete-label', undefined, { name: 'l3' });
  await act('issues/add-labels', { labels: ['l1'] });
  await act('issues/remove-label', undefined, { name: 'l1' });
  await act('issues/set-labels', { labels: ['l1', 'l2'] });
  await act('issues/remove-all-labels');
  for (const title of ['m1', 'm2', 'm3']) keep('milestone_number', await act('issues/create-milestone', { title }), 'number');
  await act('issues/update-milestone', { description: 'd' });
  await act('issues/delete-milestone');
  know('milestone_number', 1);
  await act('issues/update', { milestone: 1, labels: ['l1', 'l2'], body: 'b' });
  await act('issues/add-assignees', { assignees: ['writer'] });
  await act('issues/remove-assignees', { assignees: ['writer'] });
  await act('issues/lock');
  await act('issues/unlock');
  for (const body of ['a', 'b', 'c']) keep('comment_id', await act('issues/create-comment', { body }));
  await act('issues/delete-comment');
  const comment = (await call('issues/list-comments')).body as { id: number }[];
  const comment_id = comment[0]?.id ?? 0;
  await act('issues/update-comment', { body: 'edited' }, { comment_id });
  for (const content of ['+1', 'heart', 'eyes']) {
    const values = { comment_id };
    const [onIssue, onComment] = [
      await act('reactions/create-for-issue', { content }),
      await act('reactions/create-for-issue-comment', { content }, values),
    ];
    if (content !== 'eyes') continue;
    await act('reactions/delete-for-issue', undefined, { reaction_id: onIssue['id'] ?? 0 });
    await act('reactions/delete-for-issue-comment', undefined, { ...values, reaction_id: onComment['id'] ?? 0 });
  }
  know('issue_comment', comment_id);

  const pull = await act('pulls/create', { title: 'Topic', head: 'topic', base: 'main' }, {}, 'writer');
  keep('pull_number', pull, 'number');
  await act('pulls/create', { title: 'Side', head: 'side', base: 'main' }, {}, 'writer');
  await act('pulls/update', { body: 'Changed' });
  await act('pulls/request-reviewers', { reviewers: ['reader', 'owner'] });
  await act('pulls/remove-requested-reviewers', { reviewers: ['owner'] });
  await act('issues/create-comment', { body: 'x' }, { issue_number: pull['number'] ?? 0 });
  const line = { path: 'topic.txt', commit_id: sha, line: 1, body: 'l' };
  const first = await act('pulls/create-review-comment', line);
  await act('pulls/create-reply-for-review-comment', { body: 'r' }, { comment_id: first['id'] ?? 0 });
  const removed = await act('pulls/create-review-comment', { ...line, line: 2 });
  await act('pulls/update-review-comment', { body: 'u' }, { comment_id: first['id'] ?? 0 });
  await act('pulls/delete-review-comment', undefined, { comment_id: removed['id'] ?? 0 });
  for (const content of ['+1', 'heart', 'eyes']) {
    const made = await act('reactions/create-for-pull-request-review-comment', { content }, { comment_id: first['id'] ?? 0 });
    if (content === 'eyes')
      await act('reactions/delete-for-pull-request-comment', undefined, { comment_id: first['id'] ?? 0, reaction_id: made['id'] ?? 0 });
  }
  know('review_comment', first['id'] ?? 0);
  const draft = await act('pulls/create-review', { body: 'd' });
  await act('pulls/delete-pending-review', undefined, { review_id: draft['id'] ?? 0 });
  const comments = [1, 2].map((number) => ({ path: 'topic.txt', line: number, body: 'c' }));
  keep('review_id', await act('pulls/create-review', { body: 'd', comments }));
  await act('pulls/update-review', { body: 'e' });
  await act('pulls/submit-review', { event: 'APPROVE' });
  await act('pulls/dismiss-review', { message: 'No' });

  for (const name of ['r1', 'r2', 'r3'])
    keep(
      'ruleset_id',
      await act('repos/create-repo-ruleset', {
        name,
        target: 'branch',
        enforcement: 'active',
        conditions: { ref_name: { include: ['refs/heads/kept'], exclude: [] } },
        rules: [{ type: 'deletion' }],
      }),
    );
  await act('repos/delete-repo-ruleset');
  know('ruleset_id', ((await call('repos/get-repo-rulesets')).body as { id: number }[])[0]?.id ?? 0);
  await act('repos/update-repo-ruleset', { name: 'r1', enforcement: 'active' });
  await bench.commit('kept', { k: '' });
  await bench.commit('base', { b: '' });
  know('branch', 'kept');
  const nothing = {
    required_status_checks: { strict: true, contexts: ['x'] },
    enforce_admins: null,
    required_pull_request_reviews: {},
    restrictions: null,
  };
  await act('repos/update-branch-protection', nothing);
  await act('repos/delete-branch-protection');
  await act('repos/update-branch-protection', nothing);

  for (const address of ['a', 'b', 'c'])
    keep(
      'hook_id',
      await act('repos/create-webhook', { config: { url: `${receiver.url}/${address}`, content_type: 'json' }, events: ['push'] }),
    );
  await act('repos/delete-webhook');
  know('hook_id', ((await call('repos/list-webhooks')).body as { id: number }[])[0]?.id ?? 0);
  await act('repos/update-webhook', { active: true });
  await act('repos/update-webhook-config-for-repo', { content_type: 'json' });
  await act('repos/ping-webhook');
  await act('repos/test-push-webhook');
  know(
    'delivery_id',
    await eventually('two deliveries', async () => {
      const list = (await call('repos/list-webhook-deliveries')).body as { id: number }[];
      return list.length > 1 && list[0]?.id;
    }),
  );
  await act('repos/redeliver-webhook-delivery');

  know('workflow_id', 'ci.yml');
  await act('actions/create-workflow-dispatch', { ref: 'main' });
  const run = await eventually(
    'runs that have failed',
    async () => {
      const { workflow_runs: runs } = (await call('actions/list-workflow-runs-for-repo')).body as {
        workflow_runs: { id: number; status: string; head_sha: string; check_suite_id: number }[];
      };
      return runs.length > 3 && runs.every(({ status }) => status === 'completed') && runs.find(({ head_sha }) => head_sha === sha);
    },
    60_000,
  );
  Object.assign(there, { run_id: run.id, check_suite_id: run.check_suite_id });
  const ended = async (): Promise<unknown> =>
    eventually(
      'the run to end',
      async () => ((await call('actions/get-workflow-run')).body as { status: string }).status === 'completed',
      60_000,
    );
  know('job_id', ((await call('actions/list-jobs-for-workflow-run')).body as { jobs: { id: number }[] }).jobs[0]?.id ?? 0);
  for (const id of ['actions/re-run-job-for-workflow-run', 'actions/re-run-workflow-failed-jobs', 'checks/rerequest-suite'] as const) {
    await act(id);
    await ended();
  }
  know('attempt_number', 1);
  await forge.control('POST', '/_faults', { route: 'users/get-authenticated', when: 'before', fault: { kind: 'delay', ms: 1 } });
  await bench.commit('side', { '.github/workflows/ci.yml': 'on: push\njobs:\n  slow: { runs-on: x, steps: [{ run: sleep 60 }] }\n' });
  const slow = await eventually(
    'a slow run',
    async () => {
      const { workflow_runs: runs } = (
        await call('actions/list-workflow-runs-for-repo', {}, undefined, 'owner', '?branch=side&status=in_progress')
      ).body as { workflow_runs: { id: number; name: string }[] };
      return runs.find(({ name }) => name === '.github/workflows/ci.yml')?.id;
    },
    30_000,
  );
  await act('actions/cancel-workflow-run', undefined, { run_id: slow });
  await act('actions/re-run-workflow');
  await ended();
  const { body } = await call('pulls/list', {}, undefined, 'owner', '?head=owner:side');
  const side = (body as { number: number }[])[0]?.number ?? 0;
  await bench.commit('main', { 'late.txt': '' });
  await act('pulls/update-branch', {}, { pull_number: side });
  await act('pulls/merge', {}, { pull_number: side });
  await act('repos/delete', undefined, { owner: 'writer', repo: 'mine-too' }, 'writer');
  await act('repos/create-for-authenticated-user', { name: 'mine-as-well' }, {}, 'writer');
}

const note = (line: number) => ({ path: 'topic.txt', start_line: line, end_line: line, annotation_level: 'notice', message: 'm' });

describe('each operation', () => {
  it('that changes something has done so, and says so in the list of effects', () => {
    expect([...done].sort()).toEqual(changing.map(({ id }) => id).sort());
    expect(silent).toEqual([]);
  });

  it('that changes something asks who has no token for one', async () => {
    const answers = await Promise.all(changing.map(async ({ id }) => `${id} ${(await call(id, {}, undefined, null)).status}`));
    expect(answers).toEqual(changing.map(({ id }) => `${id} 401`));
  });

  it('in a private repository is not there for strangers', async () => {
    const place = await forge.repository('hidden', { private: true });
    const answers = await Promise.all(inRepository.map(async ({ id }) => `${id} ${(await call(id, place, undefined, 'newcomer')).status}`));
    expect(answers).toEqual(inRepository.map(({ id }) => `${id} 404`));
  });

  it('that takes a body refuses one that is no JSON', async () => {
    const withBody = changing.filter(({ bodySchema }) => bodySchema !== null);
    const values = (path: string): Values =>
      path.startsWith('/repos/{owner}/{repo}/pulls/comments') ? { comment_id: there['review_comment'] ?? 0 } : {};
    const answers = await Promise.all(withBody.map(async ({ id, path }) => `${id} ${(await call(id, values(path), '{"')).status}`));
    expect(answers).toEqual(withBody.map(({ id }) => `${id} 400`));
  });

  it('takes or refuses whatever a text may be, and never breaks', async () => {
    const broken: string[] = [];
    for (const { id, parameters, bodySchema } of described.filter((operation) => operation.id !== 'repos/delete'))
      for (const text of ['a\0b', '-x', '../x', '--output=x']) {
        const asked: [string, Promise<Asked>][] = [];
        for (const { name, in: where, schema } of parameters) {
          if (schema['type'] !== 'string' || ['owner', 'repo'].includes(name)) continue;
          if (where === 'path') asked.push([name, call(id, { [name]: text }, bodyOf(bodySchema))]);
          else asked.push([name, call(id, {}, bodyOf(bodySchema), 'owner', `?${name}=${encodeURIComponent(text)}`)]);
        }
        for (const [name, schema] of Object.entries(
          (bodySchema?.['properties'] ?? {}) as Record<string, { type?: string; enum?: unknown }>,
        ))
          if (schema.type === 'string' && schema.enum === undefined)
            asked.push([name, call(id, {}, { ...bodyOf(bodySchema), [name]: text })]);
        for (const [name, asking] of asked) {
          const { status, body } = await asking;
          if (status >= 500) broken.push(`${id} ${name} ${JSON.stringify(text)}: ${status} ${JSON.stringify(body)}`);
        }
      }
    expect(broken).toEqual([]);
  }, 120_000);

  it('that lists says where the next page is', async () => {
    const lists = described.filter(({ parameters }) => parameters.some(({ name }) => name === 'per_page'));
    const lengths: string[] = [];
    const wrong: string[] = [];
    for (const { id, path } of lists) {
      const values: Values = path.includes('/pulls/comments/{comment_id}')
        ? { comment_id: there['review_comment'] ?? 0 }
        : path.includes('/issues/comments/{comment_id}')
          ? { comment_id: there['issue_comment'] ?? 0 }
          : (NAMED[id] ?? {});
      const query = id === 'search/code' ? `${SEARCHES[id] ?? ''}${there['repo'] ?? ''}` : SEARCHES[id];
      const whole = await call(id, values, undefined, LISTER[id] ?? 'owner', `?per_page=100${query ?? ''}&state=all`);
      const part = await call(id, values, undefined, LISTER[id] ?? 'owner', `?per_page=1${query ?? ''}&state=all`);
      const length = itemsIn(whole.body).length;
      if (length < 2 && !ALONE.includes(id)) lengths.push(`${id}: ${whole.status} ${JSON.stringify(whole.body).slice(0, 200)}`);
      if (length > 1 && (itemsIn(part.body).length !== 1 || part.link?.includes('rel="next"') !== true)) wrong.push(id);
    }
    expect(lengths).toEqual([]);
    expect(wrong).toEqual([]);
  });
});

/** Enough of a body to get past its schema, where that is easy. */
const bodyOf = (schema: { readonly [key: string]: unknown } | null): Record<string, unknown> =>
  Object.fromEntries(
    ((schema?.['required'] ?? []) as string[]).map((name) => [
      name,
      { sha: there['sha'], head_sha: there['sha'], ref: 'refs/heads/x', base: 'main', head: 'topic' }[name] ?? 'x',
    ]),
  );

const itemsIn = (body: unknown): unknown[] => {
  if (Array.isArray(body)) return body;
  const [list] = Object.values((body ?? {}) as Record<string, unknown>).filter((value) => Array.isArray(value));
  return (list as unknown[] | undefined) ?? [];
};

const SEARCHES: Partial<Record<OperationId, string>> = {
  'search/issues-and-pull-requests': '&q=is:open',
  'search/repos': '&q=user:writer',
  'search/code': `&q=${encodeURIComponent('push repo:owner/')}`,
};
const LISTER: Partial<Record<OperationId, string>> = { 'repos/list-for-authenticated-user': 'writer' };
const NAMED: Partial<Record<OperationId, Values>> = {
  'repos/list-for-user': { username: 'writer' },
  'repos/compare-commits': { basehead: 'v1...main', base: 'v1', head: 'main' },
};
/** Lists that have one item at most here. */
const ALONE: readonly OperationId[] = [
  'repos/list-invitations',
  'repos/list-invitations-for-authenticated-user',
  'repos/get-commit',
  'repos/list-pull-requests-associated-with-commit',
  'issues/list',
  'search/code',
];
