// Opens a pull request: finds both ends, refuses what GitHub refuses, and brings the head's commits into the repository.
import type { Forge } from '../forge.ts';
import { changeSize } from '../git/merges.ts';
import { GitFailure } from '../git/repository.ts';
import { invalid, Refusal, unprocessable } from '../http/reply.ts';
import type { Issue, PullRequest, Repository, User } from '../state/records.ts';
import type { Reader, Transaction } from '../state/state.ts';
import { labelOf, refOf, tipOf } from './branches.ts';
import { nextNumber } from './numbers.ts';
import { includes, maySee, repositoriesOf, roleOf } from './permissions.ts';
import { ownersOfChange } from './code-owners.ts';
import { askOwners } from './review-requests.ts';
import { announce } from './pull-request-events.ts';
import { recordMentions } from './references.ts';
import { scheduleTrial } from './trial-merges.ts';

export interface NewPullRequest {
  /** `branch`, or `user:branch` for one of that user's fork. */
  readonly head: string;
  readonly base: string;
  /** Null if the request takes over an issue. */
  readonly title: string | null;
  readonly body: string | null;
  readonly draft: boolean;
  readonly maintainerCanModify: boolean;
  /** Number of an issue that becomes this request. */
  readonly issueNumber: number | null;
}

export async function openPullRequest(forge: Forge, repository: Repository, actor: User, wish: NewPullRequest): Promise<PullRequest> {
  const { repository: headRepository, branch } = findHead(forge.state, repository, actor, wish.head);
  const role = roleOf(forge.state, headRepository, actor);
  if (headRepository.id === repository.id ? !includes(role, 'read') : !includes(role, 'write'))
    throw new Refusal(403, `You must be a collaborator of the repository that ${wish.head} is in.`);
  return forge.exclusively(repository, async () => {
    const state = forge.state;
    const baseSha = tipOf(state, repository.id, wish.base);
    const tip = refOf(state, headRepository.id, branch);
    if (baseSha === undefined) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' });
    if (tip === undefined) throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
    const { sha: headSha, movedBy } = tip;
    const label = labelOf(state, headRepository, branch);
    if (openRequestOf(state, repository, headRepository, branch, wish.base) !== undefined)
      throw refused(`A pull request already exists for ${label}.`);
    const issue = wish.issueNumber === null ? undefined : issueToTakeOver(state, repository, wish.issueNumber);

    await bringCommits(forge, repository, headRepository, branch);
    const git = forge.git(repository);
    const [size, owners] = await Promise.all([
      changeSize(git, baseSha, headSha),
      wish.draft ? [] : ownersOfChange(state, repository, git, baseSha, headSha),
    ]).catch((error: unknown) => {
      if (!(error instanceof GitFailure) || !error.stderr.includes('no merge base')) throw error;
      throw unprocessable(`The ${branch} branch has no history in common with ${wish.base}`);
    });
    if (size.commits === 0) throw refused(`No commits between ${wish.base} and ${branch}`);
    const pull = state.transaction((transaction) => {
      const now = Date.now();
      const half = issue ?? addIssue(transaction, repository, actor, wish, now);
      const added = transaction.add('pullRequest', {
        repositoryId: repository.id,
        issueId: half.id,
        number: half.number,
        headRepositoryId: headRepository.id,
        headRef: branch,
        headSha,
        baseRef: wish.base,
        baseSha,
        draft: wish.draft,
        maintainerCanModify: wish.maintainerCanModify && headRepository.id !== repository.id,
        requestedReviewerIds: [],
        autoMerge: null,
        size,
        headPushedBy: movedBy,
        headPushedAt: now,
        trialMerge: null,
        mergedAt: null,
        mergedBy: null,
        mergeCommitSha: null,
      });
      transaction.change('issue', half.id, { pullRequestId: added.id });
      announce(forge, transaction, added, actor, { action: 'opened', details: { head: headSha, base: wish.base } });
      recordMentions(transaction, transaction.need('issue', half.id), actor, wish.body);
      return askOwners({ forge, transaction, actor }, added, owners);
    });
    await git.run(['update-ref', `refs/pull/${pull.number}/head`, headSha]);
    scheduleTrial(forge, pull);
    return pull;
  });
}

/** The open request from one branch into another; there is never a second. */
export const openRequestOf = (
  state: Reader,
  repository: Repository,
  headRepository: Repository,
  headRef: string,
  baseRef: string,
): PullRequest | undefined =>
  state
    .select('pullRequest', 'headRepository', headRepository.id)
    .find(
      (pull) =>
        pull.repositoryId === repository.id &&
        pull.headRef === headRef &&
        pull.baseRef === baseRef &&
        state.need('issue', pull.issueId).state === 'open',
    );

/** Puts the commits of a fork's branch into the repository of the request; nothing to do where both are one. */
export async function bringCommits(forge: Forge, repository: Repository, from: Repository, branch: string): Promise<void> {
  if (from.id === repository.id) return;
  const ref = `refs/heads/${branch}`;
  await forge.git(repository).run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', forge.git(from).directory, ref]);
}

function findHead(state: Reader, repository: Repository, actor: User, head: string): { repository: Repository; branch: string } {
  const colon = head.indexOf(':');
  const branch = head.slice(colon + 1);
  if (colon < 0) return { repository, branch };
  const user = state.first('user', 'login', head.slice(0, colon).toLowerCase());
  const family = repository.parentId ?? repository.id;
  const found =
    user === undefined
      ? undefined
      : user.id === repository.ownerId
        ? repository
        : repositoriesOf(state, user).find(({ id, parentId }) => parentId === family || id === family);
  if (found === undefined || !maySee(state, found, actor)) throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  return { repository: found, branch };
}

function issueToTakeOver(state: Reader, repository: Repository, number: number): Issue {
  const issue = state.first('issue', 'number', `${repository.id}/${number}`);
  if (issue === undefined || issue.pullRequestId !== null || issue.state === 'closed')
    throw invalid({ resource: 'PullRequest', field: 'issue', code: 'invalid' });
  return issue;
}

const addIssue = (transaction: Transaction, repository: Repository, actor: User, wish: NewPullRequest, now: number): Issue =>
  transaction.add('issue', {
    repositoryId: repository.id,
    number: nextNumber(transaction, repository),
    pullRequestId: null,
    title: wish.title ?? '',
    body: wish.body,
    authorId: actor.id,
    state: 'open',
    stateReason: null,
    labelIds: [],
    assigneeIds: [],
    milestoneId: null,
    locked: false,
    lockReason: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
  });

const refused = (message: string): Refusal => invalid({ resource: 'PullRequest', code: 'custom', message });
