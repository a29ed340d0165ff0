// The proof record of a request (M16), made of the facts on which its gates were decided.
import type { GateFacts } from '../../contracts/gates.ts';
import type { Gate, ProofRecord } from '../../contracts/proof.ts';
import { repositoryId, type MergeRequestRef } from '../../contracts/work.ts';
import { verdictOf } from '../../policies/gates.ts';

export const proofRecord = (ref: MergeRequestRef, facts: GateFacts, gates: readonly Gate[], goal: string | null): ProofRecord => ({
  version: 1,
  request: `${repositoryId(ref)}#${ref.number}`,
  number: ref.number,
  goal,
  head: facts.now.head,
  tree: facts.now.tree,
  base: facts.now.base,
  checks: facts.checks,
  ci: facts.now.checks,
  gates,
  verdict: verdictOf(gates).state,
  policy: facts.policy,
  mergedAt: facts.now.merged?.at ?? null,
});
