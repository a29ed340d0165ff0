// What a task looks at and does, but for what is bound to its host.
import { activityInfo } from '@temporalio/activity';
import { sourceOf, taskBranch, taskId, type TaskActivities, type TaskRef, type TaskSnapshot } from '../../contracts/task.ts';
import { taskPolicy } from '../../policies/task.ts';
import type { Store } from '../../store/store.ts';
import { assess } from '../assess/assess.ts';
import type { Once } from '../effects/once.ts';
import { statusOf, type Forge } from '../forge/client.ts';
import { forgeEffect, type World } from './forge-effects.ts';

export interface TaskDeps extends World {
  readonly store: Store;
  readonly once: Once;
  /** Most sessions that are tried for one task. */
  readonly tries: number;
}

export function createTaskActivities(deps: TaskDeps): TaskActivities {
  const { store, once, forge, tries } = deps;
  return {
    async assessTask({ task, understands, sessions, running, decision, applied }) {
      const id = taskId(task);
      const [now, settled] = await Promise.all([snapshot(forge, task), store.ledger.settled({ prefix: `${id}/` })]);
      const done = Object.fromEntries(settled.map(({ key, outcome }) => [key.slice(id.length + 1), outcome]));
      return assess(store, {
        policy: taskPolicy,
        facts: { now, id, done, sessions, running, tries },
        workflow: id,
        decision,
        attempt: activityInfo().attempt,
        applied,
        understands,
        wait: (forWhom) => ({ kind: 'wait', forWhom, atMostMinutes: 24 * 60 }),
      });
    },

    async actOnForge({ task, rule, action }) {
      await once(action.key, forgeEffect(deps, task, action, { askedBy: taskId(task), rule }));
    },

    async keepTypedForTask({ task, running, typed }) {
      const id = taskId(task);
      for (const { id: mail, kind, text } of typed) {
        const letter = { id: mail, from: 'operator (Temporal UI)', kind, body: { text } };
        if (running !== null) {
          const posted = await store.mail.post({ ...letter, to: `${id}/${running}`, ifClosed: 'return' });
          if (posted.state === 'posted') continue;
        }
        await store.mail.post({ ...letter, id: `${mail}/task`, to: id, ifClosed: 'return' });
      }
    },

    async endTask({ task, because }) {
      await store.mail.giveBack({ address: taskId(task), because: `The task has ended: ${because}` });
      await store.sources.end({ workspace: task.workspace, source: sourceOf(task), generation: task.generation, outcome: because });
    },
  };
}

async function snapshot(forge: Forge, task: TaskRef): Promise<TaskSnapshot> {
  const { owner, repo, issue } = task;
  const { rest } = forge();
  const [{ data: source }, pushed] = await Promise.all([rest.issues.get({ owner, repo, issue_number: issue }), branchHead(forge, task)]);
  return {
    state: source.state === 'closed' ? 'closed' : 'open',
    labels: source.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))).sort(),
    createdAt: Math.floor(Date.parse(source.created_at) / 1000),
    pushed,
  };
}

async function branchHead(forge: Forge, task: TaskRef): Promise<string | null> {
  try {
    const { data } = await forge().rest.git.getRef({ owner: task.owner, repo: task.repo, ref: `heads/${taskBranch(task)}` });
    return data.object.sha;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}
