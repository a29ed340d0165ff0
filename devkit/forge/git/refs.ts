// How refs come to move, and how the forge takes in that they moved. Git is the truth, and the `ref` documents are what was made of it:
// an intent is written first, then git moves, then one transaction records the move with all that follows from it. After a crash,
// `finishIntents` does the rest of what was begun.
import { fullName } from '../api/present/repository.ts';
import { inBackground } from '../background.ts';
import { followBranch } from '../domain/branch-moved.ts';
import type { DescribedChange, RefChange } from '../domain/ref-change.ts';
import { followHeads, pullFacts, scheduleTrials } from '../domain/pulls-of-branch.ts';
import { recordMerge } from '../domain/record-merge.ts';
import type { Forge } from '../forge.ts';
import type { Transaction } from '../state/state.ts';
import type { Intent, Repository, User } from '../state/records.ts';
import { pushedCommit, pushedCommits } from './pushed-commits.ts';
import { NO_SHA, type GitRepository } from './repository.ts';

/** Records whatever a push changed. To be called while holding the repository. */
export async function takeInPush(forge: Forge, repository: Repository, actor: User, intentId: number | null): Promise<void> {
  await takeIn(forge, repository, actor, (transaction) => {
    if (intentId !== null) transaction.remove('intent', intentId);
  });
}

/**
 * Moves one ref for a call of the API, and records it together with `record`.
 * To be called while holding the repository.
 * @param old where the ref must be, NO_SHA if it must not exist; a `newSha` of NO_SHA deletes it
 * @returns false if the ref was elsewhere: nothing has changed
 */
export async function moveRef(
  forge: Forge,
  repository: Repository,
  actor: User,
  change: Exclude<Intent['change'], { kind: 'push' }>,
  old: string,
  record: (transaction: Transaction) => void = () => undefined,
): Promise<boolean> {
  const intent = forge.state.transaction((transaction) =>
    transaction.add('intent', { repositoryId: repository.id, actorId: actor.id, change, createdAt: Date.now() }),
  );
  const moved = await forge.git(repository).moveRefs({ name: change.ref, old, new: change.newSha }, ...alsoMoved(change));
  if (!moved) {
    forge.state.transaction((transaction) => transaction.remove('intent', intent.id));
    return false;
  }
  await takeIn(forge, repository, actor, (transaction) => {
    transaction.remove('intent', intent.id);
    recordChange(forge, transaction, intent);
    record(transaction);
  });
  return true;
}

/** A merge takes branches away in the same step, so that no crash can come between. */
const alsoMoved = (change: Intent['change']): { name: string; old: string; new: string }[] =>
  change.kind === 'merge' ? change.deletes.map(({ ref, sha }) => ({ name: ref, old: sha, new: NO_SHA })) : [];

/** Finishes, after a restart, what was begun before it: everything that git has done is recorded, as by who began it. */
export async function finishIntents(forge: Forge): Promise<void> {
  const repositories = forge.state.all('repository');
  for (let at = 0; at < repositories.length; at += AT_ONCE) {
    const found = repositories.slice(at, at + AT_ONCE).map((repository) => ({ repository, refs: forge.git(repository).refs() }));
    await Promise.allSettled(found.map(({ refs }) => refs));
    // One after the other: what moved in a fork changes requests of its parent. One that cannot be read keeps none of the others from it.
    for (const { repository, refs } of found)
      await inBackground(`what was begun in ${fullName(forge.state, repository)}`, async () => finish(forge, repository, await refs));
  }
}

/** Repositories whose refs are asked for at once. */
const AT_ONCE = 4;

async function finish(forge: Forge, repository: Repository, refs: Refs): Promise<void> {
  const intents = forge.state.select('intent', 'repository', repository.id);
  const actor = forge.state.need('user', intents[0]?.actorId ?? repository.ownerId);
  const record = (transaction: Transaction): void => {
    for (const intent of intents) {
      transaction.remove('intent', intent.id);
      if (intent.change.kind !== 'push' && refs.get(intent.change.ref) === intent.change.newSha) recordChange(forge, transaction, intent);
    }
  };
  await takeIn(forge, repository, actor, intents.length === 0 ? undefined : record, refs);
}

type Refs = ReadonlyMap<string, string>;

function recordChange(forge: Forge, transaction: Transaction, intent: Intent): void {
  if (intent.change.kind === 'merge') recordMerge(forge, transaction, intent.change, transaction.need('user', intent.actorId));
}

/** @param refs as git has them; asked for unless given */
async function takeIn(
  forge: Forge,
  repository: Repository,
  actor: User,
  record: ((transaction: Transaction) => void) | undefined,
  refs?: Refs,
): Promise<void> {
  const git = forge.git(repository);
  const known = new Map(forge.state.select('ref', 'repository', repository.id).map((ref) => [ref.name, ref]));
  const actual = refs ?? (await git.refs());
  const moved = [...new Set([...known.keys(), ...actual.keys()])]
    .filter((name) => !name.startsWith('refs/pull/') && known.get(name)?.sha !== actual.get(name))
    .map((name) => ({ name, before: known.get(name)?.sha ?? NO_SHA, after: actual.get(name) ?? NO_SHA }));
  if (moved.length === 0 && record === undefined) return;
  const changes = await describeChanges(forge, repository, git, moved);
  forge.state.transaction((transaction) => {
    record?.(transaction);
    for (const change of changes) {
      const ref = known.get(change.name);
      if (change.after === NO_SHA) transaction.remove('ref', ref?.id ?? 0);
      else if (ref !== undefined) transaction.change('ref', ref.id, { sha: change.after, movedBy: actor.id });
      else transaction.add('ref', { repositoryId: repository.id, name: change.name, sha: change.after, movedBy: actor.id });
    }
    for (const change of changes) followBranch(forge, transaction, transaction.need('repository', repository.id), actor, change);
  });
  scheduleTrials(forge, repository, changes);
}

async function describeChanges(
  forge: Forge,
  repository: Repository,
  git: GitRepository,
  moved: readonly Move[],
): Promise<DescribedChange[]> {
  const described: DescribedChange[] = [];
  await followHeads(forge, repository, moved);
  for (const move of moved) described.push({ ...(await describeMove(git, move)), pulls: await pullFacts(forge, repository, move) });
  return described;
}

type Move = Pick<RefChange, 'name' | 'before' | 'after'>;

/** What a move of a ref brought: whether it was forced, and the newest of its commits. */
export async function describeMove(git: GitRepository, move: Move): Promise<RefChange> {
  if (move.after === NO_SHA) return { ...move, forced: false, commits: [], headCommit: null };
  const forced = move.before !== NO_SHA && !(await git.isAncestor(move.before, move.after));
  const commits = await pushedCommits(git, move.name, move.before, move.after);
  return { ...move, forced, commits, headCommit: commits.at(-1) ?? (await pushedCommit(git, move.after)) ?? null };
}
