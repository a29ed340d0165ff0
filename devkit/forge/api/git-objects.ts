// Commits, trees and blobs as git has them, read and made. What is made is worth nothing until a ref points to it.
import { readCommit } from '../git/commit.ts';
import { readBlob, typeOf, writeBlob } from '../git/file-contents.ts';
import { commitTree } from '../git/merges.ts';
import type { GitRepository } from '../git/repository.ts';
import { changedTree, FOLDER, isFilePath, readTree, SUBMODULE, type TreeChange } from '../git/tree.ts';
import { acting, reading, type ActorCall, type Operation } from '../http/operation.ts';
import { created, invalid, notFound, ok, text, unprocessable, type Refusal } from '../http/reply.ts';
import { objectIs, refuseEmpty } from './commit-of-ref.ts';
import { messageIn, personIn, personOf } from './identity-wishes.ts';
import { inLines } from './present/content.ts';
import { gitNodeId, presentGitCommit, presentTree } from './present/git-commit.ts';
import { repositoryLinks } from './present/repository.ts';

/** GitHub's limit on one answer; the rest is asked for folder by folder. */
const MOST_ENTRIES = 100_000;

export const gitObjectOperations: Operation[] = [
  reading('git/get-commit', async ({ forge, state, repository, params }) => {
    refuseEmpty(forge, repository);
    const commit = await readCommit(forge.git(repository), params.commit_sha);
    if (commit === undefined) throw notFound();
    return ok(presentGitCommit(forge, state, repository, commit));
  }),
  acting(
    'git/create-commit',
    'write',
    async ({ forge, actor, repository, body }) => {
      refuseEmpty(forge, repository);
      if (body.signature !== undefined) throw unprocessable('The forge keeps no signatures: leave "signature" out.');
      const git = forge.git(repository);
      const message = messageIn(body.message);
      const parents = body.parents ?? [];
      if ((await typeOf(git, body.tree)) !== 'tree') throw unprocessable('Tree SHA does not exist');
      for (const parent of parents)
        if ((await typeOf(git, parent)) !== 'commit') throw unprocessable('Parent SHA does not exist or is not a commit object');
      const author = personIn(body.author, personOf(actor), 'author');
      const committer = personIn(body.committer, author, 'committer');
      const sha = await commitTree(git, { tree: body.tree, parents, message, author, committer });
      const commit = await readCommit(git, sha);
      if (commit === undefined) throw new Error(`the commit ${sha} is gone`);
      const view = presentGitCommit(forge, forge.state, repository, commit);
      return created(view, view.url);
    },
    { createsContent: true },
  ),
  reading('git/get-tree', async ({ forge, state, repository, params, query }) => {
    refuseEmpty(forge, repository);
    const git = forge.git(repository);
    const tree = await git.peeled(params.tree_sha, 'tree');
    if (tree === undefined) throw notFound();
    const entries = await readTree(git, tree, { recursive: query.recursive !== undefined });
    return ok(presentTree(forge, state, repository, tree, entries.slice(0, MOST_ENTRIES), entries.length > MOST_ENTRIES));
  }),
  acting(
    'git/create-tree',
    'write',
    async ({ forge, repository, body }) => {
      refuseEmpty(forge, repository);
      const git = forge.git(repository);
      if (body.tree.length === 0) throw unprocessable('Invalid tree info');
      const base = body.base_tree === undefined ? null : await git.resolve(`${body.base_tree}^{tree}`);
      if (base === undefined) throw unprocessable(`base_tree ${body.base_tree ?? ''} is not a tree`);
      const changes: TreeChange[] = [];
      for (const wish of body.tree) changes.push(await changeIn(git, wish));
      const sha = await changedTree(git, base, changes);
      if (sha === undefined) throw malformed('path');
      const view = presentTree(forge, forge.state, repository, sha, await readTree(git, sha), false);
      return created(view, view.url);
    },
    { createsContent: true },
  ),
  reading('git/get-blob', async ({ forge, state, repository, params, mediaType }) => {
    await objectIs(forge, repository, params.file_sha, 'blob');
    const bytes = await readBlob(forge.git(repository), params.file_sha);
    if (mediaType === 'raw') return text(bytes, 'application/vnd.github.raw+json; charset=utf-8');
    return ok({
      sha: params.file_sha,
      node_id: gitNodeId('B', repository, params.file_sha),
      size: bytes.length,
      url: `${repositoryLinks(forge, state, repository).api}/git/blobs/${params.file_sha}`,
      content: inLines(bytes),
      encoding: 'base64',
    });
  }),
  acting(
    'git/create-blob',
    'write',
    async ({ forge, repository, body }) => {
      refuseEmpty(forge, repository);
      const { encoding = 'utf-8' } = body;
      if (encoding !== 'utf-8' && encoding !== 'base64')
        throw invalid({ resource: 'Blob', field: 'encoding', code: 'invalid', value: encoding });
      const sha = await writeBlob(forge.git(repository), Buffer.from(body.content, encoding));
      const url = `${repositoryLinks(forge, forge.state, repository).api}/git/blobs/${sha}`;
      return created({ sha, url }, url);
    },
    { createsContent: true },
  ),
];

type Wish = ActorCall<'git/create-tree'>['body']['tree'][number];

const malformed = (field: string): Refusal =>
  invalid({ resource: 'Tree', field: `tree.${field}`, code: 'invalid', message: `tree.${field} contains a malformed path component` });

/** One line of a new tree: what comes is told by its id or, for a file, by its content; a null id takes away. */
async function changeIn(git: GitRepository, wish: Wish): Promise<TreeChange> {
  const { path = '', mode = '100644', sha, content } = wish;
  if (!isFilePath(path)) throw malformed('path');
  if (sha !== undefined && content !== undefined) throw unprocessable(`${path} has both "sha" and "content"`);
  if (sha === null) return { path, mode, sha };
  if (content !== undefined) return { path, mode, sha: await writeBlob(git, Buffer.from(content)) };
  if (sha === undefined) throw unprocessable(`${path} has neither "sha" nor "content"`);
  const needed = mode === FOLDER ? 'tree' : 'blob';
  if (mode !== SUBMODULE && (await typeOf(git, sha)) !== needed) throw unprocessable(`tree.sha ${sha} is not a valid ${needed}`);
  return { path, mode, sha };
}
