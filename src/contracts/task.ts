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

export interface TaskInput {
  readonly task: TaskRef;
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

/** What the forge and our own records say about a task at one moment. */
export interface TaskSnapshot {
  readonly issue: { readonly state: 'open' | 'closed'; readonly labels: readonly string[] };
  /** Commit that the session left in the worktree, when it is not the base; null before. */
  readonly commit: string | null;
  /** The branch on the forge; null when it is not there. */
  readonly pushed: string | null;
  /** Number of the open request for the branch. */
  readonly request: number | null;
}

export type TaskAction =
  | { readonly kind: 'end'; readonly outcome: TaskOutcome }
  | { readonly kind: 'wait'; readonly forWhom: 'operator' | 'upgrade' | 'session'; readonly atMostMinutes: number }
  | { readonly kind: 'session'; readonly key: string }
  | TaskEffect;

/** One effect of each class. */
export type TaskEffect =
  | { readonly kind: 'label'; readonly key: string; readonly label: string }
  | { readonly kind: 'push'; readonly key: string; readonly commit: string; readonly expected: string | null }
  | { readonly kind: 'openRequest'; readonly key: string; readonly head: string }
  | { readonly kind: 'comment'; readonly key: string; readonly text: string }
  | { readonly kind: 'notify'; readonly key: string; readonly text: string };

export type TaskActionKind = TaskAction['kind'];

export interface TaskActivities {
  /** Takes a snapshot and applies the policy to it. Only reads, but for the trace. */
  assessTask(input: AssessTask): Promise<Decision<TaskAction>>;
  /** Does one effect, once for its key, for ever. */
  actOnTask(input: { readonly task: TaskRef; readonly rule: string; readonly action: TaskEffect }): Promise<void>;
  /** Prepares the worktree and the specification of a session; returns the specification's digest. */
  prepareSession(input: { readonly task: TaskRef; readonly key: string }): Promise<string>;
  /** Keeps what was typed: for the session that runs, else for the next one. */
  keepTypedForTask(input: { readonly task: TaskRef; readonly running: string | null; readonly typed: readonly Typed[] }): Promise<void>;
  /** Closes the mailbox; what is unseen goes back to its senders. */
  endTask(input: { readonly task: TaskRef; readonly because: string }): Promise<void>;
}

export interface AssessTask {
  readonly task: TaskRef;
  /** Kinds of action that the calling workflow's code can apply; a newer worker may know more. */
  readonly understands: readonly TaskActionKind[];
  readonly sessions: TaskInput['sessions'];
  /** Key of the session that runs now. */
  readonly running: string | null;
  readonly decision: number;
  readonly applied: TaskInput['applied'];
}

/** The part of every key of the task's effects. */
export const taskId = ({ workspace, owner, repo, issue, generation }: TaskRef): string =>
  `task/${workspace}/${owner}/${repo}/${issue}/${generation}`;
