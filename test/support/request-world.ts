// What the owner of a merge request lives in: a forge whose webhooks wake it, a model that reviews, mends and answers by script, and requests
// that have just been opened. Signalbox is `writer` there; people are `owner` and `reader`.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startModel, type Conversation, type ScriptedModel, type Step } from '../../devkit/model/model.ts';
import type { MergeRequestOutcome } from '../../src/contracts/merge-request-actions.ts';
import type { MergeRequestInput, NewMergeRequest } from '../../src/contracts/merge-request.ts';
import type { Pipeline } from '../../src/contracts/plan.ts';
import { forgeHost, mergeRequestId, repositoryId } from '../../src/contracts/work.ts';
import { LOOK } from '../../src/contracts/signals.ts';
import { startMergeRequest } from '../../src/activities/merge-request/start.ts';
import { job, workflow } from '../forge/ci-support.ts';
import { startTestForge, type TestForge } from '../forge/harness.ts';
import { workbench, type Workbench } from '../forge/pull-request-support.ts';
import type { Installation } from './installation.ts';
import { bash } from './task-world.ts';

export interface RequestWorld {
  readonly forge: TestForge;
  readonly model: ScriptedModel;
  /** Notices so far: their ids and texts. */
  readonly noticed: readonly { readonly id: string | undefined; readonly text: string }[];
  /** Settings of workers that shall live in it. */
  readonly env: Readonly<Record<string, string>>;
  /** A request of Signalbox for an issue, in a repository with these jobs of CI, reviewed by us; its owner does not run yet. */
  open(here: Installation, options?: OpenOptions): Promise<OpenRequest>;
  end(): Promise<void>;
}

export interface OpenOptions {
  readonly jobs?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** In the repository of this one, which has its jobs and webhooks already. */
  readonly beside?: OpenRequest;
  /** Who has opened it; a request of a person was not reviewed by us. */
  readonly by?: 'writer' | 'owner';
  readonly branch?: string;
  /** Login of whose fork it comes from; `closed`: maintainers may not push there. */
  readonly fork?: { readonly of: string; readonly closed?: true };
  /** Branch that it begins with and is to be merged into. Default: main. */
  readonly base?: string;
  readonly title?: string;
  readonly body?: string;
  /** Of the task that has made it: then its description is to have a footer. */
  readonly pipeline?: Pipeline;
  /** Of the commit of the change. */
  readonly message?: string;
}

export interface OpenRequest {
  readonly id: string;
  readonly place: { readonly owner: string; readonly repo: string };
  readonly number: number;
  readonly issue: number;
  readonly bench: Workbench;
  readonly request: NewMergeRequest;
  /** From now on webhooks wake its owner. */
  hear(): void;
  /** Starts its owner; from then on webhooks wake it. */
  own(): Promise<{ result(): Promise<MergeRequestOutcome>; look(): Promise<void> }>;
  /** A person's approving review of the head as it is. */
  approve(): Promise<void>;
  head(): Promise<string>;
}

/** One job of CI that passes where there is a file `good.txt`. */
export const NEEDS_GOOD = job('test', 'test -f good.txt || { echo "AssertionError: good.txt is missing"; exit 1; }').replace(
  'steps:\n',
  'steps:\n      - uses: actions/checkout@v4\n',
);

export async function createRequestWorld(
  script: (playbook: string, conversation: Conversation) => Step | Promise<Step>,
  { delayed = false }: { /** With a forge that delays and lags as real ones do. */ readonly delayed?: boolean } = {},
): Promise<RequestWorld> {
  const forge = await startTestForge({ checked: false, ...(delayed && { arguments: [] }) });
  const model = await startModel((conversation) => {
    const playbook = /Signalbox playbook: (\S+)/.exec(conversation.messages.map(({ text }) => text).join('\n'))?.[1] ?? '';
    return script(playbook, conversation);
  });
  const noticed: { id: string | undefined; text: string }[] = [];
  /** By repository. */
  const awake = new Map<string, Set<() => void>>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      response.end();
      if (request.url === '/notices') noticed.push({ id: request.headers['webhook-id']?.toString(), text });
      // Some are over, or not there yet: whoever starts looks anyway.
      else for (const look of awake.get(request.url ?? '') ?? []) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    forge,
    model,
    noticed,
    env: {
      GITHUB_API_URL: forge.url,
      GITHUB_TOKEN: forge.tokens['writer'] ?? '',
      SIGNALBOX_NOTIFY_URL: `${url}/notices`,
      // Most repositories here have no CI.
      SIGNALBOX_MERGE_WITHOUT_TESTS: 'true',
    },
    async open(here, options = {}) {
      const {
        jobs,
        files = {},
        beside,
        by = 'writer',
        base = 'main',
        title = 'Do it',
        body = 'As the issue says.',
        message,
        pipeline,
        fork,
        ...named
      } = options;
      const place = beside?.place ?? (await forge.repository());
      const bench = beside?.bench ?? (await workbench(forge, { place }));
      if (jobs !== undefined) await bench.commit('main', { ...workflow(jobs, fork && 'on: pull_request'), 'good.txt': 'on the base\n' });
      const { rest } = forge.as('owner');
      const { data: issue } = await rest.issues.create({ ...place, title: 'Do it', body: 'Please.' });
      const branch = named.branch ?? `signalbox/issue-${issue.number}`;
      const changed = { 'change.txt': 'A change.\n', ...(jobs === undefined ? {} : { 'good.txt': null }), ...files };
      if (fork !== undefined) await forge.as(fork.of).rest.repos.createFork(place);
      const head = await bench.commit(branch, changed, {
        from: base,
        ...(message === undefined ? {} : { message }),
        ...(fork !== undefined && { login: fork.of, to: { owner: fork.of, repo: place.repo } }),
      });
      const { data: pull } = await forge.as(fork?.of ?? by).rest.pulls.create({
        ...place,
        base,
        title,
        body,
        ...(fork === undefined ? { head: branch } : { head: `${fork.of}:${branch}`, maintainer_can_modify: fork.closed !== true }),
      });
      if (beside === undefined)
        await rest.repos.createWebhook({ ...place, config: { url: `${url}/${place.repo}`, content_type: 'json' }, events: ['*'] });

      const ref = { host: forgeHost(forge.url), ...place, number: pull.number };
      const id = mergeRequestId(ref);
      const tree = (await rest.git.getCommit({ ...place, commit_sha: head })).data.tree.sha;
      if (by === 'writer' && fork === undefined)
        await here.store.checks.add({
          id: `${id}/first`,
          repository: repositoryId(ref),
          commit: head,
          tree,
          kind: 'review',
          name: 'r',
          outcome: 'passed',
          because: 'Clean.',
          findings: null,
          session: null,
          evidence: null,
        });
      const request: NewMergeRequest = {
        ref,
        generation: 1,
        work: { workspace: 'test', ...place, host: here.host, worktree: id, branch, base },
        goal: await here.store.blobs.put({ bytes: new TextEncoder().encode('Do it. Please.') }),
        head,
        classification: null,
        author: `task/test/${place.repo}/code/1`,
        earlier: null,
        issue: issue.number,
        tell: `task/test/${place.repo}`,
        ...(pipeline !== undefined && { pipeline }),
      };
      const handle = here.client.workflow.getHandle<(input: MergeRequestInput) => Promise<MergeRequestOutcome>>(id);
      const look = (): Promise<void> => handle.signal(LOOK);
      const hear = (): void =>
        void awake.set(
          `/${place.repo}`,
          (awake.get(`/${place.repo}`) ?? new Set()).add(() => here.inBackground(look())),
        );
      const headNow = async (): Promise<string> => (await bench.pull(pull.number)).head.sha;
      return {
        id,
        place,
        number: pull.number,
        issue: issue.number,
        bench,
        request,
        head: headNow,
        hear,
        async own() {
          await startMergeRequest(here, request, { policy: 'merge', by: 'test', because: 'Opened.' });
          hear();
          await look();
          return { result: () => handle.result(), look };
        },
        async approve() {
          const review = { ...place, pull_number: pull.number, commit_id: await headNow(), event: 'APPROVE' as const };
          await rest.pulls.createReview(review);
        },
      };
    },
    async end() {
      awake.clear();
      server.close();
      await model.stop();
      await forge.stop();
    },
  };
}

const handOver = (title: string, files: readonly string[], replies: readonly { to: string; text: string }[] = []) => ({
  tool: 'hand_over',
  input: { commit: { type: 'fix', title, body: '' }, request: { title, description: '' }, files, outsideTheGoal: [], replies },
});

/** Keeps both sides, unless it is said that they can't both be had. */
const resolves = (turn: number, prompt: string): Step => {
  if (turn > 0 || prompt.includes('not both')) return { call: [handOver('take the base in', [])] };
  return { call: [bash("grep -rlE '^<{7} ' . --exclude-dir=.git | xargs sed -i -E '/^(<{7}|={7}|>{7})/d'")] };
};

/** Reviewers find nothing, failed checks are mended by making good.txt, comments are answered by a line in answers.txt. */
export function helpful(playbook: string, { turn, messages }: Conversation): Step {
  if (playbook.startsWith('review-')) return { call: [{ tool: 'report_findings', input: { findings: [], verified: [] } }] };
  if (playbook === 'triage') {
    const wanted = messages.some(({ text }) => text.includes('Works here')) ? 'approval' : 'actionable';
    return { call: [{ tool: 'triage', input: { triage: wanted, because: `It is ${wanted}.` } }] };
  }
  if (playbook === 'resolve-conflicts') return resolves(turn, messages.map(({ text }) => text).join('\n'));
  if (playbook === 'fix-checks')
    return turn === 0 ? { call: [bash('echo good > good.txt')] } : { call: [handOver('make it good', ['good.txt'])] };
  const all = messages.map(({ text }) => text).join('\n');
  if (all.includes('take long')) return { call: [bash('sleep 1000')] };
  const asked = [...all.matchAll(/Comment (\S+) \(/g)].map(([, to = '']) => to);
  if (turn === 0) return { call: [bash('echo answered >> answers.txt')] };
  return {
    call: [
      handOver(
        'answer the review',
        ['answers.txt'],
        [...new Set(asked)].map((to) => ({ to, text: 'Renamed.' })),
      ),
    ],
  };
}
