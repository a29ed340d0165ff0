// Every collection, and how its documents are found.
import type { CommitStatus, CheckSuite, CheckRun, CiTrigger, Workflow, WorkflowRun, WorkflowJob } from './ci-records.ts';
import type {
  User,
  Token,
  Repository,
  Collaborator,
  Ref,
  Issue,
  PullRequest,
  Comment,
  Review,
  ReviewThread,
  ReviewComment,
  Label,
  Milestone,
  Reaction,
  IssueEvent,
  BranchProtection,
  Ruleset,
  MergeQueueEntry,
  Intent,
} from './records.ts';
import type { Delivery, DueDelivery, Webhook } from './webhook-records.ts';

export interface Records {
  user: User;
  token: Token;
  repository: Repository;
  collaborator: Collaborator;
  ref: Ref;
  issue: Issue;
  pullRequest: PullRequest;
  comment: Comment;
  review: Review;
  reviewThread: ReviewThread;
  reviewComment: ReviewComment;
  label: Label;
  milestone: Milestone;
  reaction: Reaction;
  issueEvent: IssueEvent;
  commitStatus: CommitStatus;
  checkSuite: CheckSuite;
  checkRun: CheckRun;
  ciTrigger: CiTrigger;
  workflow: Workflow;
  workflowRun: WorkflowRun;
  workflowJob: WorkflowJob;
  branchProtection: BranchProtection;
  ruleset: Ruleset;
  mergeQueueEntry: MergeQueueEntry;
  webhook: Webhook;
  dueDelivery: DueDelivery;
  delivery: Delivery;
  intent: Intent;
}

export type CollectionName = keyof Records;

type Key = string | number | null;
const ofRepository = (record: { repositoryId: number }): Key => record.repositoryId;
const ofPullRequest = (record: { pullRequestId: number }): Key => record.pullRequestId;

/** How documents are found. The key of a document under an index never changes while the document lives; null: not in the index. */
export const INDEXES = {
  user: { login: (user: User): Key => user.login.toLowerCase(), email: (user: User): Key => user.email.toLowerCase() },
  token: { secret: (token: Token): Key => token.secret, user: (token: Token): Key => token.userId },
  repository: { owner: (repository: Repository): Key => repository.ownerId, parent: (repository: Repository): Key => repository.parentId },
  collaborator: { repository: ofRepository, user: (collaborator: Collaborator): Key => collaborator.userId },
  ref: {
    repository: ofRepository,
    name: (ref: Ref): Key => `${ref.repositoryId}/${ref.name}`,
    /** `queue`: a branch that a merge queue tests. */
    kind: (ref: Ref): Key => (ref.name.startsWith('refs/heads/gh-readonly-queue/') ? 'queue' : null),
  },
  issue: { repository: ofRepository, number: (issue: Issue): Key => `${issue.repositoryId}/${issue.number}` },
  pullRequest: {
    repository: ofRepository,
    number: (pull: PullRequest): Key => `${pull.repositoryId}/${pull.number}`,
    headRepository: (pull: PullRequest): Key => pull.headRepositoryId,
  },
  comment: { repository: ofRepository, issue: (comment: Comment): Key => comment.issueId },
  review: { pullRequest: ofPullRequest },
  reviewThread: { pullRequest: ofPullRequest },
  reviewComment: {
    repository: ofRepository,
    pullRequest: ofPullRequest,
    thread: (comment: ReviewComment): Key => comment.threadId,
    review: (comment: ReviewComment): Key => comment.reviewId,
  },
  label: { repository: ofRepository },
  milestone: { repository: ofRepository },
  reaction: { subject: (reaction: Reaction): Key => `${reaction.subject}/${reaction.subjectId}` },
  issueEvent: { repository: ofRepository, issue: (event: IssueEvent): Key => event.issueId },
  commitStatus: { commit: (status: CommitStatus): Key => `${status.repositoryId}/${status.sha}` },
  checkSuite: { commit: (suite: CheckSuite): Key => `${suite.repositoryId}/${suite.headSha}` },
  checkRun: { commit: (run: CheckRun): Key => `${run.repositoryId}/${run.headSha}`, suite: (run: CheckRun): Key => run.suiteId },
  ciTrigger: { repository: ofRepository },
  workflow: { repository: ofRepository },
  workflowRun: {
    repository: ofRepository,
    workflow: (run: WorkflowRun): Key => run.workflowId,
    suite: (run: WorkflowRun): Key => run.suiteId,
  },
  workflowJob: { run: (job: WorkflowJob): Key => job.runId },
  branchProtection: { repository: ofRepository },
  ruleset: { repository: ofRepository },
  mergeQueueEntry: { repository: ofRepository, pullRequest: ofPullRequest },
  webhook: { repository: ofRepository },
  dueDelivery: { webhook: (due: DueDelivery): Key => due.webhookId },
  delivery: { webhook: (delivery: Delivery): Key => delivery.webhookId },
  intent: { repository: ofRepository },
} satisfies { [Name in CollectionName]: Record<string, (record: Records[Name]) => Key> };

/** What is counted as it changes, by key: where looking at all of a collection would cost too much. */
export const COUNTED: { readonly [Name in CollectionName]?: (record: Records[Name]) => Key } = {
  /** Open issues, pull requests among them, of a repository. */
  issue: (issue) => (issue.state === 'open' ? issue.repositoryId : null),
};

export type IndexName<Name extends CollectionName> = keyof (typeof INDEXES)[Name] & string;
