// The effects of a task on the forge and beyond, one of each class. How sure each is: docs/guarantees.md.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import { taskBranch, type ForgeEffect, type TaskRef } from '../../contracts/task.ts';
import type { Call, Convergent, Effect, Guarded, Identified, Marked, Unprobeable } from '../effects/effect.ts';
import { statusOf, type Forge } from '../forge/client.ts';

export interface World {
  readonly forge: Forge;
  /** Where notices are posted; nowhere when undefined. */
  readonly notifyUrl: string | undefined;
}

const DEADLINE_MS = 20_000;
/** Lists of forges lag by a few seconds. */
const VISIBLE_WITHIN_MS = 5_000;

export function forgeEffect(world: World, task: TaskRef, action: ForgeEffect, cause: Cause): Effect<Identified | null> {
  const { issue, owner, repo } = task;
  const common = { kind: `task.${action.kind}`, target: { owner, repo, issue }, cause, deadlineMs: DEADLINE_MS };
  switch (action.kind) {
    case 'label':
      return { ...common, ...label(world, task, action.label) };
    case 'openRequest':
      return { ...common, ...openRequest(world, task) };
    case 'comment':
      return { ...common, ...comment(world, task, action.text) };
    case 'notify':
      return { ...common, ...notify(world, task, action.text) };
  }
}

/** The marked ones, built again from their targets for the sweep (effects/sweep.ts). */
export const sweptEffects = (world: Pick<World, 'forge'>): Record<string, (target: unknown) => Marked<Identified>> => ({
  'task.comment': (target) => ({
    ...{ kind: 'task.comment', target, cause: { askedBy: 'sweep', rule: 'doubles-go' }, deadlineMs: DEADLINE_MS },
    ...comment(world, target as Place, ''),
  }),
});

type Place = Pick<TaskRef, 'owner' | 'repo' | 'issue'>;
type Part<E> = Omit<E, 'kind' | 'target' | 'cause' | 'deadlineMs'>;
const done = <Result>(result: Result): EffectOutcome<Result> => ({ state: 'done', result });

const label = ({ forge }: World, { owner, repo, issue }: TaskRef, name: string): Part<Convergent<null>> => ({
  class: 'convergent',
  async act(call) {
    await forge(call).rest.issues.addLabels({ owner, repo, issue_number: issue, labels: [name] });
    return done(null);
  },
});

const openRequest = ({ forge }: World, task: TaskRef): Part<Guarded<Identified>> => {
  const { owner, repo, issue } = task;
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
      const [{ data: repository }, { data: source }] = await Promise.all([
        rest.repos.get({ owner, repo }),
        rest.issues.get({ owner, repo, issue_number: issue }),
      ]);
      try {
        const request = { owner, repo, head, base: repository.default_branch, title: source.title, body: `For #${issue}.` };
        return done({ id: (await rest.pulls.create(request)).data.number });
      } catch (error) {
        if (statusOf(error) !== 422) throw error;
        const existing = await whenVisible(() => requestFor(call));
        return existing === undefined ? { state: 'refused', because: String(error) } : done(existing);
      }
    },
  };
};

/** Looks until there is something, for as long as a list may hide it. */
async function whenVisible<T>(find: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const pause of [0, VISIBLE_WITHIN_MS / 4, VISIBLE_WITHIN_MS / 4, VISIBLE_WITHIN_MS / 2]) {
    await sleep(pause);
    const found = await find();
    if (found !== undefined) return found;
  }
  return undefined;
}

const comment = ({ forge }: Pick<World, 'forge'>, { owner, repo, issue }: Place, text: string): Part<Marked<Identified>> => ({
  class: 'marked',
  visibleWithinMs: VISIBLE_WITHIN_MS,
  async find(call) {
    const octokit = forge(call);
    const { data: me } = await octokit.rest.users.getAuthenticated();
    const comments = await octokit.paginate(octokit.rest.issues.listComments, { owner, repo, issue_number: issue, per_page: 100 });
    return comments.filter(({ body, user }) => user?.login === me.login && body?.includes(marker(call)) === true).map(({ id }) => ({ id }));
  },
  async act(call) {
    const { data } = await forge(call).rest.issues.createComment({ owner, repo, issue_number: issue, body: `${text}\n\n${marker(call)}` });
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

const marker = ({ mark }: Call): string => `<!-- ${mark} -->`;

const notify = ({ notifyUrl }: World, { owner, repo, issue }: TaskRef, text: string): Part<Unprobeable<null>> => ({
  class: 'unprobeable',
  async act(call) {
    if (notifyUrl === undefined) return done(null);
    const response = await call.fetch(notifyUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'webhook-id': call.mark, 'idempotency-key': call.mark },
      body: JSON.stringify({ source: `${owner}/${repo}#${issue}`, text }),
    });
    if (!response.ok) throw new Error(`${notifyUrl} answered ${response.status}.`);
    return done(null);
  },
});
