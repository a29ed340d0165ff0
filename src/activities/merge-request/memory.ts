// What is asked of the forge again and again and hardly changes, remembered in the process: logs of jobs that have ended never do; who may push
// is asked again after a minute.
import type { RepositoryRef } from '../../contracts/work.ts';
import { unlessGone } from '../forge/errors.ts';
import type { Forge, Known } from '../forge/provider.ts';

export interface Memory extends Known {
  /** Who opened an issue. */
  authorOf(ref: RepositoryRef, issue: number): Promise<string | null>;
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
    mayWrite: (place, login) =>
      remembered(`rights ${place.owner}/${place.repo} ${login}`, () => forge().mayWrite(place, login), RIGHTS_FOR_MS),
    // Deleted or moved away: then nobody is its author here.
    authorOf: (place, issue) =>
      remembered(
        `author ${place.owner}/${place.repo}#${issue}`,
        async () => (await unlessGone(() => forge().issue({ ...place, number: issue })))?.author ?? null,
      ),
  };
}
