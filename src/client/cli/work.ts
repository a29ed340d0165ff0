// The tasks and sessions that Temporal knows, as the commands show them. State is derived from Temporal, never from a flag of ours.
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

/** Newest first. */
export async function listWork(client: Client, options: { readonly all: boolean; readonly limit?: number }): Promise<Work[]> {
  const query = `WorkflowType IN ('task', 'session')${options.all ? '' : " AND ExecutionStatus = 'Running'"}`;
  const found: Work[] = [];
  for await (const execution of client.workflow.list({ query })) {
    found.push(asWork(execution));
    if (found.length >= (options.limit ?? 1_000)) break;
  }
  return found;
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
