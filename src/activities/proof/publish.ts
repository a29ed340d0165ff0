// Keeps the proof of a request where people see it, and puts merges into the merge log that nobody asked the merge lane for (M19).
import type { EffectOutcome } from '../../contracts/effect.ts';
import type { GateFacts } from '../../contracts/gates.ts';
import type { MergeContext } from '../../contracts/merge-lane.ts';
import type { MergeLogEntry } from '../../contracts/proof.ts';
import { mergeRequestId, repositoryId, type MergeRequestRef } from '../../contracts/work.ts';
import { asBeforeMerge, gates, unmetOf } from '../../policies/gates.ts';
import type { Convergent } from '../effects/effect.ts';
import { readGateFacts, type GateDeps } from '../merge-lane/gate-facts.ts';
import { putJson } from '../work/texts.ts';
import { proofRecord } from './record.ts';
import { proofSection, withProof } from './section.ts';

interface Subject {
  readonly ref: MergeRequestRef;
  readonly context: MergeContext;
}

/**
 * Sets the section to what the newest facts say; of a merge, after the merge is in the log.
 * @param describer whose account writes the description
 */
export const publishProof = (
  deps: GateDeps,
  describer: Pick<GateDeps, 'forge'>,
  subject: Subject,
): Omit<Convergent<null>, 'kind' | 'target' | 'cause' | 'deadlineMs'> => ({
  class: 'convergent',
  async act(call): Promise<EffectOutcome<null>> {
    const facts = await readGateFacts(deps, subject, call);
    const merged = facts.now.state === 'merged' ? await logged(deps, subject, facts) : null;
    const record = proofRecord(subject.ref, facts, gates(asBeforeMerge(facts)), subject.context.goal);
    const section = proofSection(record, merged);
    await describer.forge(call).describe(subject.ref, (description) => withProof(description, section));
    return { state: 'done', result: null };
  },
});

/** Puts the merge into the log and leaves the description alone: the request is in the hands of people. */
export const logMerge = (deps: GateDeps, subject: Subject): Omit<Convergent<null>, 'kind' | 'target' | 'cause' | 'deadlineMs'> => ({
  class: 'convergent',
  async act(call): Promise<EffectOutcome<null>> {
    await logged(deps, subject, await readGateFacts(deps, subject, call));
    return { state: 'done', result: null };
  },
});

/** The merge as the log has it; put there as somebody else's if the lane has not: whose turn it was has settled by then. */
async function logged({ store }: GateDeps, { ref, context }: Subject, facts: GateFacts): Promise<MergeLogEntry | null> {
  const { merged, head } = facts.now;
  const request = mergeRequestId(ref);
  const before = await store.merges.logged({ request });
  if (before !== undefined || merged === null) return before ?? null;
  const all = gates(asBeforeMerge(facts));
  const proof = await putJson(store, proofRecord(ref, facts, all, context.goal));
  await store.merges.log({
    request,
    repository: repositoryId(ref),
    number: ref.number,
    head,
    sha: merged.sha,
    method: null,
    by: merged.by,
    how: 'other',
    policy: facts.policy,
    proof,
    unmet: unmetOf(all),
  });
  return (await store.merges.logged({ request })) ?? null;
}
