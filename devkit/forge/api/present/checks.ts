// Check runs and suites as GitHub shows them, in answers and in webhooks.
import type { components } from '@octokit/openapi-types';
import { appOf, type App } from '../../domain/apps.ts';
import type { Forge } from '../../forge.ts';
import type { CheckRun, CheckSuite } from '../../state/ci-records.ts';
import type { Repository } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { nodeId, timestamp, timestampOrNull } from './common.ts';
import { presentRepository, repositoryLinks } from './repository.ts';
import { presentUser } from './user.ts';

type Schemas = components['schemas'];

const APPS_EXIST_SINCE = '2018-07-30T09:30:17Z';

export function presentApp(forge: Forge, app: App): NonNullable<Schemas['integration']> {
  return {
    id: app.id,
    slug: app.slug,
    node_id: `A_${Buffer.from(`app:${app.id}`).toString('base64url')}`,
    owner: presentUser(forge, { id: 9919, login: 'github', type: 'User', email: '', createdAt: 0 }),
    name: app.name,
    description: app.description,
    external_url: 'https://docs.github.com/en/actions',
    html_url: `${forge.url}/apps/${app.slug}`,
    created_at: APPS_EXIST_SINCE,
    updated_at: APPS_EXIST_SINCE,
    permissions: { checks: 'write', contents: 'read', metadata: 'read' },
    events: [],
  };
}

export function presentCheckRun(forge: Forge, state: Reader, repository: Repository, run: CheckRun): Schemas['check-run'] {
  const { api, html } = repositoryLinks(forge, state, repository);
  const url = `${api}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('checkRun', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${html}/runs/${run.id}`,
    details_url: run.detailsUrl ?? `${html}/runs/${run.id}`,
    status: run.status,
    conclusion: run.conclusion as Schemas['check-run']['conclusion'],
    started_at: timestampOrNull(run.startedAt),
    completed_at: timestampOrNull(run.completedAt),
    output: { ...run.output, annotations_count: run.annotations.length, annotations_url: `${url}/annotations` },
    check_suite: { id: run.suiteId },
    app: presentApp(forge, appOf(run.app)),
    pull_requests: pullRequestsAt(forge, state, repository, run.headSha),
  };
}

export function presentCheckSuite(forge: Forge, state: Reader, repository: Repository, suite: CheckSuite): Schemas['check-suite'] {
  return {
    ...presentSuiteForWebhook(forge, state, repository, suite),
    repository: presentRepository(forge, state, repository) as Schemas['minimal-repository'],
    rerequestable: true,
    runs_rerequestable: true,
  };
}

export function presentSuiteForWebhook(forge: Forge, state: Reader, repository: Repository, suite: CheckSuite) {
  const brief = presentSuiteInBrief(forge, state, repository, suite);
  const { sha, tree, message, author, committer } = suite.headCommit;
  return {
    ...brief,
    head_commit: {
      id: sha,
      tree_id: tree,
      message,
      timestamp: committer.date,
      author: { name: author.name, email: author.email },
      committer: { name: committer.name, email: committer.email },
    },
    latest_check_runs_count: latestRuns(state.select('checkRun', 'suite', suite.id)).length,
    check_runs_url: `${brief.url}/check-runs`,
  };
}

/** A suite as the webhook of one of its runs shows it. */
export function presentSuiteInBrief(forge: Forge, state: Reader, repository: Repository, suite: CheckSuite) {
  return {
    id: suite.id,
    node_id: nodeId('checkSuite', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status: suite.status,
    conclusion: suite.conclusion,
    url: `${repositoryLinks(forge, state, repository).api}/check-suites/${suite.id}`,
    before: suite.beforeSha,
    after: suite.headSha,
    pull_requests: pullRequestsAt(forge, state, repository, suite.headSha),
    app: presentApp(forge, appOf(suite.app)),
    created_at: timestamp(suite.createdAt),
    updated_at: timestamp(suite.updatedAt),
  };
}

/** The newest run of each name of each app, in the order of their creation. */
export function latestRuns(runs: readonly CheckRun[]): CheckRun[] {
  const latest = new Map(runs.map((run) => [`${run.app}/${run.name}`, run]));
  return [...latest.values()].sort((a, b) => a.id - b.id);
}

/** Open pull requests of the repository's own branches whose head is this commit; those of forks are not listed, as on GitHub. */
export function pullRequestsAt(forge: Forge, state: Reader, repository: Repository, sha: string): Schemas['pull-request-minimal'][] {
  const { api } = repositoryLinks(forge, state, repository);
  const repo = { id: repository.id, url: api, name: repository.name };
  return state
    .select('pullRequest', 'headRepository', repository.id)
    .filter((pull) => pull.repositoryId === repository.id && pull.headSha === sha && state.need('issue', pull.issueId).state === 'open')
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: `${api}/pulls/${pull.number}`,
      head: { ref: pull.headRef, sha: pull.headSha, repo },
      base: { ref: pull.baseRef, sha: pull.baseSha, repo },
    }));
}
