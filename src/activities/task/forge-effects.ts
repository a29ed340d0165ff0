// The effects of a task on the forge and beyond, one of each class. How sure each is: docs/guarantees.md.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import type { HandOver } from '../../contracts/outputs.ts';
import { sourceOf, taskBranch, taskId, type ForgeEffect, type TaskRef } from '../../contracts/task.ts';
import type { Store } from '../../store/store.ts';
import type { Call, Convergent, Effect, Guarded, Identified, Marked, Unprobeable } from '../effects/effect.ts';
import { statusOf, type Forge } from '../forge/client.ts';
import { footerOf } from '../publish/footer.ts';
import { neutralise } from '../publish/neutralise.ts';
import { marker, ours } from '../publish/ours.ts';
import { outputOf } from '../session/output.ts';
import { requestTemplate } from '../work/template.ts';
import { ticketOf } from './facts.ts';

export interface World {
  readonly store: Store;
  readonly forge: Forge;
  /** Where notices are posted; nowhere when undefined. */
  readonly notifyUrl: string | undefined;
  /** Where the forge has its pages for people. */
  readonly web: string;
  /** Page that says what Signalbox is, here; null: there is none. */
  readonly home: string | null;
}

const DEADLINE_MS = 20_000;
/** Lists of forges lag by a few seconds. */
const VISIBLE_WITHIN_MS = 5_000;
/** What GitHub takes. */
const LONGEST_TITLE = 256;

export function forgeEffect(world: World, task: TaskRef, action: ForgeEffect, cause: Cause): Effect<Identified | null> {
  const { issue, owner, repo } = task;
  const common = { kind: `task.${action.kind}`, target: { owner, repo, issue }, cause, deadlineMs: DEADLINE_MS };
  switch (action.kind) {
    case 'label':
      return { ...common, ...label(world, issueOf(task), action.label) };
    case 'openRequest':
      return { ...common, ...openRequest(world, task, action) };
    case 'comment':
      return { ...common, ...comment(world, issueOf(task), said(action)) };
    case 'notify':
      return { ...common, ...notify(world, task, action.text) };
  }

  function said({ text, request = 0 }: Extract<ForgeEffect, { kind: 'comment' }>): (call: Call) => string {
    const page = request === 0 ? `issues/${issue}` : `pull/${request}`;
    return (call) => ours(text, { home: world.home, about: `${world.web}/${owner}/${repo}/${page}` }, call);
  }
}

/** The marked ones, built again from their targets for the sweep (effects/sweep.ts). */
export const sweptEffects = (world: Pick<World, 'forge'>): Record<string, (target: unknown) => Marked<Identified>> => ({
  'task.comment': (target) => ({
    ...{ kind: 'task.comment', target, cause: { askedBy: 'sweep', rule: 'doubles-go' }, deadlineMs: DEADLINE_MS },
    ...comment(world, target as Place, () => ''),
  }),
});

/** An issue, where the task has one: the policy asks for nothing on an issue otherwise. */
interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly issue: number;
}

function issueOf({ owner, repo, issue }: TaskRef): Place {
  if (issue === null) throw new Error('this task has no issue');
  return { owner, repo, issue };
}

type Part<E> = Omit<E, 'kind' | 'target' | 'cause' | 'deadlineMs'>;
const done = <Result>(result: Result): EffectOutcome<Result> => ({ state: 'done', result });

const label = ({ forge }: World, { owner, repo, issue }: Place, name: string): Part<Convergent<null>> => ({
  class: 'convergent',
  async act(call) {
    await forge(call).rest.issues.addLabels({ owner, repo, issue_number: issue, labels: [name] });
    return done(null);
  },
});

type OpenRequest = Extract<ForgeEffect, { kind: 'openRequest' }>;

const openRequest = (world: World, task: TaskRef, action: OpenRequest): Part<Guarded<Identified>> => {
  const { owner, repo } = task;
  const { forge } = world;
  const head = taskBranch(task);
  const requestFor = async (call: Call): Promise<Identified | undefined> => {
    const { data } = await forge(call).rest.pulls.list({ owner, repo, head: `${owner}:${head}`, state: 'all' });
    return data[0] && { id: data[0].number };
  };
  return {
    class: 'guarded',
    probe: requestFor,
    async act(call) {
      const { rest } = forge(call);
      const { data: repository } = await rest.repos.get({ owner, repo });
      const words = await wordsOf(world, task, action);
      try {
        const request = { owner, repo, head, base: repository.default_branch, ...words, draft: action.draft };
        return done({ id: (await rest.pulls.create(request)).data.number });
      } catch (error) {
        if (statusOf(error) !== 422) throw error;
        const existing = await whenVisible(() => requestFor(call));
        return existing === undefined ? { state: 'refused', because: String(error) } : done(existing);
      }
    },
  };
};

/** Title and description: the repository's template as the session has filled it in, then what we know better than it does (M1, M2). */
async function wordsOf(world: World, task: TaskRef, { session, pipeline }: OpenRequest): Promise<{ title: string; body: string }> {
  const { title: ticketTitle } = await ticketOf(world, task);
  const id = `${taskId(task)}/${session}`;
  const output = session === '' ? null : await outputOf(world.store, id);
  const handOver: HandOver | null = output?.kind === 'handOver' ? output.value : null;
  const title = neutralise(handOver?.request.title ?? ticketTitle).replaceAll(/\s+/g, ' ');
  const description = neutralise(handOver?.request.description ?? (await requestTemplate(world.forge, task)) ?? '');
  const closes = task.issue === null ? '' : `Closes #${task.issue}.`;
  const footer = footerOf({ task: taskId(task), pipeline, session: session === '' ? null : session });
  return { title: title.slice(0, LONGEST_TITLE), body: [description.trim(), closes, footer].filter((part) => part !== '').join('\n\n') };
}

/** Looks until there is something, for as long as a list may hide it. */
async function whenVisible<T>(find: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const pause of [0, VISIBLE_WITHIN_MS / 4, VISIBLE_WITHIN_MS / 4, VISIBLE_WITHIN_MS / 2]) {
    await sleep(pause);
    const found = await find();
    if (found !== undefined) return found;
  }
  return undefined;
}

const comment = (
  { forge }: Pick<World, 'forge'>,
  { owner, repo, issue }: Place,
  said: (call: Call) => string,
): Part<Marked<Identified>> => ({
  class: 'marked',
  visibleWithinMs: VISIBLE_WITHIN_MS,
  async find(call) {
    const octokit = forge(call);
    const { data: me } = await octokit.rest.users.getAuthenticated();
    const comments = await octokit.paginate(octokit.rest.issues.listComments, { owner, repo, issue_number: issue, per_page: 100 });
    return comments.filter(({ body, user }) => user?.login === me.login && body?.includes(marker(call)) === true).map(({ id }) => ({ id }));
  },
  async act(call) {
    const { data } = await forge(call).rest.issues.createComment({ owner, repo, issue_number: issue, body: said(call) });
    return done({ id: data.id });
  },
  async remove(call, { id }) {
    try {
      await forge(call).rest.issues.deleteComment({ owner, repo, comment_id: Number(id) });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  },
});

const notify = ({ notifyUrl }: World, task: TaskRef, text: string): Part<Unprobeable<null>> => ({
  class: 'unprobeable',
  async act(call) {
    if (notifyUrl === undefined) return done(null);
    const response = await call.fetch(notifyUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'webhook-id': call.mark, 'idempotency-key': call.mark },
      body: JSON.stringify({ source: sourceOf(task), text }),
    });
    if (!response.ok) throw new Error(`${new URL(notifyUrl).host} answered ${response.status}.`);
    return done(null);
  },
});
