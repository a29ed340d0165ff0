// Where the sessions of a task or of a merge request work, and the names that follow from a repository's place.

/** A branch of a repository with its worktree on one host. */
export interface Work {
  readonly workspace: string;
  readonly owner: string;
  readonly repo: string;
  /** Host that has the worktree. */
  readonly host: string;
  /** Id of the worktree: that of the task, or of the request where that was taken over from others. */
  readonly worktree: string;
  /** Branch that the work is published as. */
  readonly branch: string;
  /** Repository that the branch is in, where that is another one: a fork, whose owner lets us push to it. */
  readonly from?: { readonly owner: string; readonly repo: string };
  /** Branch that it is to be merged into. */
  readonly base: string;
  /** Identity that it was begun as (contracts/identity.ts); the installation's own account where it is left out. */
  readonly as?: string;
}

export interface RepositoryRef {
  /** Of the forge as people see it: "github.com", "127.0.0.1:4000". */
  readonly host: string;
  readonly owner: string;
  readonly repo: string;
}

export interface MergeRequestRef extends RepositoryRef {
  readonly number: number;
}

/** "github.com/owner/repo": what checks, merges and their lanes are kept under. */
export const repositoryId = ({ host, owner, repo }: RepositoryRef): string => `${host}/${owner}/${repo}`;

/** Id of the workflow that owns a merge request. */
export const mergeRequestId = (ref: MergeRequestRef): string => `mr/${repositoryId(ref)}/${ref.number}`;

/**
 * Prefix of the keys of everything that is done for a request while it is in our hands, and of its children's ids. Handed over again, it is
 * another: what was done before counts for nothing.
 */
export const inHandId = ({ ref, generation }: { readonly ref: MergeRequestRef; readonly generation: number }): string =>
  generation > 1 ? `${mergeRequestId(ref)}@${generation}` : mergeRequestId(ref);

/** Id of the workflow that performs every merge of a repository. */
export const mergeLaneId = (ref: RepositoryRef): string => `merge/${repositoryId(ref)}`;

/** Where the forge whose API is at this address has its pages for people. */
export const webAddress = (apiUrl: string): string => `${/^[a-z]+:/i.exec(apiUrl)?.[0] ?? 'https:'}//${forgeHost(apiUrl)}`;

/** Host of the forge whose API is at this address. */
export function forgeHost(apiUrl: string): string {
  const host = /^[a-z]+:\/\/([^/]+)/i.exec(apiUrl)?.[1] ?? apiUrl;
  return host === 'api.github.com' ? 'github.com' : host;
}
