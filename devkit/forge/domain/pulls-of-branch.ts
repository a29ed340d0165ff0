// What git has to say of the pull requests that a moved branch concerns, looked up before the transaction that records the move.
import type { Forge } from '../forge.ts';
import { changeSize } from '../git/merges.ts';
import { NO_SHA } from '../git/repository.ts';
import type { ChangeSize, PullRequest, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { bringCommits } from './open-pull-request.ts';
import { scheduleTrial } from './trial-merges.ts';

export interface PullFacts {
  /** Of requests, by id: what they will be, now that their head moved or their base went. */
  readonly sizes: ReadonlyMap<number, ChangeSize & { readonly baseSha: string }>;
  /** Numbers of the requests whose head the branch has now, and had not before. */
  readonly contained: ReadonlySet<number>;
}

interface Move {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const BRANCHES = 'refs/heads/';

export const openPullsFrom = (state: Reader, repository: Repository, branch: string): PullRequest[] =>
  state.select('pullRequest', 'headRepository', repository.id).filter((pull) => pull.headRef === branch && isOpen(state, pull));

export const openPullsInto = (state: Reader, repository: Repository, branch: string): PullRequest[] =>
  state.select('pullRequest', 'repository', repository.id).filter((pull) => pull.baseRef === branch && isOpen(state, pull));

const isOpen = (state: Reader, pull: PullRequest): boolean => state.need('issue', pull.issueId).state === 'open';

/** The requests that a merged branch was the base of are retargeted to where it went. */
export const mergedFrom = (state: Reader, repository: Repository, branch: string, sha: string): PullRequest | undefined =>
  state
    .select('pullRequest', 'headRepository', repository.id)
    .findLast((pull) => pull.repositoryId === repository.id && pull.headRef === branch && pull.headSha === sha && pull.mergedAt !== null);

/** Moves refs/pull/N/head after the heads, and brings what was pushed to a fork. Doing it again changes nothing. */
export async function followHeads(forge: Forge, repository: Repository, moves: readonly Move[]): Promise<void> {
  for (const { name, after } of moves) {
    if (!name.startsWith(BRANCHES) || after === NO_SHA) continue;
    const branch = name.slice(BRANCHES.length);
    for (const pull of openPullsFrom(forge.state, repository, branch)) {
      const target = forge.state.need('repository', pull.repositoryId);
      await bringCommits(forge, target, repository, branch);
      await forge.git(target).run(['update-ref', `refs/pull/${pull.number}/head`, after]);
    }
  }
}

/** To be called once the heads have been followed. */
export async function pullFacts(forge: Forge, repository: Repository, { name, before, after }: Move): Promise<PullFacts> {
  const nothing: PullFacts = { sizes: new Map(), contained: new Set() };
  if (!name.startsWith(BRANCHES)) return nothing;
  const branch = name.slice(BRANCHES.length);
  if (after === NO_SHA) return { ...nothing, sizes: await sizesWithoutBase(forge, repository, branch) };
  return {
    sizes: await sizesOfHeads(forge, repository, branch, after),
    contained: await contained(forge, repository, branch, before, after),
  };
}

type Sizes = PullFacts['sizes'];

async function sizesOfHeads(forge: Forge, repository: Repository, branch: string, head: string): Promise<Sizes> {
  const sizes = new Map<number, ChangeSize & { baseSha: string }>();
  for (const pull of openPullsFrom(forge.state, repository, branch)) {
    const git = forge.git(forge.state.need('repository', pull.repositoryId));
    const baseSha = (await git.resolve(`${BRANCHES}${pull.baseRef}`)) ?? pull.baseSha;
    sizes.set(pull.id, { ...(await changeSize(git, baseSha, head)), baseSha });
  }
  return sizes;
}

/** What requests into a branch that goes would be, if they went into the base of the branch's own request. */
async function sizesWithoutBase(forge: Forge, repository: Repository, branch: string): Promise<Sizes> {
  const sizes = new Map<number, ChangeSize & { baseSha: string }>();
  const git = forge.git(repository);
  const own = forge.state
    .select('pullRequest', 'headRepository', repository.id)
    .findLast((pull) => pull.repositoryId === repository.id && pull.headRef === branch);
  const baseSha = own === undefined ? undefined : await git.resolve(`${BRANCHES}${own.baseRef}`);
  if (baseSha === undefined) return sizes;
  for (const pull of openPullsInto(forge.state, repository, branch))
    sizes.set(pull.id, { ...(await changeSize(git, baseSha, pull.headSha)), baseSha });
  return sizes;
}

async function contained(forge: Forge, repository: Repository, branch: string, before: string, after: string): Promise<Set<number>> {
  if (openPullsInto(forge.state, repository, branch).length === 0) return new Set();
  const range = ['--merged', after, ...(before === NO_SHA ? [] : ['--no-merged', before])];
  const refs = await forge.git(repository).run(['for-each-ref', ...range, '--format=%(refname)', 'refs/pull/*/head']);
  return new Set([...refs.matchAll(/^refs\/pull\/(\d+)\/head$/gm)].map(([, number]) => Number(number)));
}

/** Has the forge try the merges of the requests whose head or base moved; those of others wait until somebody asks. */
export function scheduleTrials(forge: Forge, repository: Repository, moves: readonly Move[]): void {
  for (const { name, after } of moves) {
    if (!name.startsWith(BRANCHES) || after === NO_SHA) continue;
    for (const pull of openPullsFrom(forge.state, repository, name.slice(BRANCHES.length))) scheduleTrial(forge, pull);
  }
}
