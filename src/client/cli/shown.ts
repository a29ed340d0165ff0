// What there is to see of a task, a review, a request or a session: its tree, its phases with reasons, what reviewers found, what it cost. From
// Temporal and the store; derived each time, never stored.
import type { Client } from '@temporalio/client';
import { costOf, sum, type Cost } from '../../activities/session/cost.ts';
import { outputOf } from '../../activities/session/output.ts';
import type { Output } from '../../contracts/outputs.ts';
import type { TrackedFinding } from '../../contracts/review.ts';
import type { TraceEntry } from '../../contracts/trace.ts';
import { standing, type StandingPhase } from '../../policies/phases.ts';
import type { TaskFacts } from '../../policies/task-facts.ts';
import type { Store } from '../../store/store.ts';
import { explain } from '../explain.ts';
import { listWork, type Work } from './work.ts';

export interface Node extends Work {
  /** How it stands: its last decision. */
  readonly last: Pick<TraceEntry, 'seq' | 'rule' | 'because'> | null;
  /** Of itself and everything below it; of a task with its request. */
  readonly cost: Cost;
  /** What a session has given back, in a line; null where it has given nothing. */
  readonly gave: string | null;
  readonly children: readonly Node[];
}

/** A finding with its state after each round of its review. */
export interface ShownFinding extends TrackedFinding {
  readonly review: string;
  readonly rounds: readonly TrackedFinding['state'][];
}

export interface Shown {
  readonly tree: Node;
  /** Of a task; empty for anything else, and before its first decision. */
  readonly phases: readonly StandingPhase[];
  readonly findings: readonly ShownFinding[];
}

interface Doors {
  readonly store: Store;
  readonly client: Client;
}

export async function shown(doors: Doors, work: Work): Promise<Shown> {
  const facts = work.kind === 'task' ? await lastFacts(doors.store, work.id) : null;
  const made = work.kind === 'task' ? await doors.store.custody.madeBy({ task: work.id }) : [];
  const mr = (await Promise.all(made.map((under) => listWork(doors.client, { all: true, under, itself: true })))).flat();
  const below = await listWork(doors.client, { all: true, under: work.id });
  const tree = await nodeOf(doors.store, work, [
    ...below,
    // A request's owner is nobody's child; it belongs to the task that has opened the request.
    ...mr.map((one) => (one.kind === 'mergeRequest' ? { ...one, parent: work.id } : one)),
  ]);
  const reviews = all(tree).filter(({ kind }) => kind === 'review');
  const costs = await Promise.all(made.map((request) => costOf(doors.store, request)));
  return {
    tree: { ...tree, cost: costs.reduce(sum, tree.cost) },
    phases: facts === null ? [] : standing(facts, work.state !== 'running'),
    findings: (await Promise.all(reviews.map(({ id }) => findingsOf(doors.store, id)))).flat(),
  };
}

/** What a task saw when it could see something last. */
export async function lastFacts(store: Store, task: string): Promise<TaskFacts | null> {
  const trace = await explain(store, task);
  return (trace.findLast(({ rule }) => rule !== 'forge-refuses')?.facts as TaskFacts | undefined) ?? null;
}

async function nodeOf(store: Store, work: Work, others: readonly Work[]): Promise<Node> {
  const children = others.filter(({ parent }) => parent === work.id).sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  const [last] = await store.decisions.trace({
    workflow: work.id,
    after: (await store.decisions.last({ workflow: work.id })) - 1,
    limit: 1,
  });
  const output = work.kind === 'session' ? await outputOf(store, work.id) : null;
  return {
    ...work,
    last: last === undefined ? null : { seq: last.seq, rule: last.rule, because: last.because },
    cost: await costOf(store, work.id),
    gave: output === null ? null : inWords(output),
    children: await Promise.all(children.map((child) => nodeOf(store, child, others))),
  };
}

const all = (node: Node): Node[] => [node, ...node.children.flatMap(all)];

function inWords({ kind, value }: Output): string {
  switch (kind) {
    case 'classification':
      return `${value.taskComplexity}, risk ${value.riskLevel}, ${value.taskMaturity}`;
    case 'handOver':
      return `${value.commit.type}: ${value.commit.title} (${value.files.length} file${value.files.length === 1 ? '' : 's'})`;
    case 'findings':
      return `${value.findings.length} found, ${value.verified.length} looked at again`;
  }
}

/** The findings of a review, each with how it stood after every round that was complete. */
async function findingsOf(store: Store, review: string): Promise<ShownFinding[]> {
  const after = new Map<number, readonly TrackedFinding[]>();
  for (const { facts } of await explain(store, review)) {
    const { round, reported, families, findings } = facts as ReviewSeen;
    const complete = reported.length === families.length ? round : round - 1;
    if (complete > 0) after.set(complete, findings);
  }
  const rounds = [...after].sort(([a], [b]) => a - b).map(([, findings]) => findings);
  return (rounds.at(-1) ?? []).map((finding) => ({
    ...finding,
    review,
    rounds: rounds.flatMap((findings) => findings.find(({ fingerprint }) => fingerprint === finding.fingerprint)?.state ?? []),
  }));
}

interface ReviewSeen {
  readonly round: number;
  readonly reported: readonly string[];
  readonly families: readonly string[];
  readonly findings: readonly TrackedFinding[];
}
