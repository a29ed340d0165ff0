// What is asked of the forge again and again and hardly changes, remembered in the process: logs of jobs that have ended never do; who may push
// is asked again after a minute.
import type { RepositoryRef } from '../../contracts/work.ts';
import { statusOf, type Forge } from '../forge/client.ts';

export interface Memory {
  mayWrite(ref: RepositoryRef, login: string): Promise<boolean>;
  /** Who opened an issue. */
  authorOf(ref: RepositoryRef, issue: number): Promise<string | null>;
  /** Anything that follows from its key; with a time, what hardly changes. That something is not there (null) is not remembered. */
  remembered<T>(key: string, make: () => Promise<T>, forMs?: number): Promise<T>;
}

const MOST = 5_000;
const RIGHTS_FOR_MS = 60_000;

export function createMemory(forge: Forge): Memory {
  const known = new Map<string, { readonly value: Promise<unknown>; readonly until: number }>();

  function remembered<T>(key: string, make: () => Promise<T>, forMs = Infinity): Promise<T> {
    const before = known.get(key);
    if (before !== undefined && before.until > Date.now()) return before.value as Promise<T>;
    const value = make();
    known.delete(key);
    known.set(key, { value, until: Date.now() + forMs });
    value.then(
      (made) => made === null && known.delete(key),
      () => known.delete(key),
    );
    const oldest = known.size > MOST ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    return value;
  }

  return {
    remembered,
    mayWrite: ({ owner, repo }, username) =>
      remembered(
        `rights ${owner}/${repo} ${username}`,
        async () => {
          try {
            const { data } = await forge().rest.repos.getCollaboratorPermissionLevel({ owner, repo, username });
            return ['admin', 'write', 'maintain'].includes(data.permission);
          } catch (error) {
            if ([403, 404].includes(statusOf(error) ?? 0)) return false; // a ghost, or we may not know: then nobody commands
            throw error;
          }
        },
        RIGHTS_FOR_MS,
      ),
    authorOf: ({ owner, repo }, issue) =>
      remembered(`author ${owner}/${repo}#${issue}`, async () => {
        try {
          return (await forge().rest.issues.get({ owner, repo, issue_number: issue })).data.user?.login ?? null;
        } catch (error) {
          if (![301, 404, 410].includes(statusOf(error) ?? 0)) throw error;
          return null; // deleted or moved away: then nobody is its author here
        }
      }),
  };
}
