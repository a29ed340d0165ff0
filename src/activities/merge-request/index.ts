// What the owner of a request looks at and does, but for what is bound to the host of its worktree.
import { activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Shown } from '../../contracts/decision.ts';
import type { Classification } from '../../contracts/outputs.ts';
import type { MergeRequestAction } from '../../contracts/merge-request-actions.ts';
import type { MergeRequestOutcome } from '../../contracts/merge-request-actions.ts';
import type { Acted, MergeRequestActivities, NewMergeRequest } from '../../contracts/merge-request.ts';
import { inHandId, mergeLaneId, mergeRequestId, type MergeRequestRef } from '../../contracts/work.ts';
import { mergeRequestPolicy } from '../../policies/merge-request.ts';
import { mayDo } from '../../policies/merge-request-custody.ts';
import { withStatus } from '../../policies/merge-request-status.ts';
import { PERSON_MINUTES, type MergeRequestFacts } from '../../policies/merge-request-facts.ts';
import { withReserve } from '../../policies/quota.ts';
import { withSecondLook } from '../../policies/merge-request-second-look.ts';
import { questions } from '../../policies/merge-request-questions.ts';
import { assess } from '../assess/assess.ts';
import { assessRefused } from '../assess/refused.ts';
import type { Once } from '../effects/once.ts';
import { speakingFor, type Accounts } from '../forge/accounts.ts';
import { isOfForge } from '../forge/errors.ts';
import type { Pages } from '../forge/pages.ts';
import { quotaNow } from '../forge/quota.ts';
import { lookFor, unlessRefused } from '../forge/refusals.ts';
import { Refused } from '../forge/refused.ts';
import { getJson } from '../work/texts.ts';
import { keepTypedFor } from '../work/typed.ts';
import { wakeIfRunning, wakeLane } from '../merge-lane/wake.ts';
import { contextOf, purposeOf, requestEffect, type EffectDeps } from './effects.ts';
import { coordinatorOf, custodyOfRequest, factsOf, WORDS, type FactsDeps } from './facts.ts';

export interface MergeRequestDeps extends Omit<FactsDeps & EffectDeps, 'forge'> {
  readonly once: Once;
  readonly pages: Pages;
  readonly accounts: Accounts;
  readonly client: Client;
}

const POLICY = withStatus(mergeRequestPolicy);

export function createMergeRequestActivities(deps: MergeRequestDeps): MergeRequestActivities {
  const { store, once, client } = deps;
  return {
    async assessMergeRequest(input) {
      const id = mergeRequestId(input.request.ref);
      // Its content is in rows elsewhere: it only brings the news.
      const brought = (await store.mail.take({ address: id })).filter(({ kind }) => !WORDS.includes(kind));
      const { decision, understands, applied } = input;
      const by = { workflow: id, decision, attempt: activityInfo().attempt, understands };
      const looked = await lookFor(deps, coordinatorOf(input.request), () => factsOf(speakingFor(deps, input.request.work.as), input));
      if ('refusal' in looked) return assessRefused(store, { ...by, ...looked, name: nameOf(input.request.ref) });
      const facts = looked.seen;
      const decided = await assess(store, {
        ...by,
        policy: withReserve(withSecondLook(POLICY, input.heard ?? false), await quotaNow(store)),
        facts,
        applied,
        wait: (forWhom): MergeRequestAction => ({ kind: 'wait', forWhom, atMostMinutes: PERSON_MINUTES }),
      });
      await askPeople(facts, decided);
      if (brought.length > 0) await store.mail.acted({ mail: brought.map((mail) => mail.id), by: `${id}, decision ${decision}` });
      return { ...decided, shown: await shownOf(input.request) };
    },

    async actOnMergeRequest({ request, rule, action }) {
      const id = mergeRequestId(request.ref);
      // Looked at again right before: who pauses it is obeyed at once, also where a worker was killed after the decision.
      if (!mayDo(await custodyOfRequest(store, request), action)) return 'done';
      if (action.kind === 'conclude') {
        const told = { kind: 'request.conclude', class: 'convergent', target: { tell: request.tell }, deadlineMs: 10_000 } as const;
        const act = () => tellEnd(request, action.outcome).then(() => ({ state: 'done', result: null }) as const);
        await once(action.key, { ...told, cause: { askedBy: id, rule }, act });
        return 'done';
      }
      if (action.kind !== 'askMerge') {
        const act = async (): Promise<Acted> => {
          const effect = requestEffect(deps, request, action, { askedBy: id, rule });
          if (effect === undefined) return 'unknown';
          await once(action.key, effect);
          return 'done';
        };
        const acted = await unlessRefused(deps, coordinatorOf(request), act, purposeOf(action));
        return acted ?? 'done';
      }
      const { ref } = request;
      const context = contextOf(request, action.escalated);
      await store.merges.ask({ id: action.key, lane: mergeLaneId(ref), request: id, ref, head: action.head, askedBy: id, context });
      await wakeLane(deps, ref);
      return 'done';
    },

    keepTypedForMergeRequest: ({ request, running, typed }) =>
      keepTypedFor(store, mergeRequestId(request.ref), running === null ? [] : [`${inHandId(request)}/${running}`], typed),

    async endMergeRequest({ request, outcome, because }) {
      const id = mergeRequestId(request.ref);
      for (const item of await store.outbox.waiting({ askedBy: id })) await store.outbox.withdraw({ id: item.id, because });
      await store.mail.giveBack({ address: id, because: `The request has ended: ${because}` });
      await store.custody.end({ request: id, generation: request.generation, by: id, because });
      if (outcome !== null) await tellEnd(request, outcome);
    },
  };

  /** Their base has moved: they may conflict now, or be behind. Only a hint: where the forge is away, they look by themselves in a while. */
  async function wakeOthers({ ref, work }: NewMergeRequest): Promise<void> {
    try {
      const { forge } = deps.accounts.of(work.as, 'comments');
      for (const { number } of await forge().openRequests(ref)) await wakeIfRunning(client, mergeRequestId({ ...ref, number }));
    } catch (error) {
      if (!isOfForge(error) && !(error instanceof Refused)) throw error;
    }
  }

  async function shownOf({ ref, issue, classification: digest }: NewMergeRequest): Promise<Shown> {
    const classification = digest === null ? null : await getJson<Classification>(store, digest);
    const { pages } = deps;
    return {
      links: { request: pages.request(ref), ...(issue === null ? {} : { issue: pages.issue({ ...ref, number: issue }) }) },
      risk: classification?.riskLevel ?? null,
    };
  }

  /** The first end that is told stays. */
  async function tellEnd(request: NewMergeRequest, outcome: MergeRequestOutcome): Promise<void> {
    const { ref, head, tell } = request;
    const id = mergeRequestId(ref);
    const body = { mergeSha: null, head, ...outcome, number: ref.number };
    if (tell !== null) {
      await store.mail.post({ id: `end/${id}`, to: tell, from: id, kind: 'note', body, ifClosed: 'return' });
      await wakeIfRunning(client, tell);
    }
    if (outcome.outcome === 'merged') await wakeOthers(request);
  }

  /** Leaves exactly those questions open that are of interest now. */
  async function askPeople(facts: MergeRequestFacts, { rule, because, action }: Decided): Promise<void> {
    const wanted = questions(facts, { rule, because, action });
    const askedBy = mergeRequestId(facts.request.ref);
    for (const question of wanted) await store.outbox.ask({ ...question, askedBy });
    for (const item of await store.outbox.waiting({ askedBy }))
      if (!wanted.some(({ id }) => id === item.id)) await store.outbox.withdraw({ id: item.id, because });
  }
}

const nameOf = ({ owner, repo, number }: MergeRequestRef): string => `${owner}/${repo}#${number}`;

type Decided = Awaited<ReturnType<MergeRequestActivities['assessMergeRequest']>>;
