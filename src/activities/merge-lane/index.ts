// What the merge lane looks at and does. It performs one merge at a time; which, and whether at all, is decided by src/policies/merge-lane.ts.
import { activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { MergeAsk, MergeLaneAction, MergeLaneActivities, MergeOutcome, MergeResult } from '../../contracts/merge-lane.ts';
import type { EffectOutcome } from '../../contracts/effect.ts';
import type { Enqueued, QueueFacts } from '../../contracts/merge-queue.ts';
import type { NewMergeLogEntry, ProofRecord } from '../../contracts/proof.ts';
import { mergeLaneId, repositoryId } from '../../contracts/work.ts';
import { asBeforeMerge, gates, unmetOf } from '../../policies/gates.ts';
import { hasItsTurn, type Progress, type WishFacts } from '../../policies/merge-lane-facts.ts';
import { isOfChecks } from '../../policies/merge-lane-queue.ts';
import { mergeLanePolicy } from '../../policies/merge-lane.ts';
import { assess } from '../assess/assess.ts';
import type { Once } from '../effects/once.ts';
import type { Pages } from '../forge/pages.ts';
import { seeIdentity } from '../forge/access.ts';
import { speakingFor, type Accounts } from '../forge/accounts.ts';
import { look } from '../forge/refusals.ts';
import { proofRecord } from '../proof/record.ts';
import { getJson, putJson } from '../work/texts.ts';
import { readGateFacts, type GateDeps } from './gate-facts.ts';
import { whyNotOurs } from './last-look.ts';
import { mergeEffect, type MergingDeps } from './merge-effect.ts';
import { dequeueEffect, enqueueEffect } from './queue-effects.ts';
import { wakeIfRunning } from './wake.ts';

export interface MergeLaneDeps extends Omit<GateDeps, 'forge'> {
  readonly accounts: Accounts;
  readonly once: Once;
  readonly pages: Pages;
  readonly client: Client;
}

/** How long a wish may wait for the forge before it goes back to who asked: longer than forges compute and CI takes to appear. */
const PATIENCE_MS = 10 * 60_000;

export function createMergeLaneActivities(deps: MergeLaneDeps): MergeLaneActivities {
  const { store, once, client } = deps;
  return {
    async assessMergeLane({ repository, understands, decision, applied }) {
      const lane = mergeLaneId(repository);
      const wishes: WishFacts[] = [];
      for (const ask of await store.merges.waiting({ lane })) {
        const wish = await wishOf(ask);
        const older = [...wishes];
        wishes.push(wish);
        if (hasItsTurn(wish, older)) break;
      }
      const decided = await assess<{ wishes: WishFacts[] }, MergeLaneAction>(store, {
        policy: mergeLanePolicy,
        facts: { wishes },
        workflow: lane,
        decision,
        attempt: activityInfo().attempt,
        applied,
        understands,
        wait: (forWhom) => ({ kind: 'wait', forWhom, atMostSeconds: 24 * 60 * 60 }),
      });
      const links = { requests: deps.pages.requests(repository) };
      return { ...decided, shown: { links, risk: null } };
    },

    async mergeInLane({ repository, rule, action }) {
      const ask = await find(mergeLaneId(repository), action.ask);
      if (ask === undefined) return;
      await once(action.key, mergeEffect(mergingFor(ask), ask, { askedBy: ask.askedBy, rule }));
    },

    async moveInQueue({ repository, rule, action }) {
      const ask = await find(mergeLaneId(repository), action.ask);
      if (ask === undefined) return;
      const cause = { askedBy: ask.askedBy, rule };
      if (action.kind === 'enqueue') await once(action.key, enqueueEffect(mergingFor(ask), ask, action, cause));
      else await once(action.key, dequeueEffect(mergingFor(ask), ask, action, cause));
    },

    async settleMerge({ repository, action: { ask: id, outcome, proof } }) {
      const ask = await find(mergeLaneId(repository), id);
      // Settled by an attempt that could not say so: it has woken the request, or this one does.
      const request = ask?.request ?? id.slice(0, id.lastIndexOf('/merge/')).replace(/@\d+$/, '');
      if (ask !== undefined) {
        if (outcome.state === 'refused') await store.merges.settle({ id, outcome });
        else {
          const decided = await getJson<ProofRecord>(store, proof);
          // Where the forge did not show the merge yet when that was decided.
          const record = { ...decided, mergedAt: decided.mergedAt ?? new Date().toISOString() };
          await store.merges.settle({ id, outcome, log: logEntry(ask, outcome, record, await putJson(store, record)) });
        }
      }
      await wakeIfRunning(client, request);
    },
  };

  async function find(lane: string, id: string): Promise<MergeAsk | undefined> {
    return (await store.merges.waiting({ lane })).find((ask) => ask.id === id);
  }

  async function wishOf(ask: MergeAsk): Promise<WishFacts> {
    const [merge, enqueued, dequeued, custody] = await Promise.all([
      progressOf<MergeResult>(ask.id),
      progressOf<Enqueued>(`${ask.id}/enqueue`),
      progressOf<object>(`${ask.id}/dequeue`),
      store.custody.of({ request: ask.request }),
    ]);
    const here = mergingFor(ask);
    const looked = await look(async () => {
      await seeIdentity(deps.accounts, { as: ask.context.as, place: ask.ref });
      const facts = await readGateFacts(here, ask);
      return { facts, queue: facts.now.queue || enqueued !== 'not begun' ? await queueOf(ask) : null };
    });
    const known = { id: ask.id, number: ask.ref.number, head: ask.head, overdue: Date.now() - ask.at > PATIENCE_MS };
    const ours = { merge, enqueued, dequeued, notOurs: whyNotOurs(custody) };
    if ('refusal' in looked) {
      const base = { branch: '', commit: '', queue: false };
      const now = { state: 'open', head: ask.head, merged: null, base } as const;
      return { ...known, ...ours, ...looked, now, queue: null, gates: [], files: [], proof: '' };
    }
    const { facts, queue } = looked.seen;
    const { now } = facts;
    const all = gates(asBeforeMerge(facts));
    return {
      ...known,
      ...ours,
      queue,
      now: { state: now.state, head: now.head, merged: now.merged, base: { ...now.base, queue: now.queue } },
      gates: all,
      files: now.files,
      proof: await putJson(store, proofRecord(ask.ref, facts, all, ask.context.goal)),
      refusal: null,
    };
  }

  async function progressOf<Result>(key: string): Promise<Progress<Result>> {
    const effect = await store.ledger.find({ key });
    return effect === undefined ? 'not begun' : ((effect.outcome as EffectOutcome<Result> | null) ?? 'begun');
  }

  function mergingFor({ context: { as } }: MergeAsk): MergingDeps {
    return { ...speakingFor(deps, as), merger: deps.accounts.of(as, 'merges') };
  }

  async function queueOf(ask: MergeAsk): Promise<QueueFacts> {
    const { forge } = mergingFor(ask).merger;
    const { us, entry, added, left } = await forge().queue(ask.ref);
    const failedAt = entry === null && left !== null && isOfChecks(left.why) ? await forge().failedInQueue(ask.ref) : null;
    return { us, entry, added, left, failedAt };
  }
}

const logEntry = (
  { request, ref }: MergeAsk,
  outcome: Exclude<MergeOutcome, { state: 'refused' }>,
  { head, policy, gates: all }: ProofRecord,
  proof: string,
): NewMergeLogEntry => ({
  request,
  repository: repositoryId(ref),
  number: ref.number,
  head,
  sha: outcome.sha,
  by: outcome.by,
  policy,
  proof,
  method: outcome.state === 'merged' ? outcome.method : null,
  how: outcome.state === 'merged' ? 'lane' : 'other',
  unmet: unmetOf(all),
});
