// Commits of a repository: its history, and one commit with what it changed.
import type { Forge } from '../forge.ts';
import { changedFiles } from '../git/changed-files.ts';
import { readCommit, readCommits } from '../git/commit.ts';
import { isFilePath } from '../git/tree.ts';
import { listing, reading, type Operation, type RepositoryCall } from '../http/operation.ts';
import { linkHeader, listOf, pageOf } from '../http/pagination.ts';
import { ok, text, type Reply } from '../http/reply.ts';
import type { PullRequest, Repository } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { commitOf, objectIs, oneCommit, refuseEmpty } from './commit-of-ref.ts';
import { presentChangedFile } from './present/changed-file.ts';
import { presentCommit } from './present/commit.ts';
import { pullRequestPresenter } from './present/pull-request.ts';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
/** Of one page of a commit (GitHub: 300). */
export const FILES_A_PAGE = 300;

export const commitOperations: Operation[] = [
  listing('repos/list-commits', async (call) => {
    const { forge, state, repository, query } = call;
    refuseEmpty(forge, repository);
    const range = [...filtersOf(state, query), await commitOf(forge, repository, query.sha)];
    const place = query.path === undefined || query.path === '' ? [] : [query.path];
    // What leads out of the repository has no history in it.
    if (!place.every((path) => isFilePath(path.replace(/\/$/, '')))) return ok([]);
    return page(call, repository, range, place);
  }),
  reading('repos/get-commit', async (call) => {
    const { forge, state, repository, params, query, url, mediaType } = call;
    const git = forge.git(repository);
    const sha = await oneCommit(forge, repository, params.ref);
    if (mediaType === 'sha') return text(sha, 'application/vnd.github.sha; charset=utf-8');
    const commit = await readCommit(git, sha);
    if (commit === undefined) throw new Error(`the commit ${sha} is gone`);
    const range = [commit.parents[0] ?? EMPTY_TREE, sha];
    if (mediaType === 'diff')
      return text(await git.bytes(['diff', '--full-index', ...range]), 'application/vnd.github.diff; charset=utf-8');
    if (mediaType === 'patch')
      return text(await git.bytes(['format-patch', '-1', '--stdout', '--full-index', sha]), 'application/vnd.github.patch; charset=utf-8');
    const files = await changedFiles(git, range);
    const { page: number } = pageOf({ query, url });
    const additions = files.reduce((sum, file) => sum + file.additions, 0);
    const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
    return {
      status: 200,
      body: {
        ...presentCommit(forge, state, repository, commit),
        stats: { total: additions + deletions, additions, deletions },
        files: files
          .slice((number - 1) * FILES_A_PAGE, number * FILES_A_PAGE)
          .map((file) => presentChangedFile(forge, state, repository, sha, file)),
      },
      headers: linkHeader(url, number, Math.ceil(files.length / FILES_A_PAGE)),
    };
  }),
  listing('repos/list-pull-requests-associated-with-commit', async (call) => {
    const { forge, state, repository, params } = call;
    await objectIs(forge, repository, params.commit_sha, 'commit');
    return listOf(call, await pullsWith(forge, state, repository, params.commit_sha), pullRequestPresenter(forge, state));
  }),
];

type Query = RepositoryCall<'repos/list-commits'>['query'];

/** What git log filters by; a person is named by login or by address. */
function filtersOf(state: Reader, { author, committer, since, until }: Query): string[] {
  const addressOf = (person: string): string => state.first('user', 'login', person.toLowerCase())?.email ?? person;
  return [
    '--fixed-strings',
    '--regexp-ignore-case',
    ...(author === undefined ? [] : [`--author=${addressOf(author)}`]),
    ...(committer === undefined ? [] : [`--committer=${addressOf(committer)}`]),
    ...(since === undefined ? [] : [`--since=${since}`]),
    ...(until === undefined ? [] : [`--until=${until}`]),
  ];
}

/** Git walks to the page; only its commits are read. */
async function page(
  call: RepositoryCall<'repos/list-commits'>,
  repository: Repository,
  range: readonly string[],
  place: readonly string[],
): Promise<Reply> {
  const { forge, state, url } = call;
  const git = forge.git(repository);
  const { page: number, perPage } = pageOf(call);
  const [commits, count] = await Promise.all([
    readCommits(git, [`--skip=${(number - 1) * perPage}`, `--max-count=${perPage}`, ...range], place),
    git.run(['rev-list', '--count', ...range, '--', ...place], { environment: { GIT_LITERAL_PATHSPECS: '1' } }),
  ]);
  return {
    status: 200,
    body: commits.map((commit) => presentCommit(forge, state, repository, commit)),
    headers: linkHeader(url, number, Math.ceil(Number(count.trim()) / perPage)),
  };
}

/** Requests that bring the commit, or brought it when they were merged. */
async function pullsWith(forge: Forge, state: Reader, repository: Repository, sha: string): Promise<PullRequest[]> {
  const git = forge.git(repository);
  const heads = await git.run(['for-each-ref', `--contains=${sha}`, '--format=%(refname)', 'refs/pull/*/head']);
  const containing = new Set([...heads.matchAll(/^refs\/pull\/(\d+)\/head$/gm)].map(([, number]) => Number(number)));
  const pulls = state
    .select('pullRequest', 'repository', repository.id)
    .filter((pull) => pull.mergeCommitSha === sha || containing.has(pull.number));
  const isOld = new Map<string, Promise<boolean>>();
  const hadIt = (base: string): Promise<boolean> => {
    const known = isOld.get(base) ?? git.isAncestor(sha, base);
    isOld.set(base, known);
    return known;
  };
  const found = await Promise.all(pulls.map(async (pull) => pull.mergeCommitSha === sha || !(await hadIt(pull.baseSha))));
  return pulls.filter((_pull, index) => found[index]);
}
