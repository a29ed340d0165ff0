// The commits that merge a request, as GitHub makes them: who is named as author and committer, and what the messages say.
import type { Forge } from '../forge.ts';
import { commitsBetween, commitTree, FORGE_IDENTITY, replay, type CommitFacts } from '../git/merges.ts';
import type { GitRepository, Identity } from '../git/repository.ts';
import type { MergeMethod, PullRequest, Repository, TrialMerge, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { labelOf } from './branches.ts';

export interface MergeWish {
  readonly method: MergeMethod;
  readonly title: string | null;
  readonly message: string | null;
}

export const identityOf = (user: User): Identity => ({ name: user.login, email: user.email });

/** Builds what the base shall be at, upon `onto`; undefined if a rebase conflicts. `merged` is a commit with the tree of the merge. */
export async function buildMerge(
  forge: Forge,
  repository: Repository,
  pull: PullRequest,
  actor: User,
  { baseSha: onto, commitSha: merged }: TrialMerge & { readonly commitSha: string },
  wish: MergeWish,
): Promise<string | undefined> {
  const git = forge.git(repository);
  const state = forge.state;
  switch (wish.method) {
    case 'merge':
      return commitTree(git, {
        tree: `${merged}^{tree}`,
        parents: [onto, pull.headSha],
        message: joined(wish.title ?? mergeTitle(state, pull), wish.message ?? state.need('issue', pull.issueId).title),
        author: identityOf(actor),
        committer: FORGE_IDENTITY,
      });
    case 'squash':
      return squash(git, state, pull, onto, merged, wish);
    case 'rebase':
      return replay(git, onto, await commitsBetween(git, onto, pull.headSha), identityOf(actor));
  }
}

async function squash(
  git: GitRepository,
  state: Reader,
  pull: PullRequest,
  onto: string,
  merged: string,
  wish: MergeWish,
): Promise<string> {
  const issue = state.need('issue', pull.issueId);
  const author = identityOf(state.need('user', issue.authorId));
  const commits = (await commitsBetween(git, onto, pull.headSha)).filter(({ parents }) => parents.length < 2);
  const [only, ...others] = commits;
  const isSingle = only !== undefined && others.length === 0;
  const title = wish.title ?? `${isSingle ? subjectOf(only) : issue.title} (#${pull.number})`;
  const message = wish.message ?? (isSingle ? bodyOf(only) : commits.map(({ message: text }) => `* ${text}`).join('\n\n'));
  return commitTree(git, {
    tree: `${merged}^{tree}`,
    parents: [onto],
    message: joined(title, [message, coAuthors(commits, author)].filter((part) => part !== '').join('\n\n')),
    author,
    committer: FORGE_IDENTITY,
  });
}

function mergeTitle(state: Reader, pull: PullRequest): string {
  const from = pull.headRepositoryId === null ? undefined : state.get('repository', pull.headRepositoryId);
  const head = from === undefined ? `unknown:${pull.headRef}` : labelOf(state, from, pull.headRef);
  return `Merge pull request #${pull.number} from ${head.replace(':', '/')}`;
}

const coAuthors = (commits: readonly CommitFacts[], author: Identity): string =>
  [
    ...new Set(
      commits
        .filter((commit) => commit.author.email !== author.email)
        .map((commit) => `Co-authored-by: ${commit.author.name} <${commit.author.email}>`),
    ),
  ].join('\n');

const subjectOf = ({ message }: CommitFacts): string => message.split('\n')[0] ?? '';
const bodyOf = ({ message }: CommitFacts): string => message.split('\n').slice(1).join('\n').trim();
const joined = (title: string, body: string): string => (body === '' ? title : `${title}\n\n${body}`);
