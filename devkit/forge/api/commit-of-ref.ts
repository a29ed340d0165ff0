// The commit that a request names by branch, tag or id, or the refusal that GitHub gives.
import type { Forge } from '../forge.ts';
import { notFound, Refusal, unprocessable } from '../http/reply.ts';
import type { Repository } from '../state/records.ts';

/** @param ref null or an empty one means the default branch */
export async function commitOf(forge: Forge, repository: Repository, ref: string | null | undefined): Promise<string> {
  const git = forge.git(repository);
  const name = ref === undefined || ref === null || ref === '' ? repository.defaultBranch : ref;
  const commit = await git.commit(name);
  if (commit === undefined) throw new Refusal(404, `No commit found for the ref ${name}`);
  return commit;
}

/** As GitHub answers for one commit: 422 for an id that names none. */
export async function oneCommit(forge: Forge, repository: Repository, ref: string): Promise<string> {
  refuseEmpty(forge, repository);
  const commit = await forge.git(repository).commit(ref);
  if (commit === undefined) throw unprocessable(`No commit found for SHA: ${ref}`);
  return commit;
}

/** Most of what git has cannot be asked of a repository without a commit. */
export function refuseEmpty(forge: Forge, repository: Repository): void {
  if (isEmpty(forge, repository)) throw new Refusal(409, 'Git Repository is empty.');
}

export const isEmpty = (forge: Forge, repository: Repository): boolean =>
  forge.state.first('ref', 'repository', repository.id) === undefined;

/** An object that a path of the API names by its full id. */
export async function objectIs(forge: Forge, repository: Repository, sha: string, type: 'blob' | 'commit'): Promise<void> {
  refuseEmpty(forge, repository);
  if (!/^[0-9a-f]{40}$/.test(sha)) throw unprocessable('The sha parameter must be exactly 40 characters and contain only [0-9a-f].');
  if ((await forge.git(repository).info(sha))?.type !== type) throw notFound();
}
