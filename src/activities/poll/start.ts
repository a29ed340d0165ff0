// Sees to it that a repository is polled: one workflow for a repository. Started while it runs, it is the same one, and is not disturbed.
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy, type Client } from '@temporalio/client';
import { pollId, type PollInput } from '../../contracts/poll.ts';
import { GENERAL_QUEUE } from '../../contracts/queues.ts';
import { TIMEOUTS } from '../../contracts/timeouts.ts';
import { repositoryId, type RepositoryRef } from '../../contracts/work.ts';

export async function startPoll(client: Client, { host, owner, repo }: RepositoryRef): Promise<void> {
  const repository: RepositoryRef = { host, owner, repo };
  const input: PollInput = { repository };
  await client.workflow.start<(given: PollInput) => Promise<string>>('poll', {
    workflowId: pollId(repository),
    taskQueue: GENERAL_QUEUE,
    args: [input],
    workflowTaskTimeout: TIMEOUTS.workflowTask,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: `polls of ${repositoryId(repository)}`,
  });
}
