// Puts a request into the forge's merge queue, guarded by the id of its head, and takes it out again. The queue has one place for a request: a
// second is refused. What was put there and has left before anybody wrote it down shows in what the forge has counted.
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import type { MergeAsk, MergeLaneAction } from '../../contracts/merge-lane.ts';
import type { Enqueued } from '../../contracts/merge-queue.ts';
import { whyRefused } from '../../policies/refusal.ts';
import type { Guarded } from '../effects/effect.ts';
import { refusalIn } from '../forge/refusals.ts';
import type { GateDeps } from './gate-facts.ts';
import { lastLook } from './last-look.ts';

const DEADLINE_MS = 60_000;

const refused = (because: string) => ({ state: 'refused', because }) as const;

export function enqueueEffect(
  deps: GateDeps,
  ask: MergeAsk,
  { before }: Extract<MergeLaneAction, { kind: 'enqueue' }>,
  cause: Cause,
): Guarded<Enqueued> {
  const { ref, head } = ask;
  return {
    ...{ kind: 'lane.enqueue', class: 'guarded', cause, deadlineMs: DEADLINE_MS },
    target: { owner: ref.owner, repo: ref.repo, number: ref.number, head },

    async probe(call) {
      const { us, entry, added, addedAt } = await deps.forge(call).queue(ref);
      const isOurs = entry === null ? added.times > before && added.by === us : entry.by === us;
      return isOurs ? { by: us, at: addedAt ?? '' } : undefined;
    },

    async act(call) {
      const because = await lastLook(deps, ask, call);
      if (because !== null) return refused(because);
      return unlessForbidden(() => deps.forge(call).enqueue(ref, head));
    },
  };
}

export function dequeueEffect(
  deps: GateDeps,
  { ref, head }: MergeAsk,
  { because }: Extract<MergeLaneAction, { kind: 'dequeue' }>,
  cause: Cause,
): Guarded<object> {
  return {
    ...{ kind: 'lane.dequeue', class: 'guarded', cause, deadlineMs: DEADLINE_MS },
    target: { owner: ref.owner, repo: ref.repo, number: ref.number, head, because },

    async probe(call) {
      return (await deps.forge(call).queue(ref)).entry === null ? {} : undefined;
    },

    act: (call) => unlessForbidden(() => deps.forge(call).dequeue(ref)),
  };
}

/** Who may not is answered as well. */
async function unlessForbidden<Result>(act: () => Promise<EffectOutcome<Result>>): Promise<EffectOutcome<Result>> {
  try {
    return await act();
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === undefined) throw error;
    return refused(whyRefused(refusal));
  }
}
