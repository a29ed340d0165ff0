// Refs and commits. A commit is read from git when something of it is asked for that its id does not say.
import { repositoryLinks } from '../../api/present/repository.ts';
import { readCommit, type Commit, type CommitPerson } from '../../git/commit.ts';
import type { Ref, Repository } from '../../state/records.ts';
import { connection, type PageArguments } from '../connection.ts';
import type { Context, View } from '../context.ts';
import { partId } from '../part-ids.ts';
import { userView } from './actor.ts';
import { combinedState, latestStatuses } from '../../domain/statuses.ts';

export function refView(context: Context, repository: Repository, { name, sha }: Pick<Ref, 'name' | 'sha'>): View {
  const [, kind = 'heads', ...rest] = name.split('/');
  return {
    __typename: 'Ref',
    id: partId('ref', repository.id, name),
    name: rest.join('/'),
    prefix: `refs/${kind}/`,
    target: () => commitView(context, repository, sha),
    repository: () => context.views.repository(context, repository),
  };
}

export function commitView(context: Context, repository: Repository, sha: string): View {
  const { forge, state } = context;
  let reading: Promise<Commit> | undefined;
  const commit = (): Promise<Commit> => (reading ??= needCommit(context, repository, sha));
  const key = `${repository.id}/${sha}`;
  return {
    __typename: 'Commit',
    id: partId('commit', repository.id, sha),
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    url: `${repositoryLinks(forge, state, repository).html}/commit/${sha}`,
    message: async () => (await commit()).message,
    messageHeadline: async () => (await commit()).message.split('\n', 1)[0],
    messageBody: async () => (await commit()).message.split('\n').slice(1).join('\n').trimStart(),
    committedDate: async () => (await commit()).committer.date,
    authoredDate: async () => (await commit()).author.date,
    author: async () => gitActorView(context, (await commit()).author),
    committer: async () => gitActorView(context, (await commit()).committer),
    parents: async (args: PageArguments) =>
      connection(
        (await commit()).parents.map((id) => ({ id })),
        args,
        ({ id }) => commitView(context, repository, id),
      ),
    statusCheckRollup: () => context.views.rollup(context, repository, sha),
    status: () => statusView(context, repository, sha),
    checkSuites: (args: PageArguments) =>
      connection(state.select('checkSuite', 'commit', key), args, (suite) => context.views.checkSuite(context, suite)),
    associatedPullRequests: (args: PageArguments) =>
      connection(
        state.select('pullRequest', 'repository', repository.id).filter((pull) => pull.headSha === sha || pull.mergeCommitSha === sha),
        args,
        (pull) => context.views.pullRequest(context, pull),
      ),
    repository: () => context.views.repository(context, repository),
  };
}

/** A commit that something of the repository names is there. */
async function needCommit({ forge }: Context, repository: Repository, sha: string): Promise<Commit> {
  const commit = await readCommit(forge.git(repository), sha);
  if (commit === undefined) throw new Error(`${repository.name} has no commit ${sha}`);
  return commit;
}

function gitActorView(context: Context, { name, email, date }: CommitPerson): View {
  const user = context.state.first('user', 'email', email.toLowerCase());
  return { name, email, date, user: user?.type === 'User' ? () => userView(context, user) : null };
}

export function statusView(context: Context, repository: Repository, sha: string): View | null {
  const statuses = latestStatuses(context.state, repository, sha);
  if (statuses.length === 0) return null;
  return {
    __typename: 'Status',
    id: partId('status', repository.id, sha),
    state: combinedState(statuses).toUpperCase(),
    contexts: () => statuses.map((status) => context.views.statusContext(context, status)),
    commit: () => commitView(context, repository, sha),
  };
}
