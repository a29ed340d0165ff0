// What is proven about a change, and what was made of it. Proof is bound to trees: what holds for a commit holds for every commit with
// the same tree, and for no other (M16).
import type { ForgeCheck } from './gates.ts';
import type { MergePolicy, MergeWay } from './merge-policy.ts';

export type CheckKind = 'review' | 'tests' | 'security' | 'architecture' | 'production';

/** Something that we have looked at ourselves; what the forge's CI says is read from the forge. */
export interface NewCheck {
  /** Chosen by who checks and unique for ever: the same id added again is the same check. */
  readonly id: string;
  /** `repositoryId`. */
  readonly repository: string;
  readonly commit: string;
  readonly tree: string;
  /** Of one kind and tree the newest decides: who looks in parts adds the verdict last. */
  readonly kind: CheckKind;
  readonly name: string;
  readonly outcome: 'passed' | 'failed';
  readonly because: string;
  /** Digest of all findings. */
  readonly findings: string | null;
  /** Id of the session or review that looked. */
  readonly session: string | null;
  /** Digest of what shows it: a log, a transcript. */
  readonly evidence: string | null;
}

export interface Check extends NewCheck {
  readonly at: number;
}

export const GATES = [
  ...(['open', 'hold', 'mergeable', 'checks', 'tests', 'review'] as const),
  ...(['architecture', 'production', 'security'] as const),
  ...(['blocker', 'changes-requested', 'conversations', 'forge-approvals', 'approval'] as const),
] as const;
export type GateName = (typeof GATES)[number];

export interface Gate {
  readonly name: GateName;
  readonly needed: boolean;
  /** Why it is needed or not, and why it is met or not. */
  readonly because: string;
  readonly met: boolean;
  /** Not met, and time may bring it without anybody's doing: CI runs, the forge computes. */
  readonly pending: boolean;
  /** Not met, and people can bring it where they look at the request: by a review, a resolved conversation, an approval of the head. */
  readonly byPeople: boolean;
  /** By what it is met: checks, reviews, commits, as people can find them. */
  readonly evidence: readonly string[];
}

/** Why a request may be merged, as it was when that was decided. Kept as a blob; the merge log names it. */
export interface ProofRecord {
  readonly version: 1;
  /** "host/owner/repo#7". */
  readonly request: string;
  readonly number: number;
  /** Digest of the text of what was to be done. */
  readonly goal: string | null;
  readonly head: string;
  readonly tree: string;
  readonly base: { readonly branch: string; readonly commit: string };
  /** Ours of the head's tree. */
  readonly checks: readonly Check[];
  /** The forge's, of the head commit. */
  readonly ci: readonly ForgeCheck[];
  readonly gates: readonly Gate[];
  readonly verdict: 'passed' | 'pending' | 'unmet';
  readonly policy: MergePolicy;
  /** Null as long as it is not merged. */
  readonly mergedAt: string | null;
}

/** One merge (M15). */
export interface NewMergeLogEntry {
  /** Id of the request's workflow: a request is merged once. */
  readonly request: string;
  readonly repository: string;
  readonly number: number;
  readonly head: string;
  readonly sha: string;
  /** Null where somebody else merged: the forge does not say how. */
  readonly method: MergeWay | null;
  readonly by: string;
  /** `lane`: by us, after every gate. `other`: by hand or by another program (M19). */
  readonly how: 'lane' | 'other';
  readonly policy: MergePolicy;
  /** Digest of the proof record. */
  readonly proof: string;
  /** Gates that were needed and not met. */
  readonly unmet: readonly GateName[];
}

export interface MergeLogEntry extends NewMergeLogEntry {
  readonly at: number;
}
