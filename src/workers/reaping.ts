// Whether a session still runs: a host ends the jobs of those that are over, also of one that was terminated, or killed while it was down.
import { WorkflowNotFoundError, type Client } from '@temporalio/client';

/** The scope of a job is the id of its session's workflow. */
export async function runs(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
