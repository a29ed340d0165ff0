// A firing of a schedule: begins the task, unless that of an earlier firing still runs; people are told of what was skipped.
import type { ScheduleActivities } from '../../contracts/schedule.ts';
import { beginTask, type BeginDeps } from '../task/begin.ts';

export function createScheduleActivities(deps: BeginDeps): ScheduleActivities {
  return {
    async beginScheduled({ schedule, firing, ...task }) {
      const begun = await beginTask(deps, { ...task, after: [], by: firing });
      if (begun.state === 'began') return { outcome: 'started', task: begun.id };
      const question = `The schedule ${schedule} came while ${begun.id} still runs: skipped.`;
      await deps.store.outbox.ask({ id: `notice/${firing}`, askedBy: firing, question, accepts: [] });
      return { outcome: 'skipped', task: begun.id };
    },
  };
}
