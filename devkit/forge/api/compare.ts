// Two commits compared: what the head has that the base has not, counted from where they parted.
import { bringCommits } from '../domain/open-pull-request.ts';
import { maySee, repositoriesOf } from '../domain/permissions.ts';
import { changedFiles } from '../git/changed-files.ts';
import { readCommit, readCommits } from '../git/commit.ts';
import { reading, type Operation, type RepositoryCall } from '../http/operation.ts';
import { linkHeader, pageOf } from '../http/pagination.ts';
import { notFound, Refusal, text } from '../http/reply.ts';
import type { Repository } from '../state/records.ts';
import { FILES_A_PAGE } from './commits.ts';
import { presentChangedFile } from './present/changed-file.ts';
import { presentCommit, type CommitView } from './present/commit.ts';
import { encodePath } from './present/content.ts';
import { repositoryLinks } from './present/repository.ts';

/** Unless a page is asked for (GitHub: 250). */
const COMMITS_AT_ONCE = 250;

type Comparing = RepositoryCall<'repos/compare-commits'>;

export const compareOperations: Operation[] = [
  reading('repos/compare-commits', async (call) => {
    const { forge, state, repository, params, query, url, mediaType } = call;
    const git = forge.git(repository);
    const [base, head] = [await sideOf(call, params.base), await sideOf(call, params.head)];
    const mergeBase = await git.mergeBase(base, head);
    if (mergeBase === undefined) throw new Refusal(404, `No common ancestor between ${params.base} and ${params.head}.`);
    if (mediaType === 'diff')
      return text(await git.bytes(['diff', '--full-index', mergeBase, head]), 'application/vnd.github.diff; charset=utf-8');
    if (mediaType === 'patch')
      return text(
        await git.bytes(['format-patch', '--stdout', '--full-index', `${base}..${head}`]),
        'application/vnd.github.patch; charset=utf-8',
      );

    const [behind = 0, ahead = 0] = (await git.run(['rev-list', '--left-right', '--count', `${base}...${head}`]))
      .trim()
      .split('\t')
      .map(Number);
    const perPage = query.page === undefined && query.per_page === undefined ? COMMITS_AT_ONCE : pageOf(call).perPage;
    const { page } = pageOf(call);
    // Git counts from the newest, the answer from the oldest.
    const newest = Math.max(0, ahead - page * perPage);
    const most = Math.max(0, ahead - (page - 1) * perPage) - newest;
    const commits =
      most === 0 ? [] : await readCommits(git, [`--skip=${newest}`, `--max-count=${most}`, '--topo-order', `${base}..${head}`]);
    const files = page > 1 ? [] : (await changedFiles(git, [mergeBase, head])).slice(0, FILES_A_PAGE);
    const { api, html } = repositoryLinks(forge, state, repository);
    const name = `${encodePath(params.base)}...${encodePath(params.head)}`;
    return {
      status: 200,
      body: {
        url: `${api}/compare/${name}`,
        html_url: `${html}/compare/${name}`,
        permalink_url: `${html}/compare/${base}...${head}`,
        diff_url: `${html}/compare/${name}.diff`,
        patch_url: `${html}/compare/${name}.patch`,
        base_commit: await commitView(call, base),
        merge_base_commit: await commitView(call, mergeBase),
        status: ahead === 0 ? (behind === 0 ? 'identical' : 'behind') : behind === 0 ? 'ahead' : 'diverged',
        ahead_by: ahead,
        behind_by: behind,
        total_commits: ahead,
        commits: commits.reverse().map((commit) => presentCommit(forge, state, repository, commit)),
        files: files.map((file) => presentChangedFile(forge, state, repository, head, file)),
      },
      headers: linkHeader(url, page, Math.ceil(ahead / perPage)),
    };
  }),
];

async function commitView({ forge, state, repository }: Comparing, sha: string): Promise<CommitView> {
  const commit = await readCommit(forge.git(repository), sha);
  if (commit === undefined) throw new Error(`the commit ${sha} is gone`);
  return presentCommit(forge, state, repository, commit);
}

/** A branch, tag or id of this repository; `user:branch` is of that user's fork, whose commits are brought here. */
async function sideOf(call: Comparing, name: string): Promise<string> {
  const { forge, repository } = call;
  const [, login, branch = name] = /^([^:]+):(.+)$/.exec(name) ?? [];
  const from = login === undefined ? repository : forkOf(call, login);
  if (from === undefined) throw notFound();
  const sha = await forge.git(from).commit(branch);
  if (sha === undefined) throw notFound();
  await bringCommits(forge, repository, from, branch);
  return sha;
}

function forkOf({ state, actor, repository }: Comparing, login: string): Repository | undefined {
  const user = state.first('user', 'login', login.toLowerCase());
  if (user === undefined || user.id === repository.ownerId) return user === undefined ? undefined : repository;
  const family = repository.parentId ?? repository.id;
  return repositoriesOf(state, user).find((fork) => (fork.parentId === family || fork.id === family) && maySee(state, fork, actor));
}
