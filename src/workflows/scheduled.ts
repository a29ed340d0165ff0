// What a schedule starts: begins a task and ends. Overlap is not left to Temporal, because the task goes on after this has ended.
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ScheduleActivities, ScheduledInput, ScheduledOutcome } from '../contracts/schedule.ts';
import { GENERAL } from './activity-options.ts';

const { beginScheduled } = proxyActivities<ScheduleActivities>(GENERAL);

export async function scheduled(input: ScheduledInput): Promise<ScheduledOutcome> {
  const { workflowId: firing } = workflowInfo();
  return beginScheduled.executeWithOptions({ ...GENERAL, summary: 'begin a task' }, [{ ...input, firing }]);
}
