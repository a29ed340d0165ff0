// How refs come to move, and how the forge takes in that they moved. Git is the truth, and the `ref` documents are what was made of it:
// an intent is written first, then git moves, then one transaction records the move with all that follows from it. After a crash,
// `finishIntents` does the rest of what was begun.
import { followBranch, type RefChange } from '../domain/branch-moved.ts';
import { recordMerge } from '../domain/record-merge.ts';
import type { Forge } from '../forge.ts';
import type { Transaction } from '../state/state.ts';
import type { Intent, Repository, User } from '../state/records.ts';
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
  const moved = await forge.git(repository).moveRefs({ name: change.ref, old, new: change.newSha });
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

/** Finishes, after a restart, what was begun before it: everything that git has done is recorded, as by who began it. */
export async function finishIntents(forge: Forge): Promise<void> {
  for (const repository of forge.state.all('repository')) {
    const intents = forge.state.select('intent', 'repository', repository.id);
    const refs = await forge.git(repository).refs();
    const actor = forge.state.need('user', intents[0]?.actorId ?? repository.ownerId);
    await takeIn(forge, repository, actor, (transaction) => {
      for (const intent of intents) {
        transaction.remove('intent', intent.id);
        if (intent.change.kind !== 'push' && refs.get(intent.change.ref) === intent.change.newSha) recordChange(forge, transaction, intent);
      }
    });
  }
}

function recordChange(forge: Forge, transaction: Transaction, intent: Intent): void {
  if (intent.change.kind === 'merge') recordMerge(forge, transaction, intent.change, transaction.need('user', intent.actorId));
}

async function takeIn(forge: Forge, repository: Repository, actor: User, record: (transaction: Transaction) => void): Promise<void> {
  const git = forge.git(repository);
  const known = new Map(forge.state.select('ref', 'repository', repository.id).map((ref) => [ref.name, ref]));
  const actual = await git.refs();
  const moved = [...new Set([...known.keys(), ...actual.keys()])]
    .filter((name) => !name.startsWith('refs/pull/') && known.get(name)?.sha !== actual.get(name))
    .map((name) => ({ name, before: known.get(name)?.sha ?? NO_SHA, after: actual.get(name) ?? NO_SHA }));
  const changes = await Promise.all(moved.map((move) => describeMove(git, move)));
  forge.state.transaction((transaction) => {
    record(transaction);
    for (const change of changes) {
      const ref = known.get(change.name);
      if (change.after === NO_SHA) transaction.remove('ref', ref?.id ?? 0);
      else if (ref !== undefined) transaction.change('ref', ref.id, { sha: change.after });
      else transaction.add('ref', { repositoryId: repository.id, name: change.name, sha: change.after });
    }
    for (const change of changes) followBranch(forge, transaction, transaction.need('repository', repository.id), actor, change);
  });
}

/** What a move of a ref brought: whether it was forced, and the newest of its commits. */
export async function describeMove(git: GitRepository, move: { name: string; before: string; after: string }): Promise<RefChange> {
  if (move.after === NO_SHA) return { ...move, forced: false, commits: [] };
  const forced = move.before !== NO_SHA && !(await git.isAncestor(move.before, move.after));
  const range = move.before === NO_SHA ? [move.after] : [`${move.before}..${move.after}`];
  const format = '%H%x00%T%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%B';
  const log = await git.run(['log', '--reverse', '-z', '--max-count=20', `--format=${format}%x01`, ...range, '--']);
  const commits = log
    .split('\x01')
    .map((entry) => entry.replace(/^\0/, ''))
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [sha = '', tree = '', author = '', email = '', at = '', committer = '', committerEmail = '', message = ''] = entry.split('\0');
      return {
        sha,
        tree,
        author: { name: author, email },
        committer: { name: committer, email: committerEmail },
        at,
        message: message.trimEnd(),
      };
    });
  return { ...move, forced, commits };
}
