// Everything that the gates of a request ask for, fresh: from the forge, from what we have proven, from what people have answered.
import type { Custody } from '../../contracts/custody.ts';
import type { ForgeFacts, GateFacts } from '../../contracts/gates.ts';
import type { MergeContext } from '../../contracts/merge-lane.ts';
import type { Classification } from '../../contracts/outputs.ts';
import type { MergePolicy } from '../../contracts/merge-policy.ts';
import { mergeRequestId, repositoryId, type MergeRequestRef } from '../../contracts/work.ts';
import type { Store } from '../../store/store.ts';
import type { Call } from '../effects/effect.ts';
import type { Forge, Seen, Talk } from '../forge/provider.ts';
import type { Memory } from '../merge-request/memory.ts';
import { showsProof } from '../proof/section.ts';
import { footersIn } from '../publish/footer.ts';
import { getJson } from '../work/texts.ts';
import { blockersIn } from './blockers.ts';

/** What an assessment may remember; whoever acts asks anew. */
type Known = Pick<Memory, 'remembered' | 'mayWrite' | 'authorOf'>;

export interface GateDeps {
  readonly store: Store;
  readonly forge: Forge;
  readonly policy: MergePolicy;
}

interface Subject {
  readonly ref: MergeRequestRef;
  readonly context: MergeContext;
}

/** Most files that a forge lists of one request. */
const MOST_FILES = 3_000;

/** Id of the question by which people are asked to approve a head on the command line. */
export const approvalItem = (request: string, head: string): string => `approve/${request}/${head}`;

/**
 * @param call within an effect: its reads end with it
 * @param known without it, everything is asked for
 */
export async function readGateFacts(deps: GateDeps, subject: Subject, call?: Call, known?: Known): Promise<GateFacts> {
  return (await readGates(deps, subject, call, known)).facts;
}

/** The same, with all that people have said. */
export async function readGates(
  { store, forge, policy }: GateDeps,
  { ref, context }: Subject,
  call?: Call,
  known?: Known,
): Promise<{ readonly facts: GateFacts; readonly talk: Talk }> {
  const seen = await forge(call).facts(ref, known);
  const now = withOurs(seen);
  const { talk } = seen;
  const checks = await store.checks.of({ repository: repositoryId(ref), trees: [now.tree] });
  const commits = new Set([now.head, ...checks.map(({ commit }) => commit)]);
  const custody = await store.custody.of({ request: mergeRequestId(ref) });
  const [blockers, classification, approvals] = await Promise.all([
    blockersIn(
      talk,
      { store, forge: () => forge(call) },
      { ref, issue: context.issue ?? null, generation: custody?.generation ?? 1 },
      known,
    ),
    context.classification === null ? null : getJson<Classification>(store, context.classification),
    approvalsOf(store, mergeRequestId(ref), [...commits]),
  ]);
  const isCut = now.files.length >= MOST_FILES ? 'It changes more files than the forge lists.' : null;
  const facts = {
    now,
    checks,
    approvals,
    classification,
    blockers,
    policy,
    ours: context.ours,
    held: heldBy(custody),
    escalated: context.escalated ?? isCut,
  };
  return { facts, talk };
}

/** The same facts, with what people may have said or done meanwhile: few calls, for the last look before a merge. */
export async function readGateFactsAgain(
  { store, forge }: GateDeps,
  { ref, context }: Subject,
  before: GateFacts,
  call: Call,
): Promise<GateFacts> {
  const { now, talk } = await forge(call).factsAgain(ref, before.now);
  const custody = await store.custody.of({ request: mergeRequestId(ref) });
  const subject = { ref, issue: context.issue ?? null, generation: custody?.generation ?? 1 };
  const blockers = await blockersIn(talk, { store, forge: () => forge(call) }, subject);
  return { ...before, now: { ...before.now, ...now }, blockers, held: heldBy(custody) };
}

/** A request with what is ours in its description. */
export const withOurs = ({ now, description }: Seen): ForgeFacts => ({
  ...now,
  showsProof: showsProof(description),
  footers: footersIn(description),
});

const heldBy = (custody: Custody | undefined): string | null =>
  custody?.state === 'paused' || custody?.state === 'released' ? `${custody.by} has ${custody.state} it: ${custody.because}` : null;

async function approvalsOf(store: Store, request: string, commits: readonly string[]): Promise<GateFacts['approvals']> {
  const items = await Promise.all(commits.map((head) => store.outbox.find({ id: approvalItem(request, head) })));
  return items.flatMap((item, at) => (item?.answer?.verdict === 'approve' ? [{ by: item.answer.by, commit: commits[at] ?? '' }] : []));
}
