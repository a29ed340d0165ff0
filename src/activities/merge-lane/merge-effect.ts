// Merges a request, guarded by the id of its head.
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import type { MergeAsk, MergeResult } from '../../contracts/merge-lane.ts';
import type { MergeMethod } from '../../contracts/merge-policy.ts';
import { whyRefused } from '../../policies/refusal.ts';
import type { Call, Guarded } from '../effects/effect.ts';
import { statusOf } from '../forge/client.ts';
import { refusalIn } from '../forge/refusals.ts';
import type { GateDeps } from './gate-facts.ts';
import { lastLook } from './last-look.ts';

const DEADLINE_MS = 60_000;

export function mergeEffect(deps: GateDeps, ask: MergeAsk, cause: Cause): Guarded<MergeResult> {
  const { owner, repo, number } = ask.ref;
  const place = { owner, repo };
  const { head } = ask;
  const refused = (because: string): EffectOutcome<MergeResult> => ({ state: 'refused', because });

  /** Account as which we merge; null for tokens that belong to no account. */
  const ourAccount = async (call: Call): Promise<string | null> => {
    try {
      return (await deps.forge(call).rest.users.getAuthenticated()).data.login;
    } catch (error) {
      if (statusOf(error) === 403) return null;
      throw error;
    }
  };

  const methodOf = async (call: Call): Promise<MergeMethod> => {
    const { data } = await deps.forge(call).rest.repos.get(place);
    const allowed: Record<MergeMethod, boolean | undefined> = {
      squash: data.allow_squash_merge,
      merge: data.allow_merge_commit,
      rebase: data.allow_rebase_merge,
    };
    const wanted: readonly MergeMethod[] = [deps.policy.method, 'squash', 'merge', 'rebase'];
    return wanted.find((method) => allowed[method] !== false) ?? deps.policy.method;
  };

  return {
    kind: 'lane.merge',
    class: 'guarded',
    target: { owner, repo, number, head },
    cause,
    deadlineMs: DEADLINE_MS,

    /** Merged at this very head, and not by somebody else's account. */
    async probe(call) {
      const { data: pull } = await deps.forge(call).rest.pulls.get({ ...place, pull_number: number });
      if (!pull.merged || pull.head.sha !== head) return undefined;
      const [us, method] = await Promise.all([ourAccount(call), methodOf(call)]);
      const by = pull.merged_by?.login ?? us ?? '';
      return us !== null && by !== us ? undefined : { sha: pull.merge_commit_sha ?? '', method, by };
    },

    async act(call) {
      const [us, method] = await Promise.all([ourAccount(call), methodOf(call)]);
      const because = await lastLook(deps, ask, call);
      if (because !== null) return refused(because);
      try {
        const { data } = await deps.forge(call).rest.pulls.merge({ ...place, pull_number: number, sha: head, merge_method: method });
        return { state: 'done', result: { sha: data.sha, method, by: us ?? '' } };
      } catch (error) {
        const status = statusOf(error);
        if (status === 405 || status === 409 || status === 422) return refused(`The forge refused: ${messageOf(error)}`);
        const refusal = refusalIn(error);
        if (refusal !== undefined) return refused(whyRefused(refusal));
        throw error;
      }
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? (error.message.split(' - http')[0] ?? '') : String(error));
