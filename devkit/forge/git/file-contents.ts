// What a file says, and what a commit makes of the repository's submodules.
import type { GitRepository } from './repository.ts';

/** @throws if there is no such file: who asks has seen its id in a tree */
export async function readBlob(git: GitRepository, sha: string): Promise<Uint8Array> {
  const object = await git.contents(sha);
  if (object?.type !== 'blob') throw new Error(`${git.directory} has no file ${sha}`);
  return object.bytes;
}

export const writeBlob = async (git: GitRepository, bytes: Uint8Array): Promise<string> =>
  (await git.run(['hash-object', '-w', '--stdin'], { input: bytes })).trim();

/** What kind of object an id names, or undefined. Only full ids are looked up. */
export async function typeOf(git: GitRepository, sha: string): Promise<'blob' | 'tree' | 'commit' | 'tag' | undefined> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return undefined;
  return (await git.info(sha))?.type;
}

/** Where the submodule at a path comes from, as .gitmodules of the commit says; null if it says nothing. */
export async function submoduleUrl(git: GitRepository, commit: string, path: string): Promise<string | null> {
  const { exitCode, stdout } = await git.attempt(['config', '--blob', `${commit}:.gitmodules`, '-z', '--get-regexp', '^submodule\\.']);
  if (exitCode !== 0) return null;
  const values = new Map(
    stdout.split('\0').map((line): [string, string] => {
      const end = line.indexOf('\n');
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
  const key = [...values].find(([name, value]) => name.endsWith('.path') && value === path)?.[0];
  return key === undefined ? null : (values.get(key.replace(/\.path$/, '.url')) ?? null);
}
