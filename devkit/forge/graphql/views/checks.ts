// Checks and statuses of a commit, and what they amount to.
import { latestRuns, presentCheckRun } from '../../api/present/checks.ts';
import { nodeId, timestamp, timestampOrNull } from '../../api/present/common.ts';
import { repositoryLinks } from '../../api/present/repository.ts';
import { presentUser } from '../../api/present/user.ts';
import { appOf } from '../../domain/apps.ts';
import { branchRules } from '../../domain/branch-rules.ts';
import { latestStatuses } from '../../domain/statuses.ts';
import type { CheckRun, CheckSuite, CommitStatus } from '../../state/ci-records.ts';
import type { Repository } from '../../state/records.ts';
import { connection, type PageArguments } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { partId } from '../part-ids.ts';
import { problem } from '../problems.ts';
import { appView, userById } from './actor.ts';
import { pullRequestOf } from './lookup.ts';

/** What all checks of a commit amount to; null where there are none. */
export function rollupView(context: Context, repository: Repository, sha: string): View | null {
  const runs = latestRuns(context.state.select('checkRun', 'commit', `${repository.id}/${sha}`));
  const statuses = latestStatuses(context.state, repository, sha);
  if (runs.length + statuses.length === 0) return null;
  const verdicts = [...runs.map(verdictOf), ...statuses.map(({ state }) => state.toUpperCase())];
  return {
    __typename: 'StatusCheckRollup',
    id: partId('rollup', repository.id, sha),
    state: ['ERROR', 'FAILURE', 'PENDING'].find((verdict) => verdicts.includes(verdict)) ?? 'SUCCESS',
    commit: () => context.views.commit(context, repository, sha),
    contexts: (args: PageArguments) =>
      connection(
        [...runs, ...statuses],
        args,
        (check) => ('context' in check ? statusContextView(context, check) : checkRunView(context, check)),
        { checkRunCount: runs.length, statusContextCount: statuses.length },
      ),
  };
}

function verdictOf(run: CheckRun): string {
  if (run.status !== 'completed') return 'PENDING';
  return ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '') ? 'SUCCESS' : 'FAILURE';
}

interface RequiredArguments {
  readonly pullRequestId?: string | null;
  readonly pullRequestNumber?: number | null;
}

/** Whether the base of a request asks for a check of this name. */
function requiredFor(context: Context, repositoryId: number, name: string, args: RequiredArguments): boolean {
  const { state } = context;
  const pull =
    typeof args.pullRequestNumber === 'number'
      ? state.first('pullRequest', 'number', `${repositoryId}/${args.pullRequestNumber}`)
      : typeof args.pullRequestId === 'string'
        ? pullRequestOf(context, args.pullRequestId)
        : undefined;
  if (pull === undefined) throw problem('UNPROCESSABLE', 'One of pullRequestId and pullRequestNumber must name a pull request.');
  const rules = branchRules(state, state.need('repository', pull.repositoryId), pull.baseRef);
  return rules.checks?.contexts.includes(name) === true;
}

export function checkRunView(context: Context, run: CheckRun): View {
  const { forge, state } = context;
  const repository = state.need('repository', run.repositoryId);
  const { html_url: url, details_url: detailsUrl } = presentCheckRun(forge, state, repository, run);
  return {
    __typename: 'CheckRun',
    id: nodeId('checkRun', run.id),
    databaseId: run.id,
    name: run.name,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    startedAt: timestampOrNull(run.startedAt),
    completedAt: timestampOrNull(run.completedAt),
    detailsUrl,
    url,
    externalId: run.externalId,
    ...run.output,
    isRequired: (args: RequiredArguments) => requiredFor(context, run.repositoryId, run.name, args),
    checkSuite: () => checkSuiteView(context, state.need('checkSuite', run.suiteId)),
    repository: () => context.views.repository(context, repository),
    annotations: (args: PageArguments) =>
      connection(
        run.annotations.map((annotation, id) => ({ id, ...annotation })),
        args,
        (annotation) => ({
          path: annotation.path,
          message: annotation.message,
          title: annotation.title,
          rawDetails: annotation.raw_details,
          annotationLevel: annotation.annotation_level.toUpperCase(),
          location: {
            start: { line: annotation.start_line, column: annotation.start_column },
            end: { line: annotation.end_line, column: annotation.end_column },
          },
        }),
      ),
  };
}

export function checkSuiteView(context: Context, suite: CheckSuite): View {
  const { forge, state } = context;
  const repository = state.need('repository', suite.repositoryId);
  const branch = suite.headBranch === null ? undefined : state.first('ref', 'name', `${repository.id}/refs/heads/${suite.headBranch}`);
  return {
    __typename: 'CheckSuite',
    id: nodeId('checkSuite', suite.id),
    databaseId: suite.id,
    status: suite.status.toUpperCase(),
    conclusion: suite.conclusion?.toUpperCase() ?? null,
    createdAt: timestamp(suite.createdAt),
    updatedAt: timestamp(suite.updatedAt),
    url: `${repositoryLinks(forge, state, repository).html}/commit/${suite.headSha}/checks?check_suite_id=${suite.id}`,
    app: () => appView(context, appOf(suite.app)),
    branch: branch === undefined ? null : () => context.views.ref(context, repository, branch),
    commit: () => context.views.commit(context, repository, suite.headSha),
    checkRuns: (args: PageArguments) =>
      connection(latestRuns(state.select('checkRun', 'suite', suite.id)), args, (run) => checkRunView(context, run)),
    repository: () => context.views.repository(context, repository),
  };
}

export function statusContextView(context: Context, status: CommitStatus): View {
  const { forge, state } = context;
  return {
    __typename: 'StatusContext',
    id: nodeId('commitStatus', status.id),
    context: status.context,
    state: status.state.toUpperCase(),
    description: status.description,
    targetUrl: status.targetUrl,
    createdAt: timestamp(status.createdAt),
    avatarUrl: () => presentUser(forge, state.need('user', status.creatorId)).avatar_url,
    creator: () => userById(context, status.creatorId),
    isRequired: (args: RequiredArguments) => requiredFor(context, status.repositoryId, status.context, args),
    commit: () => context.views.commit(context, state.need('repository', status.repositoryId), status.sha),
  };
}
