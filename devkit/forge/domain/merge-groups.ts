// The merges that a queue tests before the base moves to them: each upon the one before, on a branch of its own.
import { presentMergeGroup } from '../api/present/merge-group.ts';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import { commitTree, FORGE_IDENTITY, mergedTree } from '../git/merges.ts';
import { moveRef } from '../git/refs.ts';
import { NO_SHA } from '../git/repository.ts';
import type { MergeGroup, MergeMethod, MergeQueueEntry, Repository } from '../state/records.ts';
import { publish } from '../webhooks/publish.ts';
import { readCommit } from '../git/commit.ts';
import { QUEUE_REFS } from './branches.ts';
import { publishGroupGone } from './queue-entries.ts';
import { buildMerge } from './merge-commits.ts';

/** Puts the entry upon `onto` and asks for its checks; undefined if it conflicts. To be called while holding the repository. */
export async function buildGroup(
  forge: Forge,
  repository: Repository,
  entry: MergeQueueEntry,
  onto: string,
  method: MergeMethod,
): Promise<MergeGroup | undefined> {
  const git = forge.git(repository);
  const pull = forge.state.need('pullRequest', entry.pullRequestId);
  const actor = forge.state.need('user', entry.enqueuedBy);
  const tree = await mergedTree(git, onto, pull.headSha);
  if (tree === undefined) return undefined;
  const message = `Merge ${pull.headSha} into ${onto}`;
  const commitSha = await commitTree(git, { tree, parents: [onto], message, author: FORGE_IDENTITY, committer: FORGE_IDENTITY });
  const trial = { headSha: pull.headSha, baseSha: onto, commitSha, behind: false, codeOwnerIds: [] };
  const sha = await buildMerge(forge, repository, pull, actor, trial, { method, title: null, message: null });
  if (sha === undefined) return undefined;
  const headCommit = await readCommit(git, sha);
  if (headCommit === undefined) return undefined;
  const ref = `${QUEUE_REFS}${entry.baseRef}/pr-${pull.number}-${onto}`;
  const group: MergeGroup = { ref, sha, baseSha: onto, headCommit, builtAt: Date.now() };
  const old = (await git.resolve(group.ref)) ?? NO_SHA; // one of a try that was cut off
  await moveRef(forge, repository, actor, { kind: 'move', ref: group.ref, newSha: sha }, old, (transaction) => {
    if (transaction.get('mergeQueueEntry', entry.id) === undefined) return; // it left meanwhile, and its group goes with the dead ones
    transaction.change('mergeQueueEntry', entry.id, { group });
    transaction.effect({
      kind: 'merge_group.checks_requested',
      actor: actor.login,
      repository: fullName(transaction, repository),
      subject: `#${pull.number}`,
      details: { ref: group.ref, sha, base: onto },
    });
    publish(forge, transaction, repository, actor, {
      name: 'merge_group',
      action: 'checks_requested',
      payload: { merge_group: presentMergeGroup(entry.baseRef, group) },
    });
    transaction.add('ciTrigger', {
      repositoryId: repository.id,
      event: 'merge_group',
      action: 'checks_requested',
      ref: group.ref,
      sha,
      beforeSha: onto,
      pullRequestId: null,
      workflowPath: null,
      inputs: {},
      actorId: actor.id,
      dueAt: Date.now() + forge.random.within(forge.settings.delays.checks),
    });
  });
  return group;
}

const GROUP_REF = new RegExp(`^${QUEUE_REFS}(?<base>.+)/pr-(?<number>\\d+)-(?<baseSha>[0-9a-f]{40})$`);

/** The branch that the group of a ref is to be merged into. */
export const baseOfGroup = (ref: string): string => GROUP_REF.exec(ref)?.groups?.['base'] ?? '';

/** Takes away the branches of groups that no entry has any more. To be called while holding the repository. */
export async function removeDeadGroups(forge: Forge, repository: Repository, baseRef: string): Promise<void> {
  const entries = forge.state.select('mergeQueueEntry', 'repository', repository.id);
  const alive = new Set(entries.map(({ group }) => group?.ref));
  for (const { name, sha } of forge.state.select('ref', 'repository', repository.id)) {
    const { base, number, baseSha = '' } = GROUP_REF.exec(name)?.groups ?? {};
    if (base !== baseRef || alive.has(name)) continue;
    const pull = forge.state.first('pullRequest', 'number', `${repository.id}/${number ?? ''}`);
    const isQueued = entries.some(({ pullRequestId }) => pullRequestId === pull?.id);
    const actor = forge.state.need('user', repository.ownerId);
    const headCommit = await readCommit(forge.git(repository), sha);
    await moveRef(forge, repository, actor, { kind: 'move', ref: name, newSha: NO_SHA }, sha, (transaction) => {
      if (headCommit === undefined) return;
      const group = { ref: name, sha, baseSha, headCommit };
      publishGroupGone({ forge, transaction, actor }, repository, baseRef, group, isQueued ? 'invalidated' : 'dequeued');
    });
  }
}
