// All that follows from a ref that moved: the push event, pull requests whose head or base it is, the checks to run.
import { repositoryLinks } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import type { PushedCommit } from '../git/pushed-commits.ts';
import { NO_SHA } from '../git/repository.ts';
import type { Reader, Transaction } from '../state/state.ts';
import type { Repository, User } from '../state/records.ts';
import { publish, type Event } from '../webhooks/publish.ts';
import { QUEUE_REFS } from './branches.ts';
import { closeIssuesNamedIn, followPulls } from './follow-pulls.ts';
import type { DescribedChange, RefChange } from './ref-change.ts';

export function followBranch(forge: Forge, transaction: Transaction, repository: Repository, actor: User, change: DescribedChange): void {
  transaction.change('repository', repository.id, { pushedAt: Date.now() });
  const owner = transaction.need('user', repository.ownerId);
  transaction.effect({
    kind: change.after === NO_SHA ? 'ref.deleted' : change.before === NO_SHA ? 'ref.created' : 'ref.updated',
    actor: actor.login,
    repository: `${owner.login}/${repository.name}`,
    subject: change.name,
    details: { before: change.before, after: change.after, forced: change.forced },
  });
  publishPush(forge, transaction, repository, actor, change);
  if (change.name.startsWith('refs/heads/')) {
    followPulls(forge, transaction, repository, actor, change);
    closeIssuesNamedIn(forge, transaction, repository, actor, change);
  }
  const isForCi = /^refs\/(heads|tags)\//.test(change.name) && change.after !== NO_SHA && !change.name.startsWith(QUEUE_REFS);
  if (!isForCi) return;
  transaction.add('ciTrigger', {
    repositoryId: repository.id,
    event: 'push',
    action: null,
    ref: change.name,
    sha: change.after,
    beforeSha: change.before,
    pullRequestId: null,
    workflowPath: null,
    inputs: {},
    actorId: actor.id,
    dueAt: Date.now() + forge.random.within(forge.settings.delays.checks),
  });
}

function publishPush(forge: Forge, transaction: Transaction, repository: Repository, actor: User, change: RefChange): void {
  const created = change.before === NO_SHA;
  const deleted = change.after === NO_SHA;
  const [, kind = 'heads', ...rest] = change.name.split('/');
  const refEvent = { ref: rest.join('/'), ref_type: kind === 'tags' ? 'tag' : 'branch', pusher_type: 'user' };
  if (created)
    publish(forge, transaction, repository, actor, {
      name: 'create',
      action: null,
      payload: { ...refEvent, master_branch: repository.defaultBranch, description: repository.description },
    });
  if (deleted) publish(forge, transaction, repository, actor, { name: 'delete', action: null, payload: refEvent });
  publish(forge, transaction, repository, actor, pushEvent(forge, transaction, repository, actor, change));
}

export function pushEvent(forge: Forge, state: Reader, repository: Repository, actor: User, change: RefChange): Event {
  const { html } = repositoryLinks(forge, state, repository);
  const present = ({ sha, tree, at, ...commit }: PushedCommit): object => ({
    id: sha,
    tree_id: tree,
    distinct: true,
    timestamp: at,
    url: `${html}/commit/${sha}`,
    ...commit,
  });
  return {
    name: 'push',
    action: null,
    payload: {
      ref: change.name,
      before: change.before,
      after: change.after,
      created: change.before === NO_SHA,
      deleted: change.after === NO_SHA,
      forced: change.forced,
      base_ref: null,
      compare: `${html}/compare/${change.before.slice(0, 12)}...${change.after.slice(0, 12)}`,
      commits: change.commits.map(present),
      head_commit: change.headCommit === null ? null : present(change.headCommit),
      pusher: { name: actor.login, email: actor.email },
    },
  };
}
