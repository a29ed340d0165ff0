// The sessions and reviews that a coordinator has started: which run, how the others ended. The end of one wakes the coordinator.
import { ChildWorkflowFailure, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { NOT_READY, type Prepared, type SessionEnd, type SessionInput } from '../contracts/session.ts';
import { TIMEOUTS } from '../contracts/timeouts.ts';
import type { Ears } from './ears.ts';

/** By the keys of the actions that started them. `ended` is carried over continue-as-new; nothing may run then. */
export interface Children<End> {
  readonly running: string[];
  readonly ended: Record<string, End>;
}

export const childrenOf = <End>(ended: Readonly<Record<string, End>>): Children<End> => ({ running: [], ended: { ...ended } });

export interface NewChild {
  /** Id of the coordinator; the child's is this, a slash and the key. */
  readonly parent: string;
  readonly key: string;
  readonly workspace: string;
  readonly summary: string;
  /** What it is for, where it does not say so itself. */
  readonly phase?: string;
}

/** Starts a session; returns when it has started. One that can't begin has ended. */
export async function startSession(
  child: NewChild & { readonly spec: Prepared; readonly host: string; readonly phase: string },
  children: Children<SessionEnd>,
  ears: Ears,
): Promise<void> {
  const { spec, host, key } = child;
  if (typeof spec === 'object') {
    children.ended[key] = { outcome: 'failed', rule: NOT_READY, because: spec.refused };
    return;
  }
  const input: SessionInput = { spec, host, turn: 1, paused: false };
  const killed = (because: string): SessionEnd => ({ outcome: 'killed', rule: 'session-ended-from-outside', because });
  await startAs('session', input, child, children, ears, killed);
}

/**
 * Starts a child that ends with an `End`; returns when it has started.
 * @param type name of the workflow
 * @param killed what the end is of one that was killed or terminated
 */
export async function startAs<End>(
  type: 'session' | 'review',
  input: unknown,
  { parent, key, workspace, summary, phase }: NewChild,
  children: Children<End>,
  ears: Ears,
  killed: (because: string) => End,
): Promise<void> {
  const child = await startChild<(given: unknown) => Promise<End>>(type, {
    workflowId: `${parent}/${key}`,
    args: [input],
    workflowTaskTimeout: TIMEOUTS.workflowTask,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: summary,
    typedSearchAttributes: [
      { key: searchAttributes.workspace, value: workspace },
      ...(phase === undefined ? [] : [{ key: searchAttributes.phase, value: phase }]),
    ],
  });
  children.running.push(key);
  const ended = (end: End): void => {
    children.ended[key] = end;
    children.running.splice(children.running.indexOf(key), 1);
    ears.unseen++;
  };
  void child.result().then(ended, (error: unknown) => {
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    ended(killed(error.cause?.message ?? error.message));
  });
}
