// The tasks, reviews, sessions and requests that Temporal knows, as the commands show them. State is derived from Temporal, never from a flag of ours.
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import { green, red, yellow } from './output.ts';

export interface Work {
  readonly id: string;
  readonly kind: string;
  readonly state: 'running' | 'completed' | 'failed' | 'killed';
  /** What it does or waits for, in words; null where it does not say. */
  readonly phase: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly parent: string | null;
}

interface Which {
  readonly all: boolean;
  /** Only what belongs to this one, by its id. */
  readonly under?: string;
  /** That one as well. */
  readonly itself?: boolean;
  readonly limit?: number;
}

/** Newest first. */
export async function listWork(client: Client, options: Which): Promise<Work[]> {
  const query = [
    "WorkflowType IN ('task', 'review', 'session', 'mergeRequest', 'mergeLane')",
    ...(options.all ? [] : ["ExecutionStatus = 'Running'"]),
    ...(options.under === undefined ? [] : [underneath(options.under, options.itself === true)]),
  ].join(' AND ');
  const found: Work[] = [];
  for await (const execution of client.workflow.list({ query })) {
    found.push(asWork(execution));
    if (found.length >= (options.limit ?? 1_000)) break;
  }
  return found;
}

function underneath(id: string, itself: boolean): string {
  const quoted = id.replaceAll("'", "''");
  const children = `WorkflowId STARTS_WITH '${quoted}/'`;
  return itself ? `(${children} OR WorkflowId = '${quoted}')` : children;
}

type Execution = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'type' | 'status' | 'typedSearchAttributes' | 'startTime' | 'closeTime' | 'parentExecution'
>;

export const asWork = (execution: Execution): Work => ({
  id: execution.workflowId,
  kind: execution.type,
  state: stateOf(execution.status.name),
  phase: execution.typedSearchAttributes.get(searchAttributes.phase) ?? null,
  startedAt: execution.startTime.toISOString(),
  endedAt: execution.closeTime?.toISOString() ?? null,
  parent: execution.parentExecution?.workflowId ?? null,
});

function stateOf(status: string): Work['state'] {
  if (status === 'RUNNING' || status === 'CONTINUED_AS_NEW') return 'running';
  if (status === 'COMPLETED') return 'completed';
  return status === 'CANCELLED' || status === 'TERMINATED' ? 'killed' : 'failed';
}

export function coloured(state: Work['state']): string {
  switch (state) {
    case 'running':
      return yellow(state);
    case 'completed':
      return green(state);
    case 'failed':
    case 'killed':
      return red(state);
  }
}
