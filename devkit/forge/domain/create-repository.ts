// Makes a repository: its directory with git, then its document, so that a crash between them leaves at most an unused directory.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fullName } from '../api/present/repository.ts';
import type { Forge } from '../forge.ts';
import { invalid, unprocessable, type Refusal } from '../http/reply.ts';
import { GitRepository, NO_SHA } from '../git/repository.ts';
import { QUEUE_REFS } from './branches.ts';
import { takeInPush } from '../git/refs.ts';
import type { Repository, User } from '../state/records.ts';

export interface NewRepository {
  readonly name: string;
  readonly description?: string | null;
  readonly private?: boolean;
  readonly defaultBranch?: string;
  /** Gives the repository a first commit with a README. */
  readonly initialize?: boolean;
  /** A repository to copy all branches and tags of: a path or a fork's parent. */
  readonly from?: string;
  /** Only this branch of it, and no tags. */
  readonly onlyBranch?: string | null;
  readonly parentId?: number;
  readonly merges?: Partial<
    Pick<
      Repository,
      'allowMergeCommit' | 'allowSquashMerge' | 'allowRebaseMerge' | 'allowAutoMerge' | 'deleteBranchOnMerge' | 'allowUpdateBranch'
    >
  >;
}

/** What a repository may be called; anything else could leave its directory. */
export const isRepositoryName = (name: string): boolean => /^(?!\.{1,2}$)[\w.-]{1,100}$/.test(name) && !name.endsWith('.git');

const DEFAULT_LABELS: readonly [name: string, color: string, description: string][] = [
  ['bug', 'd73a4a', "Something isn't working"],
  ['documentation', '0075ca', 'Improvements or additions to documentation'],
  ['duplicate', 'cfd3d7', 'This issue or pull request already exists'],
  ['enhancement', 'a2eeef', 'New feature or request'],
  ['good first issue', '7057ff', 'Good for newcomers'],
  ['help wanted', '008672', 'Extra attention is needed'],
  ['invalid', 'e4e669', "This doesn't seem right"],
  ['question', 'd876e3', 'Further information is requested'],
  ['wontfix', 'ffffff', 'This will not be worked on'],
];

/** Where all repositories of a data directory are, a folder an owner. */
export const repositoriesFolder = (dataDirectory: string): string => path.join(dataDirectory, 'repositories');

export const repositoryDirectory = (forge: Forge, owner: User, name: string): string =>
  repositoryPath(forge.settings.dataDirectory, owner.login, name);

/** The bare repository below a forge's data directory. */
export const repositoryPath = (dataDirectory: string, owner: string, name: string): string =>
  path.join(repositoriesFolder(dataDirectory), owner.toLowerCase(), `${name.toLowerCase()}.git`);

export const nameIsTaken = (): Refusal =>
  invalid({ resource: 'Repository', field: 'name', code: 'custom', message: 'name already exists on this account' });

/** Directories of repositories that are not on record yet: until then their names look free. */
const beingMade = new Set<string>();

/** The caller has checked that the name is free and that `owner` may have it. Refused while another one of that name is being made. */
export async function createRepository(forge: Forge, owner: User, wish: NewRepository): Promise<Repository> {
  const directory = repositoryDirectory(forge, owner, wish.name);
  if (beingMade.has(directory)) throw nameIsTaken();
  beingMade.add(directory);
  try {
    return await make(forge, owner, wish, directory);
  } finally {
    beingMade.delete(directory);
  }
}

async function make(forge: Forge, owner: User, wish: NewRepository, directory: string): Promise<Repository> {
  const defaultBranch = wish.defaultBranch ?? 'main';
  forge.objects.forget(directory);
  await rm(directory, { recursive: true, force: true });
  await mkdir(path.dirname(directory), { recursive: true });
  const git = new GitRepository(directory, forge);
  await git.run(['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`]);
  if (wish.from !== undefined) {
    const { exitCode, stderr } = await git.attempt(['fetch', '--quiet', '--end-of-options', wish.from, ...refsToCopy(wish)]);
    if (exitCode !== 0) {
      await rm(directory, { recursive: true, force: true });
      throw unprocessable(`There is nothing that could be copied at ${wish.from}: ${stderr.trim()}`);
    }
  }
  if (wish.initialize === true) await commitReadme(git, owner, wish, defaultBranch);
  const now = Date.now();
  const repository = forge.state.transaction((transaction) => {
    const created = transaction.add('repository', {
      ownerId: owner.id,
      name: wish.name,
      description: wish.description ?? null,
      private: wish.private ?? false,
      archived: false,
      defaultBranch,
      allowMergeCommit: true,
      allowSquashMerge: true,
      allowRebaseMerge: true,
      allowAutoMerge: false,
      allowUpdateBranch: false,
      deleteBranchOnMerge: false,
      ...wish.merges,
      hasIssues: wish.parentId === undefined,
      parentId: wish.parentId ?? null,
      lastMilestone: 0,
      createdAt: now,
      updatedAt: now,
      pushedAt: now,
    });
    for (const [name, color, description] of DEFAULT_LABELS)
      transaction.add('label', { repositoryId: created.id, name, color, description, default: true });
    transaction.effect({
      kind: 'repository.created',
      actor: owner.login,
      repository: fullName(transaction, created),
      subject: created.name,
    });
    return created;
  });
  await forge.exclusively(repository, () => takeInPush(forge, repository, owner, null));
  return repository;
}

/** The branches of a merge queue are its own affair. */
const refsToCopy = ({ onlyBranch = null }: NewRepository): string[] =>
  onlyBranch === null
    ? ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*', `^${QUEUE_REFS}*`]
    : [`+refs/heads/${onlyBranch}:refs/heads/${onlyBranch}`];

async function commitReadme(git: GitRepository, owner: User, wish: NewRepository, branch: string): Promise<void> {
  const blob = (await git.run(['hash-object', '-w', '--stdin'], { input: `# ${wish.name}\n${wish.description ?? ''}` })).trim();
  const tree = (await git.run(['mktree'], { input: `100644 blob ${blob}\tREADME.md\n` })).trim();
  const commit = (await git.run(['commit-tree', tree, '-m', 'Initial commit'], { environment: identityOf(owner) })).trim();
  await git.moveRefs({ name: `refs/heads/${branch}`, old: NO_SHA, new: commit });
}

/** Environment under which git makes commits in the name of a person. */
export const identityOf = (user: User): Record<string, string> => ({
  GIT_AUTHOR_NAME: user.login,
  GIT_AUTHOR_EMAIL: user.email,
  GIT_COMMITTER_NAME: user.login,
  GIT_COMMITTER_EMAIL: user.email,
});
