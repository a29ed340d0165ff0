// What the newest run of a workflow was started with: the first event of its history.
import { defaultPayloadConverter, WorkflowNotFoundError, type Client } from '@temporalio/client';

/** Undefined where Temporal has no such workflow any more. */
export async function inputOf<Input>(
  { workflow, workflowService, options: { namespace } }: Client,
  workflowId: string,
): Promise<Input | undefined> {
  try {
    const { runId } = await workflow.getHandle(workflowId).describe();
    const { history } = await workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    });
    const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    return payload === undefined ? undefined : defaultPayloadConverter.fromPayload<Input>(payload);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
