// Merges a request, guarded by the id of its head.
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import { rowOf } from '../../contracts/identity.ts';
import type { MergeAsk, MergeResult } from '../../contracts/merge-lane.ts';
import type { MergeMethod } from '../../contracts/merge-policy.ts';
import { whyRefused } from '../../policies/refusal.ts';
import type { Call, Guarded } from '../effects/effect.ts';
import { byWhom, type Account } from '../forge/accounts.ts';
import { refusalIn } from '../forge/refusal-in.ts';
import type { GateDeps } from './gate-facts.ts';
import { lastLook } from './last-look.ts';

const DEADLINE_MS = 60_000;

/** Who looks, and whose account merges. */
export interface MergingDeps extends GateDeps {
  readonly merger: Account;
}

export function mergeEffect(deps: MergingDeps, ask: MergeAsk, cause: Cause): Guarded<MergeResult> {
  const { owner, repo, number } = ask.ref;
  const { head } = ask;
  const refused = (because: string): EffectOutcome<MergeResult> => ({ state: 'refused', because });

  /** The account is null for tokens that belong to none. */
  const oursAndMethod = async (call: Call): Promise<{ us: string | null; method: MergeMethod }> => {
    const forge = deps.merger.forge(call);
    const [us, { methods }] = await Promise.all([forge.account(), forge.repository(ask.ref)]);
    const { method: wanted } = deps.policy;
    return { us, method: methods.includes(wanted) ? wanted : (methods[0] ?? wanted) };
  };

  return {
    kind: 'lane.merge',
    class: 'guarded',
    target: { owner, repo, number, head, ...rowOf(ask.context.as, 'merges') },
    cause,
    deadlineMs: DEADLINE_MS,

    /** Merged at this very head, and not by somebody else's account. */
    async probe(call) {
      const request = await deps.merger.forge(call).request(ask.ref);
      if (request.merged === null || request.head !== head) return undefined;
      const { us, method } = await oursAndMethod(call);
      const by = request.merged.by ?? us ?? '';
      return us !== null && by !== us ? undefined : { sha: request.merged.sha, method, by };
    },

    async act(call) {
      const { us, method } = await oursAndMethod(call);
      const because = await lastLook(deps, ask, call);
      if (because !== null) return refused(because);
      try {
        const outcome = await deps.merger.forge(call).mergeRequest(ask.ref, { head, method });
        return outcome.state === 'refused' ? outcome : { state: 'done', result: { ...outcome.result, method, by: us ?? '' } };
      } catch (error) {
        const refusal = refusalIn(error);
        if (refusal === undefined) throw error;
        return refused(whyRefused(byWhom(deps.merger, refusal)));
      }
    },
  };
}
