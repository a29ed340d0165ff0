// Merges a pull request, or says why not. The order of the reasons is a real forge's: state, method, what the base asks for, conflicts,
// and only then whether the head is still the one that the caller has seen.
import type { Forge } from '../forge.ts';
import { moveRef } from '../git/refs.ts';
import type { MergeMethod, PullRequest, Repository, TrialMerge, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { branchRules } from './branch-rules.ts';
import { tipOf } from './branches.ts';
import { buildMerge, type MergeWish } from './merge-commits.ts';
import { repositoryAllows } from './merge-methods.ts';
import { unmetRequirements } from './merge-requirements.ts';
import { currentTrial } from './merge-state.ts';
import { includes, roleOf } from './permissions.ts';
import { mayDelete } from './protection.ts';
import { tryMerge } from './trial-merges.ts';

export type MergeOutcome =
  | { readonly kind: 'merged'; readonly sha: string }
  | { readonly kind: 'not mergeable'; readonly because: string }
  | { readonly kind: 'head moved' };

interface Wish extends MergeWish {
  /** What the head must be; without it, whatever it is. */
  readonly headSha: string | null;
}

/**
 * Without `headSha`, real forges look at facts that may be old by the time they act, so that two merges at once can both succeed
 * (settings.delays.mergeRace). With it, everything is looked at while nobody else can change it.
 */
export async function mergePullRequest(forge: Forge, repository: Repository, id: number, actor: User, wish: Wish): Promise<MergeOutcome> {
  const [, longest] = forge.settings.delays.mergeRace;
  const wasOpen = wish.headSha === null && longest > 0 && isOpen(forge.state, forge.state.need('pullRequest', id));
  if (wasOpen) await new Promise<void>((resolve) => forge.later(forge.settings.delays.mergeRace, resolve));
  return forge.exclusively(repository, () => mergeNow(forge, repository, id, actor, wish, { believedOpen: wasOpen }));
}

/** To be called while holding the repository. @param believedOpen what a look at old facts has said */
export async function mergeNow(
  forge: Forge,
  repository: Repository,
  id: number,
  actor: User,
  wish: Wish,
  { believedOpen, exempt = includes(roleOf(forge.state, repository, actor), 'admin') }: { believedOpen?: boolean; exempt?: boolean } = {},
): Promise<MergeOutcome> {
  const pull = forge.state.need('pullRequest', id);
  const baseSha = tipOf(forge.state, repository.id, pull.baseRef);
  const isMerged = believedOpen !== true && !isOpen(forge.state, pull);
  if (isMerged || baseSha === undefined) return refused('Pull Request is not mergeable');
  const early = problemBeforeTrial(forge.state, repository, pull, actor, wish.method, exempt);
  if (early !== undefined) return refused(early);

  const trial = currentTrial(forge.state, pull) ?? (await tryMerge(forge, repository, pull));
  const [unmet] = unmetRequirements(forge.state, pull, branchRules(forge.state, repository, pull.baseRef, exempt), trial);
  if (unmet !== undefined) return refused(unmet.because);
  if (!isClean(trial)) return refused('Pull Request is not mergeable');
  if (wish.headSha !== null && wish.headSha !== pull.headSha) return { kind: 'head moved' };

  const sha = await buildMerge(forge, repository, pull, actor, trial, wish);
  if (sha === undefined) return refused("This branch can't be rebased");
  const change = {
    kind: 'merge',
    ref: `refs/heads/${pull.baseRef}`,
    newSha: sha,
    pullRequestId: pull.id,
    method: wish.method,
    deletes: headToDelete(forge.state, repository, pull, actor),
  } as const;
  const moved = await moveRef(forge, repository, actor, change, baseSha);
  return moved ? { kind: 'merged', sha } : refused('Base branch was modified. Review and try the merge again.');
}

const isOpen = (state: Reader, pull: PullRequest): boolean => state.need('issue', pull.issueId).state === 'open';
const isClean = (trial: TrialMerge): trial is TrialMerge & { readonly commitSha: string } => trial.commitSha !== null;
const refused = (because: string): MergeOutcome => ({ kind: 'not mergeable', because });

const METHODS: Record<MergeMethod, string> = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' };

function problemBeforeTrial(
  state: Reader,
  repository: Repository,
  pull: PullRequest,
  actor: User,
  method: MergeMethod,
  exempt: boolean,
): string | undefined {
  if (pull.draft) return 'Pull Request is still a draft';
  if (!repositoryAllows(repository, method)) return `${METHODS[method]} are not allowed on this repository.`;
  const rules = branchRules(state, repository, pull.baseRef, exempt);
  if (!rules.methods.includes(method)) return `${METHODS[method]} are not allowed into ${pull.baseRef}.`;
  if (rules.queue !== null) return 'Changes must be made through the merge queue';
  if (rules.locked) return 'Cannot change this locked branch';
  if (rules.pushers !== null && !rules.pushers.includes(actor.id)) return "You're not authorized to push to this branch.";
  return undefined;
}

/** A branch of a fork stays, and so does one that must not be deleted, or that has moved on. */
export function headToDelete(state: Reader, repository: Repository, pull: PullRequest, actor: User): { ref: string; sha: string }[] {
  const isOurs = pull.headRepositoryId === repository.id && pull.headRef !== repository.defaultBranch && pull.headRef !== pull.baseRef;
  const isThere = tipOf(state, repository.id, pull.headRef) === pull.headSha;
  const goes = repository.deleteBranchOnMerge && isOurs && isThere && mayDelete(state, repository, pull.headRef, actor);
  return goes ? [{ ref: `refs/heads/${pull.headRef}`, sha: pull.headSha }] : [];
}
