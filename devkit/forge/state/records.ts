// What the forge remembers, one document type a collection (those of CI: ci-records.ts, of webhooks: webhook-records.ts; how they are found:
// collections.ts). Documents are frozen: a change puts a new one in place of the old. Nothing here is a view: what GitHub shows is composed
// in api/present. Times are milliseconds since the epoch.
import type { Commit } from '../git/commit.ts';

export type Role = 'read' | 'triage' | 'write' | 'maintain' | 'admin';

export interface Document {
  readonly id: number;
}

export interface User extends Document {
  readonly login: string;
  readonly type: 'User' | 'Bot';
  readonly email: string;
  readonly createdAt: number;
}

export interface Token extends Document {
  readonly userId: number;
  readonly secret: string;
}

export interface Repository extends Document {
  readonly ownerId: number;
  readonly name: string;
  readonly description: string | null;
  readonly private: boolean;
  readonly archived: boolean;
  readonly defaultBranch: string;
  readonly allowMergeCommit: boolean;
  readonly allowSquashMerge: boolean;
  readonly allowRebaseMerge: boolean;
  readonly allowAutoMerge: boolean;
  readonly allowUpdateBranch: boolean;
  readonly deleteBranchOnMerge: boolean;
  readonly hasIssues: boolean;
  /** The repository that this one was forked from. */
  readonly parentId: number | null;
  /** The highest number that a milestone was ever given: it is not given again. */
  readonly lastMilestone: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly pushedAt: number;
}

export interface Collaborator extends Document {
  readonly repositoryId: number;
  readonly userId: number;
  readonly role: Role;
  /** An invitation counts only once it was accepted. */
  readonly accepted: boolean;
  readonly invitedBy: number;
  readonly createdAt: number;
}

/** A ref as the API last saw it. Git is the truth: a difference is a push that was not yet taken in (git/refs.ts). */
export interface Ref extends Document {
  readonly repositoryId: number;
  readonly name: string;
  readonly sha: string;
  /** Who moved it there: the last to push, for rules that ask who that was. */
  readonly movedBy: number;
}

/** An issue, or the issue half of a pull request: both take their numbers from one sequence. */
export interface Issue extends Document {
  readonly repositoryId: number;
  readonly number: number;
  readonly pullRequestId: number | null;
  readonly title: string;
  readonly body: string | null;
  readonly authorId: number;
  readonly state: 'open' | 'closed';
  readonly stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null;
  readonly labelIds: readonly number[];
  readonly assigneeIds: readonly number[];
  readonly milestoneId: number | null;
  readonly locked: boolean;
  readonly lockReason: 'off-topic' | 'too heated' | 'resolved' | 'spam' | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly closedAt: number | null;
  readonly closedBy: number | null;
}

export interface PullRequest extends Document {
  readonly repositoryId: number;
  readonly issueId: number;
  readonly number: number;
  readonly headRepositoryId: number | null;
  readonly headRef: string;
  readonly headSha: string;
  readonly baseRef: string;
  readonly baseSha: string;
  readonly draft: boolean;
  readonly maintainerCanModify: boolean;
  readonly requestedReviewerIds: readonly number[];
  readonly autoMerge: {
    readonly enabledBy: number;
    readonly method: MergeMethod;
    readonly title: string | null;
    readonly message: string | null;
  } | null;
  /** What the request changes against its merge base, as of the last push to its head. */
  readonly size: ChangeSize;
  readonly headPushedBy: number;
  readonly headPushedAt: number;
  readonly trialMerge: TrialMerge | null;
  readonly mergedAt: number | null;
  readonly mergedBy: number | null;
  readonly mergeCommitSha: string | null;
}

/** What git said of merging a head into a base. It holds for just these two commits. */
export interface TrialMerge {
  readonly headSha: string;
  readonly baseSha: string;
  /** The merge, kept as refs/pull/N/merge; null: the two conflict. */
  readonly commitSha: string | null;
  /** The base has commits that the head has not. */
  readonly behind: boolean;
  /** By the CODEOWNERS of the base: of each group, one must approve. */
  readonly codeOwnerIds: readonly (readonly number[])[];
}

export interface ChangeSize {
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface Comment extends Document {
  readonly repositoryId: number;
  readonly issueId: number;
  readonly authorId: number;
  readonly body: string;
  readonly minimized: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Review extends Document {
  readonly repositoryId: number;
  readonly pullRequestId: number;
  readonly authorId: number;
  readonly state: 'PENDING' | 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' | 'DISMISSED';
  readonly body: string;
  readonly commitSha: string;
  readonly minimized: string | null;
  readonly createdAt: number;
  /** Null while it is pending: only its author sees it then. */
  readonly submittedAt: number | null;
  readonly updatedAt: number;
}

/**
 * Review comments on one place of the diff, with their resolution; its first comment opens it. The place is as it was then; where it is now,
 * and whether it is outdated, follows from git (domain/review-places.ts).
 */
export interface ReviewThread extends Document {
  readonly repositoryId: number;
  readonly pullRequestId: number;
  readonly path: string;
  readonly subjectType: 'line' | 'file';
  readonly side: 'LEFT' | 'RIGHT';
  readonly startSide: 'LEFT' | 'RIGHT' | null;
  /** Null for a thread on the file. */
  readonly originalLine: number | null;
  readonly originalStartLine: number | null;
  readonly originalPosition: number;
  /** The commits between which the diff was: the left side is of the first, the right side of the second. */
  readonly mergeBaseSha: string;
  readonly commitSha: string;
  readonly diffHunk: string;
  readonly resolvedBy: number | null;
}

export interface ReviewComment extends Document {
  readonly repositoryId: number;
  readonly pullRequestId: number;
  readonly threadId: number;
  readonly reviewId: number;
  readonly authorId: number;
  readonly inReplyToId: number | null;
  readonly body: string;
  readonly minimized: string | null;
  readonly commitSha: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Label extends Document {
  readonly repositoryId: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
  readonly default: boolean;
}

export interface Milestone extends Document {
  readonly repositoryId: number;
  readonly number: number;
  readonly title: string;
  readonly description: string | null;
  readonly state: 'open' | 'closed';
  readonly creatorId: number;
  readonly dueOn: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly closedAt: number | null;
}

export interface Reaction extends Document {
  readonly repositoryId: number;
  readonly subject: 'issue' | 'comment' | 'reviewComment';
  readonly subjectId: number;
  readonly userId: number;
  readonly content: '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';
  readonly createdAt: number;
}

/** An entry of an issue's timeline other than comments, reviews and commits, which are composed from their own collections. */
export interface IssueEvent extends Document {
  readonly repositoryId: number;
  readonly issueId: number;
  readonly actorId: number;
  readonly event: string;
  readonly commitSha: string | null;
  /** What the kind of event adds: label, assignee, milestone, rename, … as GitHub names them. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

/** Protection of the branches that match a pattern; `null` for a part that is off. */
export interface BranchProtection extends Document {
  readonly repositoryId: number;
  readonly branch: string;
  readonly requiredStatusChecks: { readonly strict: boolean; readonly contexts: readonly string[] } | null;
  readonly requiredReviews: {
    readonly count: number;
    readonly dismissStale: boolean;
    readonly codeOwners: boolean;
    readonly lastPushApproval: boolean;
  } | null;
  readonly enforceAdmins: boolean;
  readonly restrictions: { readonly userIds: readonly number[] } | null;
  readonly allowForcePushes: boolean;
  readonly allowDeletions: boolean;
  readonly requiredLinearHistory: boolean;
  readonly requiredConversationResolution: boolean;
  readonly blockCreations: boolean;
  readonly lockBranch: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Ruleset extends Document {
  readonly repositoryId: number;
  readonly name: string;
  readonly enforcement: 'active' | 'disabled' | 'evaluate';
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly rules: readonly { readonly type: string; readonly parameters?: Readonly<Record<string, unknown>> }[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface MergeQueueEntry extends Document {
  readonly repositoryId: number;
  readonly pullRequestId: number;
  readonly baseRef: string;
  readonly enqueuedBy: number;
  readonly enqueuedAt: number;
  /** The speculative merge under test: base plus everything ahead of this entry plus the entry itself. */
  readonly group: MergeGroup | null;
}

export interface MergeGroup {
  readonly ref: string;
  readonly sha: string;
  readonly baseSha: string;
  readonly headCommit: Commit;
  readonly builtAt: number;
}

/**
 * A change of refs that was begun: written before git moves, removed with the record of what the move meant.
 * One that a restart finds is finished if git has moved, and dropped if it has not.
 */
export interface Intent extends Document {
  readonly repositoryId: number;
  readonly actorId: number;
  readonly change:
    | { readonly kind: 'push' }
    | { readonly kind: 'move'; readonly ref: string; readonly newSha: string }
    | {
        readonly kind: 'merge';
        readonly ref: string;
        readonly newSha: string;
        readonly pullRequestId: number;
        readonly method: MergeMethod | 'queue';
        /** Branches that go with the merge: the head, if it is to go, and what the queue tested. */
        readonly deletes: readonly { readonly ref: string; readonly sha: string }[];
      };
  readonly createdAt: number;
}
