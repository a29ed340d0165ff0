// Holds what is proven of a request against the forge, and git as the forge has it, now (M18). Believes nothing that is only in the store:
// what was recorded of commits, trees, merges, checks and approvals is looked at again.
import { contextOf as contextOfRequest } from '../activities/merge-request/effects.ts';
import { readGateFacts, type GateDeps } from '../activities/merge-lane/gate-facts.ts';
import { proofRecord } from '../activities/proof/record.ts';
import type { GateFacts } from '../contracts/gates.ts';
import type { MergeContext } from '../contracts/merge-lane.ts';
import type { GateName, MergeLogEntry, ProofRecord } from '../contracts/proof.ts';
import { mergeRequestId, type MergeRequestRef } from '../contracts/work.ts';
import { asBeforeMerge, gates } from '../policies/gates.ts';
import { escalation, type MergeRequestFacts } from '../policies/merge-request-facts.ts';
import { digestOfBytes } from '../store/digest.ts';

export interface Verification {
  /** Whether everything does. */
  readonly holds: boolean;
  readonly request: string;
  readonly points: readonly Point[];
  readonly record: ProofRecord;
  readonly merged: MergeLogEntry | null;
}

export interface Point {
  readonly what: string;
  readonly holds: boolean;
  readonly because: string;
}

const point = (what: string, holds: boolean, because: string): Point => ({ what, holds, because });

/** What can't change any more once it is merged, or says nothing about what was. */
const OVER: readonly GateName[] = ['open', 'hold', 'mergeable', 'blocker'];

export async function verify(deps: GateDeps, ref: MergeRequestRef): Promise<Verification> {
  const request = mergeRequestId(ref);
  const [asks, logged] = await Promise.all([deps.store.merges.of({ request }), deps.store.merges.logged({ request })]);
  const context = (await contextOf(deps, request)) ?? asks.at(-1)?.context ?? UNKNOWN;
  // As it was; what it did not know yet, as it is.
  const policy = { ...deps.policy, ...logged?.policy };
  const facts = await readGateFacts({ ...deps, policy }, { ref, context });
  const merged = logged ?? null;
  const now = proofRecord(ref, facts, gates(asBeforeMerge(facts)), context.goal);
  const recorded = merged === null ? undefined : await recordOf(deps, merged.proof);
  const record = recorded ?? now;
  const points = [
    ...(merged === null ? [] : await pointsOfMerge(deps, ref, merged, recorded, facts)),
    ...(merged === null && facts.now.state === 'merged'
      ? [point('merge log', false, 'It is merged, and the merge log does not know of it.')]
      : []),
    ...pointsOfGates(now, facts.now.state === 'merged'),
    ...(await pointsOfChecks(deps, ref, record)),
    ...pointsOfCi(record, facts),
  ];
  return { holds: points.every(({ holds }) => holds), request: record.request, points, record, merged };
}

/** Every gate that is needed, as it stands now. */
const pointsOfGates = ({ gates: all }: ProofRecord, isMerged: boolean): Point[] =>
  all
    .filter(({ needed, name }) => needed && !(isMerged && OVER.includes(name)))
    .map(({ name, met, because }) => point(`gate ${name}`, met, because));

async function pointsOfMerge(
  { store, forge }: GateDeps,
  ref: MergeRequestRef,
  merged: MergeLogEntry,
  record: ProofRecord | undefined,
  { now }: GateFacts,
): Promise<Point[]> {
  const bytes = await store.blobs.get({ digest: merged.proof });
  const intact = bytes !== undefined && digestOfBytes(bytes) === merged.proof;
  const isOnBase = await forge().contains(ref, now.base.branch, merged.sha);
  const tree = await forge().treeOf(ref, merged.head);
  return [
    point('proof record', intact, intact ? `It is there, unchanged (${merged.proof}).` : `There is none under ${merged.proof}.`),
    point(
      'merge',
      now.merged?.sha === merged.sha,
      now.merged === null
        ? 'The forge shows no merge.'
        : `The forge shows ${now.merged.sha} by ${now.merged.by}; the log ${merged.sha} by ${merged.by}.`,
    ),
    point('head', now.head === merged.head, `The forge shows ${now.head}, the log ${merged.head}.`),
    point('base', isOnBase, `${now.base.branch} ${isOnBase ? 'contains' : 'does not contain'} ${merged.sha}.`),
    point(
      'tree',
      record !== undefined && tree === record.tree,
      `git has ${tree ?? 'nothing'} for ${merged.head}, the record ${record?.tree ?? 'nothing'}.`,
    ),
    point(
      'gates at the merge',
      merged.unmet.length === 0,
      merged.unmet.length === 0 ? 'Every gate that was needed was met.' : `Merged by ${merged.by} without ${merged.unmet.join(', ')}.`,
    ),
  ];
}

/** That the forge still says of its own checks what it said then. One that has run again since says what it says now. */
const pointsOfCi = ({ ci, head }: ProofRecord, { now }: GateFacts): Point[] =>
  ci.map((proven) => {
    const what = `ci ${proven.name}`;
    const shown = now.checks.find(({ name }) => name === proven.name);
    if (now.head !== head || shown === undefined) return point(what, false, `The forge shows no such check of ${head}.`);
    const run = proven.run === null ? 'a status' : `run ${proven.run}`;
    if (shown.evidence === proven.evidence) return point(what, true, `${proven.state} on ${head}: ${run}, as recorded.`);
    const isRerun = shown.run !== proven.run;
    const because = `Recorded was ${proven.state} by ${run}; ${isRerun ? 'it has run again since, and' : 'the forge'} says ${shown.state}.`;
    return point(what, isRerun && shown.state === proven.state, because);
  });

/** That each check is about the tree that it says, that it is still on record as it was, and what it names is still there. */
async function pointsOfChecks({ store, forge }: GateDeps, ref: MergeRequestRef, record: ProofRecord): Promise<Point[]> {
  const kept = new Map(
    (await store.checks.of({ repository: record.request.split('#')[0] ?? '', trees: [record.tree] })).map((one) => [one.id, one]),
  );
  return Promise.all(
    record.checks.map(async (check) => {
      const what = `check ${check.id}`;
      if (JSON.stringify(kept.get(check.id)) !== JSON.stringify(check))
        return point(what, false, 'It is not on record as the proof has it.');
      const tree = await forge().treeOf(ref, check.commit);
      if (tree !== check.tree) return point(what, false, `git has ${tree ?? 'nothing'} for ${check.commit}, the check ${check.tree}.`);
      for (const digest of [check.findings, check.evidence])
        if (digest !== null && (await store.blobs.get({ digest })) === undefined)
          return point(what, false, `Nothing is kept under ${digest}.`);
      return point(what, true, `${check.outcome}: ${check.because}`);
    }),
  );
}

async function recordOf({ store }: GateDeps, digest: string): Promise<ProofRecord | undefined> {
  const bytes = await store.blobs.get({ digest });
  if (bytes === undefined) return undefined;
  // Earlier versions did not keep these two.
  return { ci: [], mergedAt: null, ...(JSON.parse(new TextDecoder().decode(bytes)) as Omit<ProofRecord, 'ci' | 'mergedAt'>) };
}

const UNKNOWN: MergeContext = { ours: false, classification: null, goal: null, escalated: null };

/** What its owner has decided about that fast that we need not look further back: refusals of the forge, one after the other. */
const LOOK_BACK = 200;

/**
 * As its owner last saw it, in this hand-over: an older wish may know less of why a person has to look. Undefined where it never had an owner.
 */
async function contextOf({ store }: GateDeps, request: string): Promise<MergeContext | undefined> {
  const last = await store.decisions.last({ workflow: request });
  const trace = await store.decisions.trace({ workflow: request, after: Math.max(0, last - LOOK_BACK), limit: LOOK_BACK });
  for (const { facts: digest } of trace.reverse()) {
    const bytes = await store.blobs.get({ digest });
    if (bytes === undefined) continue;
    const facts = JSON.parse(new TextDecoder().decode(bytes)) as Partial<MergeRequestFacts>;
    const { request: owned, done, limits, escalated = null } = facts;
    if (owned !== undefined && done !== undefined && limits !== undefined)
      return contextOfRequest(owned, escalation({ done, limits, escalated }));
  }
  return undefined;
}

/** The proof as a statement of in-toto, unsigned: about the merge commit, or the head where there is none yet. */
export const statementOf = ({ record, merged, points, holds }: Verification): object => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: `git+https://${record.request.split('#')[0]}`, digest: { gitCommit: merged?.sha ?? record.head } }],
  predicateType: 'urn:signalbox:proof:v1',
  predicate: { record, merged, verification: { holds, points } },
});
