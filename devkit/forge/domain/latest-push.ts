// The push that a test of a webhook sends: the newest commit of the default branch, as if it had just come.
import type { Forge } from '../forge.ts';
import { describeMove } from '../git/refs.ts';
import { NO_SHA } from '../git/repository.ts';
import type { Repository, User } from '../state/records.ts';
import type { Event } from '../webhooks/publish.ts';
import { pushEvent } from './branch-moved.ts';

/** Undefined for a repository without commits. */
export async function latestPush(forge: Forge, repository: Repository, actor: User): Promise<Event | undefined> {
  const git = forge.git(repository);
  const name = `refs/heads/${repository.defaultBranch}`;
  const after = await git.resolve(`${name}^{commit}`);
  if (after === undefined) return undefined;
  const before = (await git.resolve(`${after}^`)) ?? NO_SHA;
  return pushEvent(forge, forge.state, repository, actor, await describeMove(git, { name, before, after }));
}
