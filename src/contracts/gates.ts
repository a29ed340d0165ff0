// The facts that decide whether a change may be merged: what the forge shows now, what we have proven, what the workspace allows.
import type { Classification } from './outputs.ts';
import type { MergePolicy } from './merge-policy.ts';
import type { Check } from './proof.ts';

/** A check run or commit status of the head; of one name the newest. */
export interface ForgeCheck {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'pending';
  /** Whether it has done its work: one that was skipped or is neutral passes without. */
  readonly ran: boolean;
  /** Program that has run it; null for bare statuses, which anybody who may push can set. */
  readonly app: string | null;
  /** Id of the run; null for statuses. */
  readonly run: string | null;
  /** Where its log or its report is; null where it names none. */
  readonly url: string | null;
  /** Digest of what the forge says of it: asked again, it has to say the same. */
  readonly evidence: string;
}

/** What a person said last in a review; a comment leaves an earlier verdict standing. */
export interface ForgeReview {
  readonly by: string;
  readonly state: 'approved' | 'changes requested';
  readonly commit: string;
  /** Whether the reviewed commit has the head's tree. */
  readonly sameTree: boolean;
  /** Whether the person may write to the repository. */
  readonly mayWrite: boolean;
  /** A bot's approval is no person's, whatever it may write. */
  readonly isBot: boolean;
}

/** A request as the forge shows it at one moment. */
export interface ForgeFacts {
  readonly state: 'open' | 'closed' | 'merged';
  /** When it was closed, as the forge writes it: names this closing; null while it is open. */
  readonly closedAt: string | null;
  readonly title: string;
  readonly draft: boolean;
  /** Sorted. */
  readonly labels: readonly string[];
  readonly author: string;
  readonly head: string;
  /** Of the head commit. */
  readonly tree: string;
  /** `commit`: where it is, where the request conflicts, is behind or is merged by a queue; otherwise where it was when the head was pushed. */
  readonly base: { readonly branch: string; readonly commit: string };
  /** `pending`: the forge has not said yet. `blocked`: its protection holds it, for reasons that the other facts tell or that it keeps to itself. */
  readonly merge: 'clean' | 'conflict' | 'behind' | 'blocked' | 'pending';
  readonly checks: readonly ForgeCheck[];
  /** Names of the checks that the base's protection asks for. */
  readonly required: readonly string[];
  /** No check is shown, and some may still appear: the change has workflows and is new. */
  readonly checksMayCome: boolean;
  /** How many approvals the base's protection asks for. */
  readonly approvalsRequired: number;
  /** What the forge makes of all reviews, code owners' among them; null where the base asks for none. It says so also to who may not see why. */
  readonly reviewDecision: 'approved' | 'changes requested' | 'review required' | null;
  /** Conversations that are not resolved, and whether the base's protection asks for that, as far as it shows it. */
  readonly conversations: { readonly open: number; readonly mustBeResolved: boolean };
  /** Whether the base takes changes by the forge's merge queue only. */
  readonly queue: boolean;
  /** What else the base's protection shows that it asks for, in words. */
  readonly alsoRequired: readonly string[];
  readonly reviews: readonly ForgeReview[];
  /** Paths that the request changes, sorted. */
  readonly files: readonly string[];
  /** Whether its description has the section that shows the proof. */
  readonly showsProof: boolean;
  /** The footers of ours that its description has: one, but for what people make of it. */
  readonly footers: readonly string[];
  /** `at`: as the forge writes it. */
  readonly merged: { readonly sha: string; readonly by: string; readonly at: string } | null;
}

export interface GateFacts {
  readonly now: ForgeFacts;
  /** Ours of the head's tree, oldest first. */
  readonly checks: readonly Check[];
  /** By `signalbox approve`, of the head or a commit with the same tree. */
  readonly approvals: readonly { readonly by: string; readonly commit: string }[];
  readonly classification: Classification | null;
  /** Whether the change was made by a task of ours. */
  readonly ours: boolean;
  /** Why nothing is merged now, as people have told us, or null. */
  readonly held: string | null;
  /** Comments that want it stopped, and that nobody has settled since. */
  readonly blockers: readonly { readonly by: string; readonly excerpt: string }[];
  /** Why a person has to look whatever else holds (a limit was reached, a verdict is missing), or null. */
  readonly escalated: string | null;
  readonly policy: MergePolicy;
}
