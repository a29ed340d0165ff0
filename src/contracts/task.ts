// The narrow task: from an issue on the forge to a pull request that a session has made. It uses every part of the kernel once.
import type { Decision } from './decision.ts';
import type { SessionEnd, Typed } from './session.ts';

export interface TaskRef {
  readonly workspace: string;
  readonly owner: string;
  readonly repo: string;
  readonly issue: number;
  /** Number of the try of this issue: effects of another try are other effects. */
  readonly generation: number;
}

/** Id of the task's workflow, prefix of the keys of its effects, and name of its worktree. */
export const taskId = ({ workspace, owner, repo, issue, generation }: TaskRef): string =>
  `task/${workspace}/${owner}/${repo}/${issue}/${generation}`;

/** Names the issue among everything that tasks come from. */
export const sourceOf = ({ owner, repo, issue }: Omit<TaskRef, 'workspace' | 'generation'>): string => `${owner}/${repo}#${issue}`;

export const taskBranch = ({ issue, generation }: TaskRef): string => `signalbox/issue-${issue}${generation === 1 ? '' : `-${generation}`}`;

export interface TaskInput {
  readonly task: TaskRef;
  /** Host that has the worktree. */
  readonly host: string;
  /** How the sessions that have run ended, by the key of their action. Carried over continue-as-new. */
  readonly sessions: Readonly<Record<string, SessionEnd>>;
  /** Decisions so far. */
  readonly decisions: number;
  /** Digest of the facts on which the last effect was applied. */
  readonly applied: string | null;
  readonly paused: boolean;
}

export type TaskOutcome = { readonly outcome: 'delivered'; readonly request: number } | { readonly outcome: 'closed' };

/** What the forge shows of a task at one moment. */
export interface TaskSnapshot {
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Commit that the task's branch is at; null where it is not there. */
  readonly pushed: string | null;
}

export type TaskAction =
  | { readonly kind: 'end'; readonly outcome: TaskOutcome }
  | { readonly kind: 'wait'; readonly forWhom: 'operator' | 'upgrade' | 'session'; readonly atMostMinutes: number }
  | { readonly kind: 'session'; readonly key: string }
  | HostEffect
  | ForgeEffect;

/** Done where the worktree is. Both are guarded. */
export type HostEffect =
  | { readonly kind: 'commit'; readonly key: string; readonly at: number }
  | { readonly kind: 'push'; readonly key: string; readonly commit: string; readonly expected: string | null };

/** One of each other class: convergent, guarded, marked, unprobeable. */
export type ForgeEffect =
  | { readonly kind: 'label'; readonly key: string; readonly label: string }
  | { readonly kind: 'openRequest'; readonly key: string }
  | { readonly kind: 'comment'; readonly key: string; readonly text: string }
  | { readonly kind: 'notify'; readonly key: string; readonly text: string };

export interface AssessTask {
  readonly task: TaskRef;
  /** Kinds of action that the calling workflow's code can apply; a newer worker may know more. */
  readonly understands: readonly TaskAction['kind'][];
  readonly sessions: TaskInput['sessions'];
  /** Key of the session that runs now. */
  readonly running: string | null;
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
  /** Does one effect, once for its key, for ever. */
  actOnForge(input: Act<ForgeEffect>): Promise<void>;
  /** Keeps what was typed: for the session that runs, else for the next one. */
  keepTypedForTask(input: { readonly task: TaskRef; readonly running: string | null; readonly typed: readonly Typed[] }): Promise<void>;
  /** Closes the mailbox, and the try of the source; what is unseen goes back to its senders. */
  endTask(input: { readonly task: TaskRef; readonly because: string }): Promise<void>;
}

/** On the queue of the task's host. */
export interface TaskHostActivities {
  /** Prepares the worktree and the specification of a session; returns the specification's digest. */
  prepareSession(input: { readonly task: TaskRef; readonly key: string }): Promise<string>;
  /** Does one effect, once for its key, for ever. */
  actOnHost(input: Act<HostEffect>): Promise<void>;
}
