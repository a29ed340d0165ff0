// Every view, for the others: what refers to each other in the world does so here, and no file needs another that needs it.
import { checkRunView, checkSuiteView, rollupView, statusContextView } from './views/checks.ts';
import { commitView, refView } from './views/git.ts';
import { issueCommentView, issueView, labelView, milestoneView } from './views/issue.ts';
import { mergeQueueEntryView, mergeQueueView } from './views/merge-queue.ts';
import { pullRequestCommitView, pullRequestView } from './views/pull-request.ts';
import { repositoryById, repositoryView } from './views/repository.ts';
import { reviewCommentView, reviewThreadView, reviewView } from './views/review.ts';
import { eventView, timelineOf } from './views/timeline.ts';

export const VIEWS = {
  timeline: timelineOf,
  event: eventView,
  review: reviewView,
  reviewThread: reviewThreadView,
  reviewComment: reviewCommentView,
  issue: issueView,
  issueComment: issueCommentView,
  label: labelView,
  milestone: milestoneView,
  pullRequest: pullRequestView,
  pullRequestCommit: pullRequestCommitView,
  ref: refView,
  commit: commitView,
  mergeQueue: mergeQueueView,
  mergeQueueEntry: mergeQueueEntryView,
  repositoryById: repositoryById,
  repository: repositoryView,
  rollup: rollupView,
  checkRun: checkRunView,
  checkSuite: checkSuiteView,
  statusContext: statusContextView,
};

export type Views = typeof VIEWS;
