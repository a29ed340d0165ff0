// Whether a request can be merged, found out by merging it: refs/pull/N/merge. GitHub does so in the background, after a push or when
// somebody asks, and says null until then; without a delay, whoever asks waits for it.
import { fullName } from '../api/present/repository.ts';
import { inBackground } from '../background.ts';
import type { Forge } from '../forge.ts';
import { commitTree, FORGE_IDENTITY, mergedTree } from '../git/merges.ts';
import type { PullRequest, Repository, TrialMerge } from '../state/records.ts';
import { tipOf } from './branches.ts';
import { ownersOfChange } from './code-owners.ts';
import { currentTrial } from './merge-state.ts';

/** Sees to it that the mergeability of a request becomes known, at once if the forge does not delay it. Returns the request as it is then. */
export async function settleMergeability(forge: Forge, pull: PullRequest): Promise<PullRequest> {
  if (!needsTrial(forge, pull)) return pull;
  const [, longest] = forge.settings.delays.mergeability;
  if (longest > 0) scheduleTrial(forge, pull);
  else await runTrial(forge, pull.id);
  return forge.state.get('pullRequest', pull.id) ?? pull;
}

/** Tries the merge after the forge's delay, unless that is under way already. */
export function scheduleTrial(forge: Forge, { id }: PullRequest): void {
  if (forge.trialsUnderWay.has(id)) return;
  forge.trialsUnderWay.add(id);
  forge.later(forge.settings.delays.mergeability, async () => {
    forge.trialsUnderWay.delete(id);
    await runTrial(forge, id);
  });
}

async function runTrial(forge: Forge, id: number): Promise<void> {
  const known = forge.state.get('pullRequest', id);
  const repository = known === undefined ? undefined : forge.state.get('repository', known.repositoryId);
  if (known === undefined || repository === undefined) return;
  await inBackground(
    `the trial merge of ${fullName(forge.state, repository)}#${known.number}`,
    () =>
      forge.exclusively(repository, async () => {
        const pull = forge.state.get('pullRequest', id);
        if (pull !== undefined && forge.state.get('repository', repository.id) !== undefined && needsTrial(forge, pull))
          await tryMerge(forge, repository, pull);
      }),
    () => takeForConflict(forge, id),
  );
}

/** What cannot even be tried cannot be merged, until one of its ends moves. */
function takeForConflict(forge: Forge, id: number): void {
  forge.state.transaction((transaction) => {
    const pull = transaction.need('pullRequest', id);
    const baseSha = tipOf(transaction, pull.repositoryId, pull.baseRef) ?? pull.baseSha;
    const trialMerge: TrialMerge = { headSha: pull.headSha, baseSha, commitSha: null, behind: false, codeOwnerIds: [] };
    transaction.change('pullRequest', id, { trialMerge });
  });
}

function needsTrial(forge: Forge, pull: PullRequest): boolean {
  const isOpen = forge.state.get('issue', pull.issueId)?.state === 'open';
  return isOpen && tipOf(forge.state, pull.repositoryId, pull.baseRef) !== undefined && currentTrial(forge.state, pull) === undefined;
}

/** Tries the merge of the request with its base as it is, and remembers what came of it. To be called while holding the repository. */
export async function tryMerge(forge: Forge, repository: Repository, pull: PullRequest): Promise<TrialMerge> {
  const baseSha = tipOf(forge.state, repository.id, pull.baseRef) ?? pull.baseSha;
  const git = forge.git(repository);
  const [tree, mergeBase, codeOwnerIds] = await Promise.all([
    mergedTree(git, baseSha, pull.headSha),
    git.mergeBase(baseSha, pull.headSha),
    ownersOfChange(forge.state, repository, git, baseSha, pull.headSha),
  ]);
  const ref = `refs/pull/${pull.number}/merge`;
  const commitSha =
    tree === undefined
      ? null
      : await commitTree(git, {
          tree,
          parents: [baseSha, pull.headSha],
          message: `Merge ${pull.headSha} into ${baseSha}`,
          author: FORGE_IDENTITY,
          committer: FORGE_IDENTITY,
        });
  await git.run(commitSha === null ? ['update-ref', '-d', ref] : ['update-ref', ref, commitSha]);
  const trialMerge: TrialMerge = {
    headSha: pull.headSha,
    baseSha,
    commitSha,
    behind: mergeBase !== baseSha,
    codeOwnerIds,
  };
  forge.state.transaction((transaction) => transaction.change('pullRequest', pull.id, { trialMerge }));
  return trialMerge;
}
