// Puts a request into the forge's merge queue, guarded by the id of its head, and takes it out again. The queue has one place for a request: a
// second is refused. What was put there and has left before anybody wrote it down shows in what the forge has counted.
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import type { MergeAsk, MergeLaneAction } from '../../contracts/merge-lane.ts';
import { rowOf } from '../../contracts/identity.ts';
import type { Enqueued } from '../../contracts/merge-queue.ts';
import { whyRefused } from '../../policies/refusal.ts';
import type { Guarded } from '../effects/effect.ts';
import { byWhom, type Account } from '../forge/accounts.ts';
import { refusalIn } from '../forge/refusal-in.ts';
import { lastLook } from './last-look.ts';
import type { MergingDeps } from './merge-effect.ts';

const DEADLINE_MS = 60_000;

const refused = (because: string) => ({ state: 'refused', because }) as const;

export function enqueueEffect(
  deps: MergingDeps,
  ask: MergeAsk,
  { before }: Extract<MergeLaneAction, { kind: 'enqueue' }>,
  cause: Cause,
): Guarded<Enqueued> {
  const { ref, head } = ask;
  return {
    kind: 'lane.enqueue',
    class: 'guarded',
    cause,
    deadlineMs: DEADLINE_MS,
    target: { owner: ref.owner, repo: ref.repo, number: ref.number, head, ...rowOf(ask.context.as, 'merges') },

    async probe(call) {
      const { us, entry, added, addedAt } = await deps.merger.forge(call).queue(ref);
      const isOurs = entry === null ? added.times > before && added.by === us : entry.by === us;
      return isOurs ? { by: us, at: addedAt ?? '' } : undefined;
    },

    async act(call) {
      const because = await lastLook(deps, ask, call);
      if (because !== null) return refused(because);
      return unlessForbidden(deps.merger, () => deps.merger.forge(call).enqueue(ref, head));
    },
  };
}

export function dequeueEffect(
  deps: MergingDeps,
  ask: MergeAsk,
  { because }: Extract<MergeLaneAction, { kind: 'dequeue' }>,
  cause: Cause,
): Guarded<object> {
  const { ref, head } = ask;
  return {
    kind: 'lane.dequeue',
    class: 'guarded',
    cause,
    deadlineMs: DEADLINE_MS,
    target: { owner: ref.owner, repo: ref.repo, number: ref.number, head, because, ...rowOf(ask.context.as, 'merges') },

    async probe(call) {
      return (await deps.merger.forge(call).queue(ref)).entry === null ? {} : undefined;
    },

    act: (call) => unlessForbidden(deps.merger, () => deps.merger.forge(call).dequeue(ref)),
  };
}

/** Who may not is answered as well. */
async function unlessForbidden<Result>(merger: Account, act: () => Promise<EffectOutcome<Result>>): Promise<EffectOutcome<Result>> {
  try {
    return await act();
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === undefined) throw error;
    return refused(whyRefused(byWhom(merger, refusal)));
  }
}
