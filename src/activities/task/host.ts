// What a task does where its worktree is: prepare sessions and reviews, commit what sessions leave, push, hand the request over.
import type { Client } from '@temporalio/client';
import { taskId, workOf, type HostEffect, type TaskHostActivities, type TaskInput, type TaskRef } from '../../contracts/task.ts';
import type { Cause } from '../../contracts/effect.ts';
import type { NewMergeRequest } from '../../contracts/merge-request.ts';
import { rowOf } from '../../contracts/identity.ts';
import { entryKey } from '../../contracts/said.ts';
import type { Work } from '../../contracts/work.ts';
import { BASE, gitLine, type Worktree } from '../../git/command.ts';
import { fetchMirror } from '../../git/mirror.ts';
import { moveWorktree } from '../../git/move.ts';
import { startMergeRequest } from '../merge-request/start.ts';
import type { Effect } from '../effects/effect.ts';
import type { Once } from '../effects/once.ts';
import type { Forge } from '../forge/provider.ts';
import { unlessRefused } from '../forge/refusals.ts';
import { limitsWithin, type BudgetDeps } from '../session/budget.ts';
import { outputOf } from '../session/output.ts';
import { neutralise } from '../publish/neutralise.ts';
import { prepare, type PrepareDeps } from '../session/prepare.ts';
import { keepWork } from '../work/checkpoints.ts';
import { commitWork } from '../work/commit.ts';
import { changedFiles } from '../work/diff.ts';
import { ensureWorktree, fitForSession, forkPoint, remoteOf, requireWorktree, type WorkDeps } from '../work/place.ts';
import { pushEffect } from '../work/push.ts';
import { requestTemplate } from '../work/template.ts';
import { putJson, putText } from '../work/texts.ts';
import { classificationOf, coordinatorOf, ticketOf } from './facts.ts';

export interface TaskHostDeps extends WorkDeps, PrepareDeps, BudgetDeps {
  readonly once: Once;
  readonly client: Client;
  /** Name of this host. */
  readonly host: string;
  /** Host of the forge: part of the names of requests. */
  readonly forgeHost: string;
}

const DEADLINE_MS = 60_000;

export function createTaskHostActivities(deps: TaskHostDeps): TaskHostActivities {
  const { store, once, accounts, git } = deps;
  const forgeOf = ({ as }: TaskRef): Forge => accounts.of(as, 'comments').forge;
  return {
    prepareSession: ({ task, key, playbook }) =>
      unlessRefused(deps, coordinatorOf(task), async () => {
        const work = await workHere(task);
        const session = `${taskId(task)}/${key}`;
        const unfit = await fitForSession(deps, work, { session, owner: taskId(task), goesOn: await goesOn(task, key) });
        if (unfit !== null) return unfit;
        const { directory } = await requireWorktree(deps, work);
        const ticket = await ticketOf({ store, forge: forgeOf(task) }, task);
        const goal = inWords(ticket);
        const common = { work, directory, session, mailbox: taskId(task) };
        const within = await limitsWithin(deps, taskId(task));
        if (playbook === 'classify') return prepare(within, { ...common, playbook, variables: { goal } });
        const template = (await requestTemplate(forgeOf(task), task, ticket)) ?? '';
        return prepare(within, { ...common, playbook, variables: { goal, template, context: await contextOf(task, key) } });
      }),

    prepareReview: ({ task, key, head, sessions, reviews }) =>
      unlessRefused(deps, coordinatorOf(task), async () => {
        const work = await workHere(task);
        const worktree = await ensureWorktree(deps, work);
        return {
          id: `${taskId(task)}/${key}`,
          work,
          goal: await putText(store, await goalOf(task)),
          from: await forkPoint(deps, work, worktree, head),
          head,
          author: lastOf(task, sessions, 'code/'),
          earlier: lastFindings(reviews),
          sessions: {},
          decisions: 0,
          applied: null,
          paused: false,
        };
      }),

    async ownRequest({ task, rule, action, sessions, reviews }) {
      await unlessRefused(deps, coordinatorOf(task), async () => {
        const { key, request: number, head, pipeline } = action;
        const work = await workHere(task);
        const id = taskId(task);
        const onBehalfOf = await accounts.onBehalfOf(task.as);
        const request: Omit<NewMergeRequest, 'generation'> = {
          ref: { host: deps.forgeHost, owner: task.owner, repo: task.repo, number },
          work,
          goal: await putText(store, await goalOf(task)),
          head,
          classification: await classificationDigest(id, sessions),
          author: lastOf(task, sessions, 'code/'),
          earlier: lastFindings(reviews),
          issue: task.issue,
          tell: id,
          ...(pipeline !== undefined && { pipeline }),
          ...(onBehalfOf !== undefined && { onBehalfOf }),
        };
        await once(key, {
          kind: 'task.own',
          class: 'convergent',
          target: request.ref,
          cause: { askedBy: id, rule },
          deadlineMs: DEADLINE_MS,
          async act() {
            await startMergeRequest(deps, request, { policy: 'merge', by: id, because: 'The task has opened it.' });
            return { state: 'done', result: null };
          },
        });
      });
    },

    async actOnHost({ task, rule, action }) {
      await unlessRefused(deps, coordinatorOf(task), async () => {
        const work = await workHere(task);
        const worktree = await (action.kind === 'takeUp' ? ensureWorktree : requireWorktree)(deps, work);
        await once(action.key, await effectOf(task, work, worktree, action, { askedBy: taskId(task), rule }));
      });
    },
  };

  async function workHere(task: TaskRef): Promise<Work> {
    return workOf(task, deps.host, (await forgeOf(task)().repository(task)).defaultBranch);
  }

  async function goalOf(task: TaskRef): Promise<string> {
    return inWords(await ticketOf({ store, forge: forgeOf(task) }, task));
  }

  async function classificationDigest(id: string, sessions: TaskInput['sessions']): Promise<string | null> {
    const classification = await classificationOf(store, id, sessions, 0);
    return typeof classification === 'string' ? null : putJson(store, classification);
  }

  /** An attempt before this one has worked: what it left is not somebody else's. */
  async function goesOn(task: TaskRef, key: string): Promise<boolean> {
    const [kind, number] = key.split('/');
    const before = Array.from({ length: Number(number) - 1 }, (_, at) => `${taskId(task)}/${kind}/${at + 1}`);
    const begun = await Promise.all(before.map((session) => store.transcripts.entry({ session, key: entryKey.start })));
    return begun.some((entry) => entry !== undefined);
  }

  /** Where and how the attempt before this one failed (R4); empty for the first. */
  async function contextOf(task: TaskRef, key: string): Promise<string> {
    const [, number = '1'] = key.split('/');
    if (number === '1') return '';
    const before = `${taskId(task)}/code/${Number(number) - 1}`;
    const [end] = (await store.decisions.trace({ workflow: before, after: 0, limit: 1_000 })).slice(-1);
    return end === undefined
      ? 'An attempt before this one left no change.'
      : `An attempt before this one left no change. It ended so: ${end.because}`;
  }

  function takeUp(
    work: Work,
    worktree: Worktree,
    commit: string,
    by: { readonly kind: string; readonly cause: Cause },
  ): Effect<{ readonly commit: string }> {
    return {
      ...by,
      class: 'convergent',
      target: { worktree: work.worktree },
      deadlineMs: DEADLINE_MS,
      async act() {
        await fetchMirror(git, await remoteOf(deps, work));
        await moveWorktree(git, worktree, commit);
        await store.checkpoints.forget({ worktree: work.worktree });
        const from = await forkPoint(deps, work, worktree, commit);
        return from !== commit
          ? { state: 'done', result: { commit, files: await filesOf(worktree, from, commit) } }
          : { state: 'refused', because: `${work.branch} has no commit of its own.` };
      },
    };
  }

  function effectOf(
    task: TaskRef,
    work: Work,
    worktree: Worktree,
    action: HostEffect,
    cause: Cause,
  ): Promise<Effect<{ readonly commit: string }>> | Effect<{ readonly commit: string }> {
    const kind = `task.${action.kind}`;
    if (action.kind === 'takeUp') return takeUp(work, worktree, action.commit, { kind, cause });
    if (action.kind === 'push') return pushEffect(deps, work, worktree, { kind, cause, commit: action.commit, expected: action.expected });
    return {
      kind,
      cause,
      class: 'convergent',
      deadlineMs: DEADLINE_MS,
      target: { worktree: work.worktree, ...rowOf(work.as, 'commits') },
      async act() {
        const parent = await gitLine(git, worktree, ['rev-parse', BASE], { access: 'read' });
        const session = `${taskId(task)}/${action.session}`;
        const output = await outputOf(store, session);
        const handOver = output?.kind === 'handOver' ? output.value : null;
        const { title } = await ticketOf({ store, forge: forgeOf(task) }, task);
        const outcome = await commitWork(deps, worktree, {
          as: work.as,
          session,
          parent,
          handOver,
          otherwise: neutralise(title),
          at: action.at,
        });
        await keepWork(deps, worktree, action.key);
        if (outcome.state === 'refused') return outcome;
        return { state: 'done', result: { ...outcome.result, files: await filesOf(worktree, parent, outcome.result.commit) } };
      },
    };
  }

  async function filesOf(worktree: Worktree, from: string, to: string): Promise<string[]> {
    return (await changedFiles(git, worktree, from, to)).slice(0, MOST_FILES);
  }
}

const inWords = ({ title, body }: { readonly title: string; readonly body: string }): string => `${title}\n\n${body}`.trim();

/** Of a change, in its row: enough to see what it touches. */
const MOST_FILES = 500;

/** What the newest review has found, open or not. */
const lastFindings = (reviews: TaskInput['reviews']): string | null =>
  Object.values(reviews).findLast(({ findings }) => findings !== null)?.findings ?? null;

/** Id of the newest session of a kind. */
function lastOf(task: TaskRef, sessions: TaskInput['sessions'], kind: string): string | null {
  const key = Object.keys(sessions).findLast((one) => one.startsWith(kind));
  return key === undefined ? null : `${taskId(task)}/${key}`;
}
