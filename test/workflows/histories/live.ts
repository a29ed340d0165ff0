// Lives through a history: opens its request, lets its events happen one step after the other, and waits after each until Signalbox has done
// what it wants to do. What is remembered is what the forge can't tell: what the operator has approved.
import { setTimeout as sleep } from 'node:timers/promises';
import { startMergeRequest } from '../../../src/activities/merge-request/start.ts';
import { answer } from '../../../src/client/answer.ts';
import { sayOfCustody } from '../../../src/activities/merge-request/say-of-custody.ts';
import type { NewMergeRequest } from '../../../src/contracts/merge-request.ts';
import { LOOK } from '../../../src/contracts/signals.ts';
import type { TraceEntry } from '../../../src/contracts/trace.ts';
import { forgeHost, mergeLaneId, mergeRequestId, repositoryId } from '../../../src/contracts/work.ts';
import { job, workflow } from '../../forge/ci-support.ts';
import type { Event, History, Words } from './events.ts';
import { Refused, type Stage } from './stage.ts';

export interface Lived {
  readonly history: History;
  readonly request: Opened;
  /** Heads that the operator has approved, and those that he has let us go on from. */
  readonly approved: readonly string[];
  readonly takenUp: readonly string[];
  /** Number of the other request of ours, where there is one. */
  readonly companion: number | null;
  /** Keys of what was said, in order, and what became of each event: for who has to find out what went wrong. */
  readonly story: readonly string[];
  /** The last decision of the request; null where its workflow has ended. */
  readonly stands: TraceEntry | null;
}

export interface Opened {
  readonly id: string;
  readonly repo: string;
  readonly number: number;
  /** Null where nobody asked for it. */
  readonly issue: number | null;
  readonly branch: string;
  readonly head: string;
  readonly author: 'writer' | 'owner';
}

interface Pull {
  readonly number: number;
  readonly state: string;
  readonly merged: boolean;
  readonly draft: boolean;
  readonly node_id: string;
  readonly head: { readonly sha: string };
  readonly base: { readonly ref: string };
}

interface Commit {
  readonly tree: { readonly sha: string };
  readonly parents: readonly { readonly sha: string }[];
}

const WORDS: Record<Words, string> = {
  wish: 'Please say it differently.',
  question: 'Why a file?',
  praise: 'Looks good to me!',
  stop: 'Do not merge this yet.',
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const FLAKY = job('build', 'test "$GITHUB_RUN_ATTEMPT" -gt 1 || { echo "connect ECONNRESET 10.0.0.1"; exit 1; }');
const SETTLED_WITHIN_MS = 240_000;
const LOOK_EVERY_MS = 300;

let repositories = 0;

/** It did not come to an end that could be judged. */
export class WentWrong extends Error {
  readonly story: readonly string[];
  constructor(story: readonly string[], cause: unknown) {
    super(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    this.story = story;
  }
}

/** @throws WentWrong when Signalbox does not come to rest */
export async function live(stage: Stage, history: History): Promise<Lived> {
  const life = new Life(stage, history, await open(stage, history));
  try {
    await pass(stage, history, life);
  } catch (error) {
    throw new WentWrong(life.told().story, error);
  }
  return life.told();
}

async function pass(stage: Stage, history: History, life: Life): Promise<void> {
  await life.settle();
  for (const { events, trouble } of history.steps) {
    const over = await Promise.all(trouble.map((one) => stage.trouble(life.request.repo, one)));
    let something = false;
    for (const event of events) something = (await life.happen(event)) || something;
    if (something) await life.settle();
    await Promise.all(over.map((end) => end().catch(() => undefined)));
  }
  await life.companionEnds();
}

async function open({ call, here, forge, webhook }: Stage, { from, ci, seed }: History): Promise<Opened> {
  const repo = `history-${seed}-${++repositories}`;
  const path = `/repos/owner/${repo}`;
  const collaborators = { writer: 'write', helper: 'write', reader: 'read' };
  await forge.control('POST', '/_repositories', { owner: 'owner', name: repo, collaborators });
  const put = async (login: string, branch: string, file: string, content: string): Promise<string> => {
    const body = { branch, message: `Add ${file}`, content: base64(content) };
    return (await call<{ commit: { sha: string } }>(login, 'PUT', `${path}/contents/${file}`, body)).commit.sha;
  };
  const base = await call<{ object: { sha: string } }>('owner', 'GET', `${path}/git/ref/heads/main`);
  const isOurs = from === 'task';
  const issue = isOurs ? (await call<{ number: number }>('reader', 'POST', `${path}/issues`, { title: 'Do it', body: 'Please.' })).number : null;
  const author = isOurs ? 'writer' : 'owner';
  const branch = isOurs ? `signalbox/issue-${issue}` : 'topic';
  if (ci === 'real') for (const [file, content] of Object.entries(workflow(FLAKY))) await put('owner', 'main', file, content);
  const tip = ci === 'real' ? (await call<{ object: { sha: string } }>('owner', 'GET', `${path}/git/ref/heads/main`)).object.sha : base.object.sha;
  await call(author, 'POST', `${path}/git/refs`, { ref: `refs/heads/${branch}`, sha: tip });
  const head = await put(author, branch, 'change.txt', 'A change.\n');
  if (ci === 'required')
    await call('owner', 'PUT', `${path}/branches/main/protection`, {
      required_status_checks: { strict: false, contexts: ['ci'] }, enforce_admins: false,
      required_pull_request_reviews: null, restrictions: null,
    });
  const { number } = await call<{ number: number }>(author, 'POST', `${path}/pulls`, { head: branch, base: 'main', title: 'Do it', body: 'It.' });
  const config = { ...webhook, content_type: 'json' };
  await call('owner', 'POST', `${path}/hooks`, { config, events: ['*'], active: true });

  const ref = { host: forgeHost(forge.url), owner: 'owner', repo, number };
  const id = mergeRequestId(ref);
  if (isOurs) {
    const { tree } = await call<{ tree: { sha: string } }>('owner', 'GET', `${path}/git/commits/${head}`);
    await here.store.checks.add({
      id: `${id}/first`, repository: repositoryId(ref), commit: head, tree: tree.sha, kind: 'review', name: 'r', outcome: 'passed',
      because: 'Clean.', findings: null, session: null, evidence: null,
    });
  }
  const opened: Opened = { id, repo, number, issue, branch, head, author };
  await own(here, forge.url, opened);
  return opened;
}

/** Starts the owner of a request. */
async function own(here: Stage['here'], url: string, { id, repo, number, issue, branch, head, author }: Opened): Promise<void> {
  const isOurs = author === 'writer';
  const request: Omit<NewMergeRequest, 'generation'> = {
    ref: { host: forgeHost(url), owner: 'owner', repo, number },
    work: { workspace: 'histories', owner: 'owner', repo, host: here.host, worktree: id, branch, base: 'main' },
    goal: await here.store.blobs.put({ bytes: new TextEncoder().encode('Do it. Please.') }),
    head, classification: null, author: isOurs ? `task/histories/${repo}/code/1` : null, earlier: null, issue, tell: isOurs ? `task/histories/${repo}` : null,
  };
  await startMergeRequest(here, request, { policy: 'merge', by: isOurs ? 'test' : 'ann', because: 'Its history begins.' });
}

/** There was nothing that could be done. */
const NOTHING = Symbol('nothing');

/** Whom a request may wait for when it is at rest. */
const OTHERS: readonly string[] = ['operator', 'people', 'reviewer', 'ci'];

class Life {
  readonly request: Opened;
  readonly #stage: Stage;
  readonly #history: History;
  readonly #path: string;
  readonly #story: string[] = [];
  readonly #approved: string[] = [];
  readonly #takenUp: string[] = [];
  #said: { readonly path: string; readonly at: number } | undefined;
  #names = 0;
  #stands: TraceEntry | null = null;
  #decisions = 0;
  #companion: number | null = null;

  constructor(stage: Stage, history: History, request: Opened) {
    this.#stage = stage;
    this.#history = history;
    this.request = request;
    this.#path = `/repos/owner/${request.repo}`;
  }

  told(): Lived {
    const { request } = this;
    return { history: this.#history, request, approved: this.#approved, takenUp: this.#takenUp, companion: this.#companion, story: this.#story, stands: this.#stands };
  }

  /** Returns whether there was anything to do. */
  async happen(event: Event): Promise<boolean> {
    try {
      const done = await this.#perform(event);
      this.#story.push(`${JSON.stringify(event)}${done === NOTHING ? ': nothing to do' : ''}`);
      return done !== NOTHING;
    } catch (error) {
      // As things are, that can't be done: then it is not.
      if (!(error instanceof Refused) || error.status >= 500) throw error;
      this.#story.push(`${JSON.stringify(event)}: ${error.message}`);
      return false;
    }
  }

  async #pull(): Promise<Pull> {
    return this.#stage.call<Pull>('owner', 'GET', `${this.#path}/pulls/${this.request.number}`);
  }

  async #perform(event: Event): Promise<unknown> {
    const { call } = this.#stage;
    const { number, branch } = this.request;
    const [issues, pulls] = [`${this.#path}/issues/${number}`, `${this.#path}/pulls/${number}`];
    const ref = `${this.#path}/git/refs/heads/${branch}`;
    switch (event.kind) {
      case 'ci':
        if (this.#history.ci === 'real') return NOTHING;
        return call('owner', 'POST', `${this.#path}/statuses/${(await this.#pull()).head.sha}`, { state: event.state, context: 'ci' });
      case 'say': {
        const { by, words, where } = event;
        const body = { body: WORDS[words] };
        const there = where === 'line' ? { commit_id: (await this.#pull()).head.sha, path: 'change.txt', line: 1, side: 'RIGHT' } : undefined;
        const { id } =
          there === undefined
            ? await call<{ id: number }>(by, 'POST', `${issues}/comments`, body)
            : await call<{ id: number }>(by, 'POST', `${pulls}/comments`, { ...body, ...there });
        if (by === 'owner') this.#said = { path: `${this.#path}/${where === 'line' ? 'pulls' : 'issues'}/comments/${id}`, at: Date.now() };
        return undefined;
      }
      case 'edit': {
        if (this.#said === undefined) return NOTHING;
        // Forges tell the second in which something was edited: within that of its making it is not edited.
        await sleep(Math.max(0, this.#said.at + 1_100 - Date.now()));
        const { path } = this.#said;
        this.#said = undefined;
        return call('owner', 'PATCH', path, { body: 'Please use other words.' });
      }
      case 'review': {
        const { by, verdict } = event;
        const words = verdict === 'APPROVE' ? {} : { body: 'Thanks!' };
        return call(by, 'POST', `${pulls}/reviews`, { event: verdict, commit_id: (await this.#pull()).head.sha, ...words });
      }
      case 'dismiss': {
        const all = await call<{ id: number; state: string }[]>('owner', 'GET', `${pulls}/reviews`);
        const last = all.findLast(({ state }) => state === 'APPROVED' || state === 'CHANGES_REQUESTED');
        return last === undefined ? NOTHING : call('owner', 'PUT', `${pulls}/reviews/${last.id}/dismissals`, { message: 'No.' });
      }
      case 'label':
        return call('owner', 'POST', `${issues}/labels`, { labels: [event.label] });
      case 'unlabel':
        return call('owner', 'DELETE', `${issues}/labels/${event.label}`);
      case 'take back': {
        if (this.#said === undefined) return NOTHING;
        const { path } = this.#said;
        this.#said = undefined;
        return call('owner', 'DELETE', path);
      }
      case 'title':
        return call('owner', 'PATCH', pulls, { title: `Do it, please (${++this.#names})` });
      case 'retarget': {
        const { base } = await this.#pull();
        if (base.ref !== 'main') return call('owner', 'PATCH', pulls, { base: 'main' });
        const { object } = await call<{ object: { sha: string } }>('owner', 'GET', `${this.#path}/git/ref/heads/main`);
        const other = `other-${++this.#names}`;
        await call('owner', 'POST', `${this.#path}/git/refs`, { ref: `refs/heads/${other}`, sha: object.sha });
        return call('owner', 'PATCH', pulls, { base: other });
      }
      case 'set back':
        if ((await this.#pull()).head.sha === this.request.head) return NOTHING;
        return call('owner', 'PATCH', ref, { sha: this.request.head, force: true });
      case 'force': {
        const { tree, parents } = await call<Commit>('owner', 'GET', `${this.#path}/git/commits/${(await this.#pull()).head.sha}`);
        const body = { message: 'By hand', tree: tree.sha, parents: parents.map(({ sha }) => sha) };
        const { sha } = await call<{ sha: string }>('owner', 'POST', `${this.#path}/git/commits`, body);
        return call('owner', 'PATCH', ref, { sha, force: true });
      }
      case 'delete branch':
        return call('owner', 'DELETE', ref);
      case 'push':
        return this.#put(branch);
      case 'conflict':
        return this.#change('main', 'change.txt', 'Another change.\n');
      case 'base':
        return this.#put('main');
      case 'companion':
        return this.#openCompanion();
      case 'answer':
        return this.#answer();
      case 'pause':
      case 'resume': {
        const said = { request: this.request.id, by: 'ann', because: 'As the history has it.' };
        const { state } = await sayOfCustody(this.#stage.here, event.kind, said);
        return state === 'said' ? undefined : NOTHING;
      }
      case 'merge':
        return call('owner', 'PUT', `${pulls}/merge`, { merge_method: 'squash' });
      case 'close':
        return call('owner', 'PATCH', pulls, { state: 'closed' });
      case 'reopen':
        return call('owner', 'PATCH', pulls, { state: 'open' });
      case 'draft':
      case 'ready': {
        const name = event.kind === 'draft' ? 'convertPullRequestToDraft' : 'markPullRequestReadyForReview';
        const { node_id: id, draft, state } = await this.#pull();
        if (draft === (event.kind === 'draft') || state !== 'open') return NOTHING;
        const query = `mutation ($id: ID!) { ${name}(input: { pullRequestId: $id }) { clientMutationId } }`;
        const { errors } = await call<{ errors?: unknown }>('owner', 'POST', '/graphql', { query, variables: { id } });
        if (errors !== undefined) throw new Refused(422, JSON.stringify(errors));
        return undefined;
      }
    }
  }

  /** A new file of `owner` on a branch. */
  async #put(branch: string): Promise<void> {
    await this.#change(branch, `by-hand-${++this.#names}.txt`, 'By hand.\n');
  }

  /** Where the file is there already it is left as it is. */
  async #change(branch: string, file: string, content: string): Promise<void> {
    const body = { branch, message: `Add ${file}`, content: base64(content) };
    await this.#stage.call('owner', 'PUT', `${this.#path}/contents/${file}`, body);
  }

  /** Reviewed by us, green where that is asked for, and approved by a person. */
  async #openCompanion(): Promise<void> {
    const { call, here, forge } = this.#stage;
    const { repo } = this.request;
    const branch = 'signalbox/companion';
    const main = await call<{ object: { sha: string } }>('owner', 'GET', `${this.#path}/git/ref/heads/main`);
    await call('writer', 'POST', `${this.#path}/git/refs`, { ref: `refs/heads/${branch}`, sha: main.object.sha });
    const file = { branch, message: 'Add companion.txt', content: base64('Beside it.\n') };
    const { commit } = await call<{ commit: { sha: string; tree: { sha: string } } }>('writer', 'PUT', `${this.#path}/contents/companion.txt`, file);
    const { number } = await call<{ number: number }>('writer', 'POST', `${this.#path}/pulls`, { head: branch, base: 'main', title: 'Beside it', body: 'It.' });
    const ref = { host: forgeHost(forge.url), owner: 'owner', repo, number };
    const id = mergeRequestId(ref);
    await here.store.checks.add({
      id: `${id}/first`, repository: repositoryId(ref), commit: commit.sha, tree: commit.tree.sha, kind: 'review', name: 'r', outcome: 'passed',
      because: 'Clean.', findings: null, session: null, evidence: null,
    });
    if (this.#history.ci === 'required')
      await call('owner', 'POST', `${this.#path}/statuses/${commit.sha}`, { state: 'success', context: 'ci' });
    await call('owner', 'POST', `${this.#path}/pulls/${number}/reviews`, { event: 'APPROVE', commit_id: commit.sha });
    this.#companion = number;
    await own(here, forge.url, { id, repo, number, issue: null, branch, head: commit.sha, author: 'writer' });
  }

  /** Nothing stands against its merge. */
  async companionEnds(): Promise<void> {
    if (this.#companion === null) return;
    const path = `${this.#path}/pulls/${this.#companion}`;
    for (const end = Date.now() + SETTLED_WITHIN_MS; Date.now() < end; await sleep(200))
      if ((await this.#stage.call<Pull>('owner', 'GET', path)).merged) return;
    throw new Error(`the companion of ${this.request.id} is not merged`);
  }

  async #answer(): Promise<unknown> {
    const { here } = this.#stage;
    const waiting = await here.store.outbox.waiting({ askedBy: this.request.id });
    for (const item of waiting) {
      const verdict = (['approve', 'confirm', 'answer'] as const).find((one) => item.accepts.includes(one));
      if (verdict === undefined) continue;
      const about = item.about === undefined ? {} : { about: item.about };
      const body = verdict === 'answer' ? { body: { text: 'Please go on.' } } : {};
      const outcome = await answer(here, { item: item.id, verdict, by: 'ann', ...about, ...body });
      this.#story.push(`  ${item.id}: ${verdict}, ${outcome.state}`);
      if (outcome.state !== 'accepted' || verdict !== 'approve' || item.about === undefined) continue;
      (item.id.startsWith('go-on/') ? this.#takenUp : this.#approved).push(item.about);
    }
    return waiting.length === 0 ? NOTHING : undefined;
  }

  /**
   * Waits until the owner of the request has ended, or waits for somebody, having looked after all that has happened. What nobody told it of
   * it would see when its own time to look has come: that is brought forward.
   */
  async settle(): Promise<void> {
    const end = Date.now() + SETTLED_WITHIN_MS;
    let since = await this.#newest();
    await this.#look();
    for (; Date.now() < end; await sleep(50)) {
      const last = await this.#newest();
      const action = this.#waitsFor();
      if (action !== 'ended' && (action === 'nobody' || action === 'session' || last <= since)) continue;
      const state = await this.#stateNow();
      if (state === 'ended') return;
      if (state !== 'idle' || (await this.#newest()) !== last) continue;
      const isOthers = OTHERS.includes(action);
      if (isOthers && !(action === 'ci' && this.#history.ci === 'real' && (await this.#ciRuns()))) return;
      // What the forge, CI or the lane say in the end is to be seen as well.
      since = last;
      await sleep(LOOK_EVERY_MS);
      await this.#look();
    }
    const told = this.#stands === null ? 'nothing' : `${this.#stands.rule}: ${this.#stands.because}`;
    const { raw } = await this.#stage.here.client.workflow.getHandle(this.request.id).describe();
    const pending = (raw.pendingActivities ?? []).map(
      ({ activityType, attempt, lastFailure, lastStartedTime: at }) =>
        `${activityType?.name}, attempt ${attempt}, ${at ? 'begun' : 'not begun'}, last ${lastFailure?.message ?? 'not failed'}`,
    );
    const underWay = pending.length === 0 ? 'nothing' : pending.join('; ');
    throw new Error(
      `${this.request.id} does not come to rest; after ${this.#decisions} decisions it stands at ${told}; under way: ${underWay}`,
    );
  }

  #waitsFor(): string {
    const action = this.#stands?.action as { kind: string; forWhom?: string } | undefined;
    return action?.kind === 'end' ? 'ended' : action?.kind === 'wait' ? (action.forWhom ?? '') : 'nobody';
  }

  /** `idle`: nothing is under way, so that every signal up to now has been followed by a look. */
  async #stateNow(): Promise<'ended' | 'idle' | 'works'> {
    const { status, raw } = await this.#stage.here.client.workflow.getHandle(this.request.id).describe();
    if (status.name !== 'RUNNING') return 'ended';
    const isIdle = (raw.pendingActivities ?? []).length === 0 && (raw.pendingWorkflowTask ?? null) === null;
    return isIdle ? 'idle' : 'works';
  }

  async #newest(): Promise<number> {
    const more = await this.#stage.here.store.decisions.trace({ workflow: this.request.id, after: this.#decisions, limit: 1_000 });
    this.#decisions = more.at(-1)?.seq ?? this.#decisions;
    this.#stands = more.at(-1) ?? this.#stands;
    for (const { seq, rule, because } of more) this.#story.push(`  ${seq} ${rule}: ${because}`);
    return this.#decisions;
  }

  async #look(): Promise<void> {
    const { client } = this.#stage.here;
    const { rule } = this.#stands ?? {};
    const lane = mergeLaneId({ host: forgeHost(this.#stage.forge.url), owner: 'owner', repo: this.request.repo });
    for (const workflowId of [this.request.id, ...(rule === 'merging' ? [lane] : [])])
      await client.workflow
        .getHandle(workflowId)
        .signal(LOOK)
        .catch(() => undefined);
  }

  async #ciRuns(): Promise<boolean> {
    const { head } = await this.#pull();
    const path = `${this.#path}/actions/runs?head_sha=${head.sha}`;
    const { workflow_runs: runs } = await this.#stage.call<{ workflow_runs: { status: string }[] }>('owner', 'GET', path);
    return runs.length === 0 || runs.some(({ status }) => status !== 'completed');
  }
}
