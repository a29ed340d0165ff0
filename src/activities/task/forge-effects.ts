// The effects of a task on the forge and beyond, one of each class. How sure each is: docs/guarantees.md.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cause } from '../../contracts/effect.ts';
import type { HandOver } from '../../contracts/outputs.ts';
import { rowOf } from '../../contracts/identity.ts';
import { sourceOf, taskBranch, taskId, type ForgeEffect, type TaskRef } from '../../contracts/task.ts';
import type { Store } from '../../store/store.ts';
import { done, type Call, type Convergent, type Effect, type Guarded, type Identified, type Marked, type Part } from '../effects/effect.ts';
import type { Pages } from '../forge/pages.ts';
import type { Accounts } from '../forge/accounts.ts';
import type { Forge } from '../forge/provider.ts';
import { comment, VISIBLE_WITHIN_MS, type CommentTarget } from '../publish/comment.ts';
import { footerOf } from '../publish/footer.ts';
import { neutralise } from '../publish/neutralise.ts';
import { notice } from '../publish/notice.ts';
import { ours } from '../publish/ours.ts';
import { outputOf } from '../session/output.ts';
import { requestTemplate } from '../work/template.ts';
import { completeRequest } from './complete.ts';
import { ticketOf } from './facts.ts';

export interface World {
  readonly store: Store;
  readonly accounts: Accounts;
  /** Where notices are posted; nowhere when undefined. */
  readonly notifyUrl: string | undefined;
  readonly pages: Pages;
  /** Page that says what Signalbox is, here; null: there is none. */
  readonly home: string | null;
}

const DEADLINE_MS = 20_000;
/** What GitHub takes. */
const LONGEST_TITLE = 256;

/** Whose account does it. */
export const purposeOf = ({ kind }: ForgeEffect): 'requests' | 'comments' =>
  kind === 'openRequest' || kind === 'complete' ? 'requests' : 'comments';

export function forgeEffect(given: World, task: TaskRef, action: ForgeEffect, cause: Cause): Effect<Identified | null> {
  const { issue, owner, repo, as } = task;
  const world = { ...given, forge: given.accounts.of(as, purposeOf(action)).forge };
  const by = action.kind === 'notify' ? {} : rowOf(as, purposeOf(action));
  const common = { kind: `task.${action.kind}`, target: { owner, repo, issue, ...by }, cause, deadlineMs: DEADLINE_MS };
  switch (action.kind) {
    case 'label':
      return { ...common, ...label(world, issueOf(task), action.label) };
    case 'openRequest':
      return { ...common, ...openRequest(world, task, action) };
    case 'complete':
      return { ...common, ...completeRequest(world.forge, { owner, repo }, action.request, action) };
    case 'comment':
      return { ...common, ...comment(world, placeOf(issueOf(task)), said(action)) };
    case 'notify':
      return { ...common, ...notice(world.notifyUrl, sourceOf(task), action.text) };
  }

  function said({ text, request = 0 }: Extract<ForgeEffect, { kind: 'comment' }>): (call: Call) => Promise<string> {
    const about =
      request === 0
        ? world.pages.issue({ owner, repo, number: issueOf(task).issue })
        : world.pages.request({ owner, repo, number: request });
    return (call) => Promise.resolve(ours(text, { home: world.home, about }, call));
  }
}

/** The marked ones, built again from their targets for the sweep (effects/sweep.ts). */
export const sweptEffects = ({ accounts }: Pick<World, 'accounts'>): Record<string, (target: unknown) => Marked<Identified>> => ({
  'task.comment': (target) => ({
    kind: 'task.comment',
    target,
    cause: { askedBy: 'sweep', rule: 'doubles-go' },
    deadlineMs: DEADLINE_MS,
    ...comment(accounts.of((target as Place).as, 'comments'), placeOf(target as Place), () =>
      Promise.reject(new Error('a sweep says nothing')),
    ),
  }),
});

/** An issue, where the task has one: the policy asks for nothing on an issue otherwise. */
interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly issue: number;
  readonly as?: string | undefined;
}

interface Asked {
  readonly store: Store;
  readonly forge: Forge;
}

const placeOf = ({ owner, repo, issue }: Place): CommentTarget => ({ owner, repo, number: issue, thread: null });

function issueOf({ owner, repo, issue }: TaskRef): Place {
  if (issue === null) throw new Error('this task has no issue');
  return { owner, repo, issue };
}

const label = ({ forge }: Asked, { issue, ...place }: Place, name: string): Part<Convergent<null>> => ({
  class: 'convergent',
  act: (call) => forge(call).addLabels({ ...place, number: issue }, [name]),
});

type OpenRequest = Extract<ForgeEffect, { kind: 'openRequest' }>;

const openRequest = (world: Asked & World, task: TaskRef, action: OpenRequest): Part<Guarded<Identified>> => {
  const { forge } = world;
  const branch = taskBranch(task);
  const requestFor = async (call: Call): Promise<Identified | undefined> => {
    const [newest] = await forge(call).requestsFrom(task, branch, 'all');
    return newest === undefined ? undefined : { id: newest };
  };
  return {
    class: 'guarded',
    probe: requestFor,
    async act(call) {
      const { defaultBranch: base } = await forge(call).repository(task);
      const words = await wordsOf(world, task, action);
      const opened = await forge(call).openRequest(task, { branch, base, ...words, draft: action.draft });
      if (opened.state === 'done') return opened;
      const existing = await whenVisible(() => requestFor(call));
      return existing === undefined ? opened : done(existing);
    },
  };
};

/** Title and description: the repository's template as the session has filled it in, then what we know better than it does (M1, M2). */
async function wordsOf(world: Asked & World, task: TaskRef, { session, pipeline }: OpenRequest): Promise<{ title: string; body: string }> {
  const ticket = await ticketOf(world, task);
  const id = `${taskId(task)}/${session}`;
  const output = session === '' ? null : await outputOf(world.store, id);
  const handOver: HandOver | null = output?.kind === 'handOver' ? output.value : null;
  const title = neutralise(handOver?.request.title ?? ticket.title).replaceAll(/\s+/g, ' ');
  const description = neutralise(handOver?.request.description ?? (await requestTemplate(world.forge, task, ticket)) ?? '');
  const closes = task.issue === null ? '' : `Closes #${task.issue}.`;
  const onBehalfOf = await world.accounts.onBehalfOf(task.as);
  const footer = footerOf({ task: taskId(task), pipeline, session: session === '' ? null : session, onBehalfOf });
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
