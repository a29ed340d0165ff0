// What a pull request would bring into its base: its commits and its files, against the merge base.
import type { Forge } from '../forge.ts';
import { changedFiles } from '../git/changed-files.ts';
import { readCommits } from '../git/commit.ts';
import { reading, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import type { PullRequest, Repository } from '../state/records.ts';
import { needPull } from './need-pull.ts';
import { presentChangedFile } from './present/changed-file.ts';
import { presentCommit } from './present/commit.ts';

/** GitHub lists no more commits of a request. */
const MOST_COMMITS = 250;

export const pullContentOperations: Operation[] = [
  reading('pulls/list-commits', async (call) => {
    const { forge, state, repository, params } = call;
    const pull = needPull(state, repository, params.pull_number);
    const commits = await readCommits(forge.git(repository), [
      '--reverse',
      '--topo-order',
      `${await baseOf(forge, repository, pull)}..${pull.headSha}`,
    ]);
    return listOf(call, commits.slice(0, MOST_COMMITS), (commit) => presentCommit(forge, state, repository, commit));
  }),
  reading('pulls/list-files', async (call) => {
    const { forge, state, repository, params } = call;
    const pull = needPull(state, repository, params.pull_number);
    const files = await changedFiles(forge.git(repository), [`${await baseOf(forge, repository, pull)}...${pull.headSha}`]);
    return listOf(call, files, (file) => presentChangedFile(forge, state, repository, pull.headSha, file));
  }),
];

/** The base as it is, while the request is open; later what it was when the head was last pushed: a merged head differs from no base. */
async function baseOf(forge: Forge, repository: Repository, pull: PullRequest): Promise<string> {
  const isOpen = forge.state.need('issue', pull.issueId).state === 'open';
  return (isOpen ? await forge.git(repository).resolve(`refs/heads/${pull.baseRef}`) : undefined) ?? pull.baseSha;
}
