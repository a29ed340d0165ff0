// A task: one unit of work, from its ticket to the merged request.
import { branchName, DEFAULT_BRANCH } from './branch.ts';
import type { Decision } from './decision.ts';
import type { Directive } from './directive.ts';
import type { Verdict } from './outbox.ts';
import type { Pipeline } from './plan.ts';
import type { Completion } from './request-policy.ts';
import type { ReviewEnd, ReviewInput } from './review.ts';
import type { Prepared, SessionEnd, Typed } from './session.ts';
import type { Work } from './work.ts';

export interface TaskRef {
  readonly workspace: string;
  readonly owner: string;
  readonly repo: string;
  /** Number of the issue that it comes from; null where it comes from a goal. */
  readonly issue: number | null;
  /** Digest of the text of the goal that it comes from; null where it comes from an issue. */
  readonly goal: string | null;
  /** Number of the try of this source: effects of another try are other effects. */
  readonly generation: number;
  /** Template of its branch's name (contracts/branch.ts), as it was when the try began; the default where it is left out. */
  readonly branch?: string;
  /** Identity that it was begun as (contracts/identity.ts); the installation's own account where it is left out. */
  readonly as?: string;
}

/** What a task works on. */
export type Ticket = Pick<TaskRef, 'owner' | 'repo' | 'issue' | 'goal'>;

type Source = Pick<TaskRef, 'issue' | 'goal'>;
const nameOf = ({ issue, goal }: Source): string => (issue === null ? `goal-${(goal ?? '').slice(0, 12)}` : `${issue}`);

/** Id of the task's workflow, prefix of the keys of its effects, and name of its worktree. */
export const taskId = (task: TaskRef): string => `task/${task.workspace}/${task.owner}/${task.repo}/${nameOf(task)}/${task.generation}`;

/** Names the ticket among everything that tasks come from. */
export const sourceOf = (task: Ticket): string =>
  task.issue === null ? `${task.owner}/${task.repo} ${nameOf(task)}` : `${task.owner}/${task.repo}#${task.issue}`;

/** The source and the try that a task's id names; undefined for the id of anything else. */
export function sourceOfTask(id: string): { workspace: string; source: string; generation: number } | undefined {
  const [, workspace, owner, repo, name, generation] = /^task\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)\/(\d+)$/.exec(id) ?? [];
  if (workspace === undefined || name === undefined) return undefined;
  const separator = /^\d+$/.test(name) ? '#' : ' ';
  return { workspace, source: `${owner}/${repo}${separator}${name}`, generation: Number(generation) };
}

export function taskBranch(task: TaskRef): string {
  const ticket = task.issue === null ? nameOf(task) : `issue-${task.issue}`;
  return branchName(task.branch ?? DEFAULT_BRANCH, { ticket, workspace: task.workspace }, task.generation);
}

/** Where the sessions of a task work. */
export const workOf = (task: TaskRef, host: string, base: string): Work => ({
  workspace: task.workspace,
  owner: task.owner,
  repo: task.repo,
  host,
  worktree: taskId(task),
  branch: taskBranch(task),
  base,
  ...(task.as !== undefined && { as: task.as }),
});

export interface TaskInput {
  readonly task: TaskRef;
  readonly pipeline: Pipeline;
  /** Host that has the worktree. */
  readonly host: string;
  /** Minutes from its beginning in which the tasks that it follows have to be merged; no limit where it is left out. */
  readonly afterMinutes?: number;
  /** How the sessions that have run ended, by the key of their action. Carried over continue-as-new, as are the others below. */
  readonly sessions: Readonly<Record<string, SessionEnd>>;
  readonly reviews: Readonly<Record<string, ReviewEnd>>;
  /** Decisions so far. */
  readonly decisions: number;
  /** Digest of the facts on which the last effect was applied. */
  readonly applied: string | null;
  readonly paused: boolean;
}

export type TaskOutcome =
  /** The request is merged. */
  | { readonly outcome: 'merged'; readonly request: number; readonly head: string; readonly mergeSha: string }
  /** The request is open, and people do the rest. */
  | { readonly outcome: 'delivered'; readonly request: number }
  /** The ticket or the request was closed. */
  | { readonly outcome: 'closed' }
  /** A person said that it shall not go on. */
  | { readonly outcome: 'given up'; readonly because: string }
  /** It was to follow another task, which was not merged. */
  | { readonly outcome: 'failed'; readonly because: string };

/** What is kept of a task's end, with its source. */
export type TaskEnd = TaskOutcome['outcome'] | 'killed';

/** What the forge shows of a task at one moment. */
export interface TaskSnapshot {
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  readonly title: string;
  readonly body: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Number of the issue's milestone; null where it has none. */
  readonly milestone: number | null;
  /** Commit that the task's branch is at; null where it is not there. */
  readonly pushed: string | null;
}

export type TaskAction =
  | { readonly kind: 'end'; readonly outcome: TaskOutcome }
  | {
      readonly kind: 'wait';
      readonly forWhom: 'operator' | 'upgrade' | 'session' | 'review' | 'request' | 'task';
      readonly atMostMinutes: number;
    }
  | { readonly kind: 'session'; readonly key: string; readonly playbook: 'classify' | 'code' }
  | { readonly kind: 'review'; readonly key: string; readonly head: string }
  | { readonly kind: 'ask'; readonly key: string; readonly question: string; readonly accepts: readonly Verdict[] }
  /** Follows what a person told it, or says why not: from then on its row counts. */
  | {
      readonly kind: 'heed';
      readonly key: string;
      readonly mail: string;
      readonly by: string;
      readonly directive: Directive;
      /** Why it can't be followed; null where it can. */
      readonly declined: string | null;
      /** Question that it says yes to. */
      readonly approves: string | null;
    }
  /** What was said to the task goes on to whoever owns its request. */
  | { readonly kind: 'passOn'; readonly to: string; readonly mail: readonly string[] }
  /** Hands the request to the workflow that owns it. */
  | { readonly kind: 'own'; readonly key: string; readonly request: number; readonly head: string; readonly pipeline?: Pipeline }
  | HostEffect
  | ForgeEffect;

/** Done where the worktree is. All are guarded. */
export type HostEffect =
  | { readonly kind: 'commit'; readonly key: string; readonly session: string; readonly at: number }
  | { readonly kind: 'push'; readonly key: string; readonly commit: string; readonly expected: string | null }
  /** Goes on from what somebody has pushed to the task's branch; refused where that is nothing of its own. */
  | { readonly kind: 'takeUp'; readonly key: string; readonly commit: string };

/** At least one of each other class: convergent, guarded, marked, unprobeable. */
export type ForgeEffect =
  | { readonly kind: 'label'; readonly key: string; readonly label: string }
  | { readonly kind: 'openRequest'; readonly key: string; readonly pipeline: Pipeline; readonly session: string; readonly draft: boolean }
  /** Gives an open request what its issue and the settings say. */
  | ({ readonly kind: 'complete'; readonly key: string; readonly request: number } & Completion)
  /** `request`: its number, where the comment is about it. */
  | { readonly kind: 'comment'; readonly key: string; readonly text: string; readonly request?: number }
  | { readonly kind: 'notify'; readonly key: string; readonly text: string };

export interface AssessTask {
  readonly task: TaskRef;
  /** Kinds of action that the calling workflow's code can apply; a newer worker may know more. */
  readonly understands: readonly TaskAction['kind'][];
  readonly pipeline: Pipeline;
  readonly afterMinutes?: number;
  readonly sessions: TaskInput['sessions'];
  readonly reviews: TaskInput['reviews'];
  /** Keys of the sessions and reviews that run now. */
  readonly running: readonly string[];
  readonly decision: number;
  readonly applied: TaskInput['applied'];
}

interface Act<Action> {
  readonly task: TaskRef;
  readonly rule: string;
  readonly action: Action;
}

/** On the general queue. */
export interface TaskActivities {
  /** Takes a snapshot and applies the policy to it. Only reads, but for the trace. */
  assessTask(input: AssessTask): Promise<Decision<TaskAction>>;
  /** Does one effect, once for its key, for ever. Where the forge refuses for good it stays undone, and the next look knows why. */
  actOnForge(input: Act<ForgeEffect>): Promise<void>;
  /** Keeps what was typed: for the session that runs, else for the next one. */
  keepTypedForTask(input: { readonly task: TaskRef; readonly running: readonly string[]; readonly typed: readonly Typed[] }): Promise<void>;
  /** Follows a directive, or says why not. Done again, it changes nothing. */
  heedForTask(input: Act<Extract<TaskAction, { kind: 'heed' }>>): Promise<void>;
  /** Passes words on to the owner of the request. Done again, it doubles nothing. */
  passOnForTask(input: { readonly task: TaskRef; readonly action: Extract<TaskAction, { kind: 'passOn' }> }): Promise<void>;
  /** Puts a question to people; asked again, it is the same one. */
  askForTask(input: { readonly task: TaskRef; readonly action: Extract<TaskAction, { kind: 'ask' }> }): Promise<void>;
  /** Closes the mailbox, and the try of the source; what is unseen goes back to its senders. Wakes the tasks that wait for this one. */
  endTask(input: { readonly task: TaskRef; readonly outcome: TaskEnd; readonly because: string }): Promise<void>;
}

/** On the queue of the task's host. */
export interface TaskHostActivities {
  /** Prepares the worktree and the specification of a session; returns the specification's digest, null where the forge refuses. */
  prepareSession(input: { readonly task: TaskRef; readonly key: string; readonly playbook: 'classify' | 'code' }): Promise<Prepared | null>;
  /** What a review of this head needs to know; null where the forge refuses. */
  prepareReview(input: {
    readonly task: TaskRef;
    readonly key: string;
    readonly head: string;
    readonly sessions: TaskInput['sessions'];
    readonly reviews: TaskInput['reviews'];
  }): Promise<ReviewInput | null>;
  /** Starts the workflow that owns the request, once for its key, for ever. */
  ownRequest(input: Act<Extract<TaskAction, { kind: 'own' }>> & Pick<TaskInput, 'sessions' | 'reviews'>): Promise<void>;
  /** Does one effect, once for its key, for ever. */
  actOnHost(input: Act<HostEffect>): Promise<void>;
}
