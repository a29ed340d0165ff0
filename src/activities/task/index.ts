// What a task looks at and does, but for what is bound to its host.
import { activityInfo } from '@temporalio/activity';
import type { Typed } from '../../contracts/session.ts';
import { sayOfCustody } from '../merge-request/say-of-custody.ts';
import { directiveIn, inWords } from '../../policies/directives.ts';
import type { Shown } from '../../contracts/decision.ts';
import { sourceOf, taskId, type AssessTask, type TaskAction, type TaskActivities } from '../../contracts/task.ts';
import { taskPolicy } from '../../policies/task.ts';
import { request, type TaskFacts } from '../../policies/task-facts.ts';
import { assess } from '../assess/assess.ts';
import type { Once } from '../effects/once.ts';
import { keepTypedFor } from '../work/typed.ts';
import { wakeIfRunning } from '../merge-lane/wake.ts';
import { unlessRefused, withdrawAccess } from '../forge/refusals.ts';
import { classificationOf, coordinatorOf, factsOf, type FactsDeps } from './facts.ts';
import { forgeEffect, purposeOf, type World } from './forge-effects.ts';

export interface TaskDeps extends World, FactsDeps {
  readonly once: Once;
}

/** Mail that answers a question: the outbox has the answer, the mail only brings it. */
const ANSWERS = new Set(['answer', 'approve', 'reject', 'confirm']);

export function createTaskActivities(deps: TaskDeps): TaskActivities {
  const { store, once, client } = deps;
  return {
    async assessTask(input) {
      const { task, understands, decision, applied } = input;
      const id = taskId(task);
      const brought = (await store.mail.take({ address: id })).filter(({ kind }) => ANSWERS.has(kind));
      const facts = await factsOf(deps, input);
      const decided = await assess<TaskFacts, TaskAction>(store, {
        policy: taskPolicy,
        facts,
        workflow: id,
        decision,
        attempt: activityInfo().attempt,
        applied,
        understands,
        wait: (forWhom) => ({ kind: 'wait', forWhom, atMostMinutes: 24 * 60 }),
      });
      if (facts.refusal === null) await withdrawAccess(store, id);
      if (brought.length > 0) await store.mail.acted({ mail: brought.map((mail) => mail.id), by: `${id}, decision ${decision}` });
      return { ...decided, shown: await shownOf(input, facts) };
    },

    async actOnForge({ task, rule, action }) {
      const id = taskId(task);
      const cause = { askedBy: id, rule };
      await unlessRefused(deps, coordinatorOf(task), () => once(action.key, forgeEffect(deps, task, action, cause)), purposeOf(action));
    },

    async heedForTask({ task, rule, action }) {
      const { key, mail, by, directive, declined, approves } = action;
      await once(key, {
        kind: 'task.heed',
        class: 'convergent',
        target: { mail },
        cause: { askedBy: by, rule },
        deadlineMs: 20_000,
        async act() {
          // Whoever owns the request rests as well: nothing is merged meanwhile.
          const word = declined !== null ? null : directive.kind === 'hold' ? 'pause' : directive.kind === 'resume' ? 'resume' : null;
          if (word !== null)
            for (const owned of await store.custody.madeBy({ task: taskId(task) }))
              await sayOfCustody(deps, word, { request: owned, by, because: `said to ${taskId(task)}: ${directive.kind}` });
          return { state: 'done', result: { by, directive, declined } };
        },
      });
      if (approves !== null) await store.outbox.answer({ item: approves, verdict: 'approve', by });
      const told = `${by} told ${taskId(task)}: ${inWords(directive)}. It does not: ${declined}.`;
      if (declined !== null) await store.outbox.ask({ id: `${key}/declined`, askedBy: taskId(task), question: told, accepts: [] });
      await store.mail.acted({ mail: [mail], by: key });
    },

    async passOnForTask({ action: { to, mail } }) {
      for (const id of mail) {
        const letter = await store.mail.find({ id });
        if (letter === undefined) throw new Error(`there is no mail ${id}`);
        // Where the request has ended meanwhile, this copy goes back to who has said it.
        await store.mail.post({ ...letter, id: `${id}/${to}`, to, ifClosed: 'return' });
        await store.mail.acted({ mail: [id], by: to });
      }
      await wakeIfRunning(client, to);
    },

    async askForTask({ task, action }) {
      const { key, question, accepts } = action;
      await store.outbox.ask({ id: key, askedBy: taskId(task), question, accepts });
    },

    async keepTypedForTask({ task, running, typed }) {
      // A directive is for the task, whatever runs.
      const isDirective = ({ kind, text }: Typed): boolean => kind === 'tell' && directiveIn(text) !== null;
      await keepTypedFor(store, taskId(task), [], typed.filter(isDirective));
      await keepTypedFor(
        store,
        taskId(task),
        running.map((key) => `${taskId(task)}/${key}`),
        typed.filter((one) => !isDirective(one)),
      );
    },

    async endTask({ task, outcome, because }) {
      const id = taskId(task);
      const told = (await store.mail.take({ address: id })).filter(({ kind }) => kind === 'note');
      await store.mail.acted({ mail: told.map((mail) => mail.id), by: `${id}, its end` });
      await store.mail.giveBack({ address: id, because: `The task has ended: ${because}` });
      await store.sources.end({ workspace: task.workspace, source: sourceOf(task), generation: task.generation, outcome });
      // After the row: a request that is handed over only now is paused from its beginning.
      const paused = outcome === 'killed' ? await store.custody.pauseOf({ task: id, by: id, because }) : [];
      for (const request of paused) await wakeIfRunning(client, request);
      // After the row: whoever looks from now on sees it.
      for (const follower of await store.chains.followers({ after: id })) await wakeIfRunning(client, follower);
    },
  };
  async function shownOf({ task, sessions }: AssessTask, facts: TaskFacts): Promise<Shown> {
    const { owner, repo, issue } = task;
    const { pages } = deps;
    const number = request(facts);
    const classification = await classificationOf(store, facts.id, sessions, deps.tries);
    return {
      links: {
        ...(issue === null ? {} : { issue: pages.issue({ owner, repo, number: issue }) }),
        ...(number === 0 ? {} : { request: pages.request({ owner, repo, number }) }),
      },
      risk: typeof classification === 'string' ? null : classification.riskLevel,
    };
  }
}
