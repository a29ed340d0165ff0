// Commit statuses over the API: written for a commit, read for whatever names one.
import { combinedState, latestStatuses, statusesOf } from '../domain/statuses.ts';
import { protectionOf } from '../domain/protection.ts';
import type { Forge } from '../forge.ts';
import { readCommit, type Commit } from '../git/commit.ts';
import { acting, listing, type Operation } from '../http/operation.ts';
import { listOf, page } from '../http/pagination.ts';
import { created, invalid, notFound, unprocessable } from '../http/reply.ts';
import type { CommitStatus } from '../state/ci-records.ts';
import type { Repository, User } from '../state/records.ts';
import type { Reader, Transaction } from '../state/state.ts';
import { publish } from '../webhooks/publish.ts';
import { presentCommit } from './present/commit.ts';
import { nodeId, timestamp } from './present/common.ts';
import { fullName, presentRepository, repositoryLinks } from './present/repository.ts';
import { presentUser } from './present/user.ts';

/** GitHub takes no more statuses than this for one commit and context. */
const MOST_OF_A_CONTEXT = 1_000;
const LONGEST_DESCRIPTION = 140;

export const statusOperations: Operation[] = [
  acting('repos/create-commit-status', 'write', async ({ forge, actor, repository, params, body }) => {
    const { state, target_url: targetUrl = null, description = null, context = 'default' } = body;
    if (description !== null && description.length > LONGEST_DESCRIPTION)
      throw invalid({
        resource: 'Status',
        field: 'description',
        code: 'custom',
        message: `description is too long (maximum is ${LONGEST_DESCRIPTION} characters)`,
      });
    if (targetUrl !== null && !/^https?:\/\/\S+$/.test(targetUrl))
      throw invalid({ resource: 'Status', field: 'target_url', code: 'custom', message: 'target_url must use http(s) scheme' });
    const git = forge.git(repository);
    const commit = await readCommit(git, params.sha);
    if (commit === undefined) throw unprocessable(`No commit found for SHA: ${params.sha}`);
    const branches = (
      await git.run(['for-each-ref', '--count=10', `--contains=${commit.sha}`, '--format=%(objectname) %(refname)', 'refs/heads/'])
    )
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ sha: line.slice(0, 40), name: line.slice(41 + 'refs/heads/'.length) }));
    const status = forge.state.transaction((transaction) => {
      const known = statusesOf(transaction, repository, commit.sha).filter((status) => status.context === context);
      if (known.length >= MOST_OF_A_CONTEXT)
        throw unprocessable('Validation Failed', ['This SHA and context has reached the maximum number of statuses.']);
      const added = transaction.add('commitStatus', {
        repositoryId: repository.id,
        sha: commit.sha,
        state,
        context,
        description,
        targetUrl,
        creatorId: actor.id,
        createdAt: Date.now(),
      });
      record(forge, transaction, repository, actor, { status: added, commit, branches });
      return added;
    });
    return created(presentStatus(forge, forge.state, repository, status));
  }),
  listing('repos/list-commit-statuses-for-ref', async (call) => {
    const { forge, state, repository } = call;
    const sha = await commitNamed(forge, repository, call.params.ref);
    return listOf(call, statusesOf(state, repository, sha), (status) => presentStatus(forge, state, repository, status));
  }),
  listing('repos/get-combined-status-for-ref', async (call) => {
    const { forge, state, repository } = call;
    const sha = await commitNamed(forge, repository, call.params.ref);
    const { api } = repositoryLinks(forge, state, repository);
    const latest = latestStatuses(state, repository, sha);
    return page(call, latest, (shown) => ({
      state: combinedState(latest),
      statuses: shown.map((status) => presentSimpleStatus(forge, state, repository, status)),
      sha,
      total_count: latest.length,
      repository: presentRepository(forge, state, repository),
      commit_url: `${api}/commits/${sha}`,
      url: `${api}/commits/${sha}/status`,
    }));
  }),
];

async function commitNamed(forge: Forge, repository: Repository, ref: string): Promise<string> {
  const sha = await forge.git(repository).commit(ref);
  if (sha === undefined) throw notFound();
  return sha;
}

function presentSimpleStatus(forge: Forge, state: Reader, repository: Repository, status: CommitStatus) {
  const creator = state.need('user', status.creatorId);
  return {
    url: `${repositoryLinks(forge, state, repository).api}/statuses/${status.sha}`,
    avatar_url: presentUser(forge, creator).avatar_url,
    id: status.id,
    node_id: nodeId('commitStatus', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: timestamp(status.createdAt),
    updated_at: timestamp(status.createdAt),
  };
}

const presentStatus = (forge: Forge, state: Reader, repository: Repository, status: CommitStatus) => ({
  ...presentSimpleStatus(forge, state, repository, status),
  creator: presentUser(forge, state.need('user', status.creatorId)),
});

interface Recorded {
  readonly status: CommitStatus;
  readonly commit: Commit;
  /** Branches that have the commit. */
  readonly branches: readonly { readonly name: string; readonly sha: string }[];
}

function record(forge: Forge, transaction: Transaction, repository: Repository, actor: User, { status, commit, branches }: Recorded): void {
  transaction.effect({
    kind: 'status.created',
    actor: actor.login,
    repository: fullName(transaction, repository),
    subject: status.context,
    details: { sha: status.sha, state: status.state },
  });
  const { api } = repositoryLinks(forge, transaction, repository);
  const { id, avatar_url, description, target_url, created_at, updated_at } = presentSimpleStatus(forge, transaction, repository, status);
  publish(forge, transaction, repository, actor, {
    name: 'status',
    action: null,
    payload: {
      id,
      sha: status.sha,
      name: fullName(transaction, repository),
      avatar_url,
      target_url,
      context: status.context,
      description,
      state: status.state,
      commit: presentCommit(forge, transaction, repository, commit),
      branches: branches.map(({ name, sha }) => ({
        name,
        commit: { sha, url: `${api}/commits/${sha}` },
        protected: protectionOf(transaction, repository, name) !== undefined,
      })),
      created_at,
      updated_at,
    },
  });
}
