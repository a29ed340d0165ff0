// What a pull request would bring into its base: its commits and its files, against the merge base.
import { diffBaseOf } from '../domain/branches.ts';
import { changedFiles } from '../git/changed-files.ts';
import { readCommits } from '../git/commit.ts';
import { reading, type Operation } from '../http/operation.ts';
import { listOf } from '../http/pagination.ts';
import { needPull } from './need-pull.ts';
import { presentChangedFile } from './present/changed-file.ts';
import { presentCommit } from './present/commit.ts';

/** GitHub lists no more commits of a request. */
const MOST_COMMITS = 250;

export const pullContentOperations: Operation[] = [
  reading('pulls/list-commits', async (call) => {
    const { forge, state, repository, params } = call;
    const pull = needPull(state, repository, params.pull_number);
    const commits = await readCommits(forge.git(repository), ['--reverse', '--topo-order', `${diffBaseOf(state, pull)}..${pull.headSha}`]);
    return listOf(call, commits.slice(0, MOST_COMMITS), (commit) => presentCommit(forge, state, repository, commit));
  }),
  reading('pulls/list-files', async (call) => {
    const { forge, state, repository, params } = call;
    const pull = needPull(state, repository, params.pull_number);
    const files = await changedFiles(forge.git(repository), [`${diffBaseOf(state, pull)}...${pull.headSha}`]);
    return listOf(call, files, (file) => presentChangedFile(forge, state, repository, pull.headSha, file));
  }),
];
