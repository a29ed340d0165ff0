// The repository on the forge that a directory is a checkout of. Read by the person's own git, with nothing of the checkout run.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface RepositoryHere {
  /** As in the remote's address: "github.com", "127.0.0.1:4000"; without a port where the remote is reached by ssh. */
  readonly host: string;
  readonly owner: string;
  readonly repo: string;
  /** Files that are not committed; what is worked on is the forge's state, without them. */
  readonly dirty: number;
}

/** The remote `origin`, or the only one. @returns what is wrong, for people, where there is none that names a repository */
export async function repositoryHere(directory: string): Promise<RepositoryHere | { readonly problem: string }> {
  if ((await git(directory, 'rev-parse', '--is-inside-work-tree')) === undefined)
    return {
      problem: `${directory} is no git repository. Go into a checkout of the one that you mean, or name what you mean with it: owner/repo#12.`,
    };
  const remotes = lines(await git(directory, 'remote'));
  const remote = remotes.includes('origin') ? 'origin' : remotes.length === 1 ? remotes[0] : undefined;
  if (remote === undefined)
    return {
      problem:
        remotes.length === 0
          ? 'This repository has no remote: Signalbox works on what is on a forge. Add it: git remote add origin <address>.'
          : `This repository has the remotes ${remotes.join(', ')} and none of them is "origin": name what you mean with its repository, owner/repo#12.`,
    };
  const address = (await git(directory, 'remote', 'get-url', remote))?.trim() ?? '';
  const place = parseRemote(address);
  if (place === undefined) return { problem: `The remote ${remote} (${withoutSecret(address)}) names no repository of a forge.` };
  const status = await git(directory, '-c', 'core.fsmonitor=false', 'status', '--porcelain', '--ignore-submodules');
  return { ...place, dirty: lines(status).length };
}

/** "https://host/owner/repo.git", "ssh://git@host/owner/repo", "git@host:owner/repo.git"; undefined for anything else, as a path. */
export function parseRemote(address: string): Pick<RepositoryHere, 'host' | 'owner' | 'repo'> | undefined {
  const byUrl = /^(https?|ssh|git):\/\/(?:[^@/]*@)?([^/]+)\/(?:.*\/)?([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(address);
  if (byUrl !== null) {
    const [, scheme = '', host = '', owner = '', repo = ''] = byUrl;
    return { host: scheme === 'ssh' || scheme === 'git' ? host.replace(/:\d+$/, '') : host, owner, repo };
  }
  if (address.includes('://')) return undefined;
  const [, host = '', owner = '', repo = ''] = /^(?:[^@/:]+@)?([^/:]+):(?:.*\/)?([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(address) ?? [];
  return host === '' ? undefined : { host, owner, repo };
}

const withoutSecret = (address: string): string => address.replace(/\/\/[^@/]*@/, '//');
const lines = (text: string | undefined): string[] => (text ?? '').split('\n').filter((line) => line !== '');

async function git(directory: string, ...args: string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)('git', ['-C', directory, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch {
    return undefined;
  }
}
