// A schedule starts a short workflow, which begins a task or says why it did not. What a firing needs is in its arguments.
import type { Pipeline } from './plan.ts';
import type { Ticket } from './task.ts';

export interface ScheduledInput {
  /** Name of the schedule, for people. */
  readonly schedule: string;
  readonly workspace: string;
  readonly ticket: Ticket;
  readonly pipeline: Pipeline;
  /** As whom (contracts/identity.ts), null: as the installation itself; left out: the default. */
  readonly as?: string | null;
  /** Host of the task's worktree. */
  readonly host: string;
}

/** `skipped`: the task of an earlier firing still runs; people get a notice. */
export interface ScheduledOutcome {
  readonly outcome: 'started' | 'skipped';
  readonly task: string;
}

/** On the general queue. */
export interface ScheduleActivities {
  /** @param firing id of the starter's workflow: begun again by the same firing, it is the same task */
  beginScheduled(input: ScheduledInput & { readonly firing: string }): Promise<ScheduledOutcome>;
}

/** What a schedule says about itself in Temporal, so that it is known as ours and lists can show it. */
export interface ScheduleMemo {
  readonly signalboxInstallation: string;
  readonly cron: string;
  readonly zone: string;
  /** The command that it stands for. */
  readonly runs: string;
}

/** Ids of schedules carry the installation's: only its own are listed and touched. */
export const scheduleId = (installation: string, name: string): string => `${scheduleIds(installation)}${name}`;
export const scheduleIds = (installation: string): string => `signalbox/${installation}/`;
