// What the forge remembers of checks, statuses and workflow runs. Times are milliseconds since the epoch.
import type { Commit } from '../git/commit.ts';
import type { Document } from './records.ts';

export interface CommitStatus extends Document {
  readonly repositoryId: number;
  readonly sha: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creatorId: number;
  readonly createdAt: number;
}

export type Conclusion =
  'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required' | 'stale' | 'startup_failure';
export type RunStatus = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';

export interface CheckSuite extends Document {
  readonly repositoryId: number;
  readonly headSha: string;
  readonly headBranch: string | null;
  /** The slug of the app that checks: domain/apps.ts. */
  readonly app: string;
  readonly beforeSha: string | null;
  /** What the commit says; commits never change, and the view of a suite shows it. */
  readonly headCommit: Commit;
  readonly status: RunStatus;
  readonly conclusion: Conclusion | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface CheckRun extends Document {
  readonly repositoryId: number;
  readonly suiteId: number;
  readonly headSha: string;
  readonly name: string;
  readonly app: string;
  readonly externalId: string;
  readonly detailsUrl: string | null;
  readonly status: RunStatus;
  readonly conclusion: Conclusion | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly output: { readonly title: string | null; readonly summary: string | null; readonly text: string | null };
  readonly annotations: readonly Annotation[];
}

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column: number | null;
  readonly end_column: number | null;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title: string | null;
  readonly raw_details: string | null;
}

/** An event that CI has yet to look at: it reads the workflow files of the commit once the time has come. */
export interface CiTrigger extends Document {
  readonly repositoryId: number;
  readonly event: 'push' | 'pull_request' | 'merge_group' | 'workflow_dispatch';
  /** What happened within the event, for example `synchronize`; null for a push. */
  readonly action: string | null;
  readonly ref: string;
  readonly sha: string;
  readonly beforeSha: string | null;
  readonly pullRequestId: number | null;
  /** A workflow_dispatch names its workflow and its inputs. */
  readonly workflowPath: string | null;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly actorId: number;
  readonly dueAt: number;
}

export interface Workflow extends Document {
  readonly repositoryId: number;
  readonly name: string;
  readonly path: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface WorkflowRun extends Document {
  readonly repositoryId: number;
  readonly workflowId: number;
  readonly runNumber: number;
  readonly name: string;
  readonly title: string;
  readonly event: CiTrigger['event'];
  /** What `${{ github.event }}` says beside repository and sender. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly headBranch: string;
  /** The commit that the checks are about. */
  readonly headSha: string;
  readonly headCommit: Commit;
  readonly headRepositoryId: number;
  /** The base branch of a pull request. */
  readonly baseRef: string | null;
  /** What `${{ github.ref }}` says, for example refs/heads/main or refs/pull/7/merge. */
  readonly ref: string;
  /** The commit that jobs check out: of a pull request, its merge with the base where there is one. */
  readonly sha: string;
  /** The workflow file as it was at that commit. */
  readonly source: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Runs of the same group take turns. */
  readonly concurrencyGroup: string | null;
  readonly suiteId: number;
  readonly actorId: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly attempt: number;
  readonly triggeringActorId: number;
  readonly startedAt: number;
  readonly cancelledAt: number | null;
  readonly status: RunStatus;
  readonly conclusion: Conclusion | null;
  /** Jobs of earlier attempts that this one did not run again. */
  readonly carriedJobIds: readonly number[];
  readonly earlierAttempts: readonly EarlierAttempt[];
}

export type EarlierAttempt = Pick<
  WorkflowRun,
  'attempt' | 'triggeringActorId' | 'startedAt' | 'updatedAt' | 'cancelledAt' | 'status' | 'conclusion' | 'carriedJobIds'
>;

export interface WorkflowJob extends Document {
  readonly repositoryId: number;
  readonly runId: number;
  readonly attempt: number;
  /** The job's key in the workflow file; its name is what people and protection rules see. */
  readonly key: string;
  readonly name: string;
  readonly labels: readonly string[];
  /** Which of the combinations of its matrix this job is. */
  readonly combination: {
    readonly values: Readonly<Record<string, unknown>>;
    readonly index: number;
    readonly total: number;
    /** When this one fails, the others are cancelled. */
    readonly failFast: boolean;
    readonly mostAtOnce: number | null;
  } | null;
  /** Its failure does not fail the run (continue-on-error). */
  readonly mayFail: boolean;
  readonly checkRunId: number;
  readonly status: RunStatus;
  readonly conclusion: Conclusion | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly WorkflowStep[];
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** Somebody, or the failure of another combination, asked the running job to end. */
  readonly cancelledAt: number | null;
}

export interface WorkflowStep {
  readonly number: number;
  readonly name: string;
  readonly status: RunStatus;
  readonly conclusion: Conclusion | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
}
