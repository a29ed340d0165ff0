import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { git, refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
let folder: string;
beforeAll(async () => {
  forge = await startTestForge();
  folder = mkdtempSync(path.join(tmpdir(), 'git-data-'));
});
afterAll(async () => {
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Named = { owner: string; repo: string };

async function withTip(): Promise<{ repository: Named; tip: string }> {
  const repository = await forge.repository();
  const { data } = await forge.as('reader').rest.git.getRef({ ...repository, ref: 'heads/main' });
  return { repository, tip: data.object.sha };
}

async function commitOn(repository: Named, parent: string, file: string): Promise<string> {
  const api = forge.as('writer').rest.git;
  const { data: tree } = await api.createTree({ ...repository, base_tree: parent, tree: [{ path: file, mode: '100644', content: file }] });
  const { data } = await api.createCommit({ ...repository, message: `Add ${file}`, tree: tree.sha, parents: [parent] });
  return data.sha;
}

describe('refs', () => {
  it('are made, found, matched by their beginning, moved forward, forced back and removed', async () => {
    const { repository, tip } = await withTip();
    const api = forge.as('writer').rest.git;
    const made = await api.createRef({ ...repository, ref: 'refs/heads/feature/one', sha: tip });
    expect(made.data).toMatchObject({ ref: 'refs/heads/feature/one', object: { sha: tip, type: 'commit' } });
    await api.createRef({ ...repository, ref: 'refs/heads/feature-two', sha: tip });
    const { data: matching } = await api.listMatchingRefs({ ...repository, ref: 'heads/feature' });
    expect(matching.map(({ ref }) => ref)).toEqual(['refs/heads/feature-two', 'refs/heads/feature/one']);
    expect((await refusal(api.getRef({ ...repository, ref: 'heads/feature' }))).status).toBe(404);

    const next = await commitOn(repository, tip, 'next.txt');
    const at = { ...repository, ref: 'heads/feature/one' };
    expect((await api.updateRef({ ...at, sha: next })).data.object.sha).toBe(next);
    const { status, body } = await refusal(api.updateRef({ ...at, sha: tip }));
    expect([status, body.message]).toEqual([422, 'Update is not a fast forward']);
    expect((await api.updateRef({ ...at, sha: tip, force: true })).data.object.sha).toBe(tip);
    expect((await api.deleteRef(at)).status).toBe(204);
    expect((await refusal(api.deleteRef(at))).body.message).toBe('Reference does not exist');
    expect((await refusal(api.updateRef({ ...at, sha: tip }))).body.message).toBe('Reference does not exist');
    const effects = await forge.control<{ kind: string; repository: string; subject: string }[]>('GET', '/_effects?limit=10000');
    const mine = effects.filter((effect) => effect.repository === `owner/${repository.repo}` && effect.subject.endsWith('feature/one'));
    expect(mine.map(({ kind }) => kind)).toEqual(['ref.created', 'ref.updated', 'ref.updated', 'ref.deleted']);
  });

  it.each([
    'heads/x',
    'refs/x',
    'refs/heads/',
    'refs/heads/a..b',
    'refs/heads/a b',
    'refs/heads/.a',
    'refs/heads/a.lock',
    'refs/heads/a~1',
    'refs/heads/@{1}',
    'refs/heads/a\nb',
    'refs/../x',
    'refs/pull/1/head',
  ])('are not made with the name %j', async (ref) => {
    const { repository, tip } = await withTip();
    expect((await refusal(forge.as('writer').rest.git.createRef({ ...repository, ref, sha: tip }))).status).toBe(422);
  });

  it('are refused when they exist, when what they point to does not, and where a name is in the way', async () => {
    const { repository, tip } = await withTip();
    const api = forge.as('writer').rest.git;
    const create = (ref: string, sha: string) => refusal(api.createRef({ ...repository, ref, sha }));
    expect((await create('refs/heads/main', tip)).body.message).toBe('Reference already exists');
    expect((await create('refs/heads/x', 'f'.repeat(40))).body.message).toBe('Object does not exist');
    expect((await create('refs/heads/x', 'main')).body.message).toBe('Object does not exist');
    const { data: blob } = await api.createBlob({ ...repository, content: 'x' });
    expect((await create('refs/heads/x', blob.sha)).body.message).toBe('Object is not a commit');
    expect((await create('refs/heads/main/below', tip)).status).toBe(409);
    expect((await refusal(api.deleteRef({ ...repository, ref: 'heads/main' }))).body.message).toBe('Cannot delete the default branch');
    expect((await refusal(forge.as('reader').rest.git.createRef({ ...repository, ref: 'refs/heads/x', sha: tip }))).status).toBe(403);
  });

  it('that many make at once are made by one of them', async () => {
    const { repository, tip } = await withTip();
    const api = forge.as('writer').rest.git;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        api
          .createRef({ ...repository, ref: 'refs/heads/race', sha: tip })
          .then(({ status }) => status as number)
          .catch((error: { status: number }) => error.status),
      ),
    );
    expect(answers.sort()).toEqual([201, 422, 422, 422, 422, 422, 422, 422]);
  });
});

describe('trees and blobs', () => {
  it('are made of old ones and new content, and read by git', async () => {
    const { repository, tip } = await withTip();
    const api = forge.as('writer').rest.git;
    const { data: blob } = await api.createBlob({
      ...repository,
      content: Buffer.from([0, 1, 255]).toString('base64'),
      encoding: 'base64',
    });
    const { data: inner } = await api.createTree({ ...repository, tree: [{ path: 'deep/file', mode: '100644', content: 'ünï' }] });
    const { data: tree } = await api.createTree({
      ...repository,
      base_tree: tip,
      tree: [
        { path: 'bytes', mode: '100755', sha: blob.sha },
        { path: 'folder', mode: '040000', type: 'tree', sha: inner.sha },
        { path: 'line\nbreak', mode: '100644', content: 'x' },
        { path: 'README.md', mode: '100644', sha: null },
      ],
    });
    expect(tree.tree.map(({ path: name, mode }) => [name, mode])).toEqual([
      ['bytes', '100755'],
      ['folder', '040000'],
      ['line\nbreak', '100644'],
    ]);
    const { data: all } = await api.getTree({ ...repository, tree_sha: tree.sha, recursive: '1' });
    expect(all.tree.map(({ path: name }) => name)).toEqual(['bytes', 'folder', 'folder/deep', 'folder/deep/file', 'line\nbreak']);
    expect(all.truncated).toBe(false);
    expect((await api.getBlob({ ...repository, file_sha: blob.sha })).data).toMatchObject({ size: 3, encoding: 'base64' });
    const { data: commit } = await api.createCommit({ ...repository, message: 'All of it', tree: tree.sha, parents: [tip] });
    expect((await api.getCommit({ ...repository, commit_sha: commit.sha })).data).toEqual(commit);
    await api.updateRef({ ...repository, ref: 'heads/main', sha: commit.sha });
    const clone = path.join(folder, 'trees');
    await git(folder, 'clone', '-q', forge.remote(repository, 'reader'), clone);
    expect(await git(clone, 'ls-files', '-z')).toBe('bytes\0folder/deep/file\0line\nbreak\0');
    expect(await git(clone, 'show', 'HEAD:folder/deep/file')).toBe('ünï');
  });

  it.each<[string, { path?: string; mode?: '100644' | '040000'; sha?: string | null; content?: string }]>([
    ['a path that leads away', { path: '../x', content: 'x' }],
    ["a path into git's folder", { path: 'a/.git/x', content: 'x' }],
    ['neither content nor id', { path: 'x' }],
    ['both', { path: 'x', content: 'x', sha: 'f'.repeat(40) }],
    ['an id that names nothing', { path: 'x', sha: 'f'.repeat(40) }],
    ['no path', { content: 'x' }],
  ])('are refused with %s', async (_what, entry) => {
    const { repository } = await withTip();
    const tree = [{ mode: '100644' as const, ...entry }];
    expect((await refusal(forge.as('writer').rest.git.createTree({ ...repository, tree }))).status).toBe(422);
  });

  it('that are not there are not found', async () => {
    const { repository, tip } = await withTip();
    const api = forge.as('reader').rest.git;
    expect((await refusal(api.getTree({ ...repository, tree_sha: 'nowhere' }))).status).toBe(404);
    expect((await refusal(api.getBlob({ ...repository, file_sha: 'f'.repeat(40) }))).status).toBe(404);
    expect((await refusal(api.getBlob({ ...repository, file_sha: tip }))).status).toBe(404);
    expect((await refusal(api.getBlob({ ...repository, file_sha: 'main' }))).status).toBe(422);
    expect((await refusal(api.getCommit({ ...repository, commit_sha: 'main' }))).status).toBe(404);
  });
});

describe('commits', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a tree that is not there', { tree: 'f'.repeat(40) }, 'Tree SHA does not exist'],
    ['a parent that is none', { parents: ['f'.repeat(40)] }, 'Parent SHA does not exist or is not a commit object'],
    ['a blank message', { message: ' ' }, 'Validation Failed'],
    ['a signature', { signature: 'x' }, 'The forge keeps no signatures: leave "signature" out.'],
  ])('are refused with %s', async (_what, wish, message) => {
    const { repository, tip } = await withTip();
    const api = forge.as('writer').rest.git;
    const { data } = await api.getCommit({ ...repository, commit_sha: tip });
    const { status, body } = await refusal(api.createCommit({ ...repository, message: 'x', tree: data.tree.sha, parents: [tip], ...wish }));
    expect([status, body.message]).toEqual([422, message]);
  });

  it('of an empty repository are not there', async () => {
    await forge.as('owner').rest.repos.createForAuthenticatedUser({ name: 'bare' });
    const { status, body } = await refusal(forge.as('owner').rest.git.getRef({ owner: 'owner', repo: 'bare', ref: 'heads/main' }));
    expect([status, body.message]).toEqual([409, 'Git Repository is empty.']);
  });
});
