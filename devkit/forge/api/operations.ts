// Every operation that the forge handles. What is not here is answered 501, by name.
import type { Operation } from '../http/operation.ts';
import { assigneeOperations } from './assignees.ts';
import { branchProtectionOperations } from './branch-protection.ts';
import { branchOperations } from './branches.ts';
import { checkRunOperations } from './check-runs.ts';
import { checkSuiteOperations } from './check-suites.ts';
import { codeOwnerOperations } from './code-owners.ts';
import { collaboratorOperations } from './collaborators.ts';
import { commitOperations } from './commits.ts';
import { compareOperations } from './compare.ts';
import { contentOperations } from './contents.ts';
import { forkOperations } from './forks.ts';
import { gitObjectOperations } from './git-objects.ts';
import { gitRefOperations } from './git-refs.ts';
import { invitationOperations } from './invitations.ts';
import { issueCommentOperations } from './issue-comments.ts';
import { issueEventOperations } from './issue-events.ts';
import { issueListOperations } from './issue-lists.ts';
import { issueOperations } from './issues.ts';
import { labelOperations } from './labels.ts';
import { mergeOperations } from './merges.ts';
import { milestoneOperations } from './milestones.ts';
import { pullContentOperations } from './pull-contents.ts';
import { pullOperations } from './pulls.ts';
import { reactionOperations } from './reactions.ts';
import { repositoryOperations } from './repositories.ts';
import { reviewCommentOperations } from './review-comments.ts';
import { reviewRequestOperations } from './review-requests.ts';
import { reviewOperations } from './reviews.ts';
import { rulesetOperations } from './rulesets.ts';
import { codeSearchOperations } from './search-code.ts';
import { searchOperations } from './search.ts';
import { statusOperations } from './statuses.ts';
import { userOperations } from './users.ts';
import { webhookOperations } from './webhooks.ts';
import { workflowRunOperations } from './workflow-runs.ts';
import { workflowOperations } from './workflows.ts';
import { writeContentOperations } from './write-contents.ts';

export const operations: readonly Operation[] = [
  ...userOperations,
  ...repositoryOperations,
  ...checkRunOperations,
  ...checkSuiteOperations,
  ...statusOperations,
  ...reviewOperations,
  ...reviewCommentOperations,
  ...reviewRequestOperations,
  ...pullOperations,
  ...webhookOperations,
  ...issueOperations,
  ...issueListOperations,
  ...issueCommentOperations,
  ...issueEventOperations,
  ...reactionOperations,
  ...labelOperations,
  ...milestoneOperations,
  ...assigneeOperations,
  ...contentOperations,
  ...writeContentOperations,
  ...branchOperations,
  ...commitOperations,
  ...compareOperations,
  ...gitRefOperations,
  ...gitObjectOperations,
  ...collaboratorOperations,
  ...invitationOperations,
  ...searchOperations,
  ...codeSearchOperations,
  ...pullContentOperations,
  ...mergeOperations,
  ...workflowOperations,
  ...workflowRunOperations,
  ...branchProtectionOperations,
  ...rulesetOperations,
  ...codeOwnerOperations,
  ...forkOperations,
];
