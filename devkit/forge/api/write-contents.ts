// Files written and removed by path, each in a commit of its own on a branch. The file's old id is the guard against lost updates.
import { moveByApi } from '../domain/move-ref.ts';
import { readCommit } from '../git/commit.ts';
import { writeBlob } from '../git/file-contents.ts';
import { commitTree } from '../git/merges.ts';
import { NO_SHA } from '../git/repository.ts';
import { changedTree, entryAt, isFilePath, type TreeChange, type TreeEntry } from '../git/tree.ts';
import { acting, type ActorCall, type Operation } from '../http/operation.ts';
import { conflict, created, invalid, notFound, ok, Refusal, unprocessable } from '../http/reply.ts';
import { isEmpty } from './commit-of-ref.ts';
import { messageIn, personIn, personOf } from './identity-wishes.ts';
import { presentContent } from './present/content.ts';
import { presentGitCommit } from './present/git-commit.ts';

export const writeContentOperations: Operation[] = [
  acting(
    'repos/create-or-update-file-contents',
    'write',
    async (call) => {
      const { forge, repository, body } = call;
      const path = pathIn(call.params.path);
      const bytes = bytesIn(body.content);
      return forge.exclusively(repository, async () => {
        const branch = await branchIn(call, body.branch);
        const before = branch.tip === NO_SHA ? undefined : await entryAt(forge.git(repository), branch.tip, path);
        if (before?.type === 'tree') throw unprocessable(`${path} is a folder`);
        if (before !== undefined && body.sha === undefined) throw unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.');
        guard(path, before, body.sha);
        const change = { path, mode: before?.mode === '100755' ? '100755' : '100644', sha: await writeBlob(forge.git(repository), bytes) };
        const commit = await commitChange(call, branch, change);
        const entry: TreeEntry = { ...change, type: 'blob', size: bytes.length };
        const content = presentContent(forge, forge.state, repository, branch.name, entry);
        return before === undefined ? created({ content, commit }) : ok({ content, commit });
      });
    },
    { createsContent: true },
  ),
  acting('repos/delete-file', 'write', async (call) => {
    const { forge, repository, body } = call;
    const path = pathIn(call.params.path);
    return forge.exclusively(repository, async () => {
      const branch = await branchIn(call, body.branch);
      const before = branch.tip === NO_SHA ? undefined : await entryAt(forge.git(repository), branch.tip, path);
      if (before === undefined || before.type === 'tree') throw notFound();
      guard(path, before, body.sha);
      const commit = await commitChange(call, branch, { path, mode: before.mode, sha: null });
      return ok({ content: null, commit });
    });
  }),
];

type Writing = ActorCall<'repos/create-or-update-file-contents' | 'repos/delete-file'>;

interface Branch {
  readonly name: string;
  /** NO_SHA for the first commit of an empty repository. */
  readonly tip: string;
}

function pathIn(text: string): string {
  if (!isFilePath(text)) throw malformedPath();
  return text;
}

const malformedPath = (): Refusal =>
  invalid({ resource: 'Commit', field: 'path', code: 'invalid', message: 'path contains a malformed path component' });

function bytesIn(base64: string): Buffer {
  const text = base64.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) throw unprocessable('content is not valid Base64');
  return Buffer.from(text, 'base64');
}

async function branchIn({ forge, repository }: Writing, wish: string | undefined): Promise<Branch> {
  const name = wish ?? repository.defaultBranch;
  const tip = await forge.git(repository).resolve(`refs/heads/${name}^{commit}`);
  if (tip !== undefined) return { name, tip };
  if (isEmpty(forge, repository) && name === repository.defaultBranch) return { name, tip: NO_SHA };
  throw new Refusal(404, `Branch ${name} not found`);
}

function guard(path: string, before: TreeEntry | undefined, sha: string | undefined): void {
  if (sha !== undefined && sha !== before?.sha) throw conflict(`${path} does not match ${sha}`);
}

/** To be called while holding the repository. */
async function commitChange(call: Writing, branch: Branch, change: TreeChange): Promise<Record<string, unknown>> {
  const { forge, actor, repository, body } = call;
  const git = forge.git(repository);
  const committer = personIn(body.committer, personOf(actor), 'committer');
  const author = personIn(body.author, committer, 'author');
  const message = messageIn(body.message);
  const tree = await changedTree(git, branch.tip === NO_SHA ? null : branch.tip, [change]);
  if (tree === undefined) throw malformedPath();
  const parents = branch.tip === NO_SHA ? [] : [branch.tip];
  const sha = await commitTree(git, { tree, parents, message, author, committer });
  const refused = await moveByApi(forge, repository, actor, { ref: `refs/heads/${branch.name}`, from: branch.tip, to: sha });
  if (refused === 'elsewhere') throw conflict(`is at another commit but expected ${branch.tip}`);
  if (refused !== undefined) throw conflict(`Could not update file: ${refused.forbidden}`);
  const commit = await readCommit(git, sha);
  if (commit === undefined) throw new Error(`the commit ${sha} is gone`);
  return presentGitCommit(forge, forge.state, repository, commit);
}
