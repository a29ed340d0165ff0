import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { git, refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
let folder: string;
beforeAll(async () => {
  forge = await startTestForge();
  folder = mkdtempSync(path.join(tmpdir(), 'contents-'));
});
afterAll(async () => {
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Named = { owner: string; repo: string };
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const textOf = (data: unknown): string => Buffer.from((data as { content: string }).content, 'base64').toString('utf8');

async function cloned(repository: Named, login = 'writer'): Promise<string> {
  const clone = path.join(folder, repository.repo);
  await git(folder, 'clone', '-q', forge.remote(repository, login), clone);
  return clone;
}

async function emptyRepository(name: string): Promise<Named> {
  await forge.as('owner').rest.repos.createForAuthenticatedUser({ name });
  return { owner: 'owner', repo: name };
}

describe('a repository that was deleted and made again', () => {
  it('shows its own files, whatever the first one had', async () => {
    const { repos } = forge.as('owner').rest;
    const at = await forge.repository('again');
    const write = (content: string): Promise<unknown> =>
      repos.createOrUpdateFileContents({
        ...at,
        path: 'new\nline.txt',
        message: 'A file',
        content: Buffer.from(content).toString('base64'),
      });
    const read = async (): Promise<string> =>
      (
        await forge.fetch(`/repos/${at.owner}/${at.repo}/contents/new%0Aline.txt`, {
          headers: { accept: 'application/vnd.github.raw+json' },
        })
      ).text();
    await write('first');
    expect(await read()).toBe('first');
    await repos.delete(at);
    await forge.repository('again');
    expect(JSON.parse(await read())).toMatchObject({ message: 'Not Found' });
    await write('second');
    expect(await read()).toBe('second');
  });
});

describe('files', () => {
  it('are written, read, changed and removed, each time in a commit that git sees', async () => {
    const repository = await forge.repository();
    const { repos } = forge.as('writer').rest;
    const file = { ...repository, path: 'docs/notes.md' };
    const made = await repos.createOrUpdateFileContents({ ...file, message: 'Add notes', content: base64('one\n') });
    expect(made.status).toBe(201);
    const sha = made.data.content?.sha ?? '';
    expect(made.data.commit).toMatchObject({ message: 'Add notes', author: { name: 'writer' } });
    const read = await repos.getContent(file);
    expect(read.data).toMatchObject({ type: 'file', name: 'notes.md', path: 'docs/notes.md', sha, size: 4, encoding: 'base64' });
    expect(textOf(read.data)).toBe('one\n');
    const person = { name: 'Ann Author', email: 'ann@example.org', date: '2020-02-03T04:05:06Z' };
    const changed = await repos.createOrUpdateFileContents({
      ...file,
      message: 'Change notes',
      content: base64('two\n'),
      sha,
      author: person,
      committer: person,
    });
    expect(changed.status).toBe(200);
    expect(changed.data.commit).toMatchObject({ author: person, committer: person });
    const clone = await cloned(repository);
    expect(await git(clone, 'log', '--format=%an %s', '-2')).toBe('Ann Author Change notes\nwriter Add notes');
    const removed = await repos.deleteFile({ ...file, message: 'Remove notes', sha: changed.data.content?.sha ?? '' });
    expect(removed.data.content).toBeNull();
    expect((await refusal(repos.getContent(file))).status).toBe(404);
    expect((await refusal(repos.getContent({ ...repository, path: 'docs' }))).status).toBe(404);
  });

  it('are guarded by their old id', async () => {
    const repository = await forge.repository();
    const { repos } = forge.as('writer').rest;
    const file = { ...repository, path: 'README.md', message: 'Change', content: base64('x') };
    const without = await refusal(repos.createOrUpdateFileContents(file));
    expect([without.status, without.body.message]).toEqual([422, 'Invalid request.\n\n"sha" wasn\'t supplied.']);
    const wrong = 'f'.repeat(40);
    const stale = await refusal(repos.createOrUpdateFileContents({ ...file, sha: wrong }));
    expect([stale.status, stale.body.message]).toEqual([409, `README.md does not match ${wrong}`]);
    expect((await refusal(repos.createOrUpdateFileContents({ ...file, path: 'new', sha: wrong }))).status).toBe(409);
    expect((await refusal(repos.deleteFile({ ...repository, path: 'README.md', message: 'x', sha: wrong }))).status).toBe(409);
    expect((await refusal(repos.deleteFile({ ...repository, path: 'nothing', message: 'x', sha: wrong }))).status).toBe(404);
  });

  it('that two change at once are changed by one of them, the other is told', async () => {
    const repository = await forge.repository();
    const { repos } = forge.as('writer').rest;
    const { data } = await repos.getContent({ ...repository, path: 'README.md' });
    const { sha } = data as { sha: string };
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((text) =>
        repos
          .createOrUpdateFileContents({ ...repository, path: 'README.md', message: text, content: base64(text), sha })
          .then(({ status }) => status as number)
          .catch((error: { status: number }) => error.status),
      ),
    );
    expect(answers.sort()).toEqual([200, 409, 409, 409]);
    expect((await repos.listCommits(repository)).data).toHaveLength(2);
  });

  it.each([
    ['a way out', '../outside'],
    ['a way out in the middle', 'a/../../outside'],
    ["git's own folder", '.git/config'],
    ["git's own folder in disguise", 'a/.GIT/hooks/x'],
    ['an empty part', 'a//b'],
    ["git's own folder by its short name", 'git~1/config'],
  ])('are not written by %s', async (_what, file) => {
    const { repo } = await forge.repository();
    const write = await forge.fetch(`/repos/owner/${repo}/contents/${encodeURIComponent(file)}`, {
      method: 'PUT',
      login: 'writer',
      body: JSON.stringify({ message: 'x', content: base64('x') }),
    });
    expect(write.status).toBe(422);
    const read = await forge.fetch(`/repos/owner/${repo}/contents/${encodeURIComponent(file)}`, { login: 'writer' });
    expect(read.status).toBe(404);
  });

  it.each([
    ['content that is no base64', { content: '***' }, 422],
    ['a blank message', { message: ' ' }, 422],
    ['a branch that is not there', { branch: 'nowhere' }, 404],
    ['an author without a name', { author: { name: ' ', email: 'a@b.c' } }, 422],
    ['a name with a line break', { author: { name: 'a\nb', email: 'a@b.c' } }, 422],
    ['a date that is none', { author: { name: 'a', email: 'a@b.c', date: 'soon' } }, 422],
  ])('are not written with %s', async (_what, wish, status) => {
    const repository = await forge.repository();
    const call = forge
      .as('writer')
      .rest.repos.createOrUpdateFileContents({ ...repository, path: 'new.txt', message: 'x', content: base64('x'), ...wish });
    expect((await refusal(call)).status).toBe(status);
  });

  it('are written by those with write access only', async () => {
    const repository = await forge.repository();
    const wish = { ...repository, path: 'x', message: 'x', content: base64('x') };
    expect((await refusal(forge.as('reader').rest.repos.createOrUpdateFileContents(wish))).status).toBe(403);
    expect((await refusal(forge.as('stranger').rest.repos.deleteFile({ ...wish, sha: 'x' }))).status).toBe(403);
  });

  it('have any name that git takes', async () => {
    const repository = await forge.repository();
    const { repos } = forge.as('writer').rest;
    const names = ['with space.txt', 'ünï/cödé.txt', 'line\nbreak.txt', '#hash?query&.txt', ':colon', '*star', 'quote\'".txt', '-dash'];
    for (const name of names) await repos.createOrUpdateFileContents({ ...repository, path: name, message: 'x', content: base64(name) });
    for (const name of names) expect(textOf((await repos.getContent({ ...repository, path: name })).data)).toBe(name);
    const { data } = await repos.getContent({ ...repository, path: '' });
    expect((data as { name: string }[]).map(({ name }) => name)).toEqual(expect.arrayContaining(['line\nbreak.txt', 'ünï', '*star']));
  });

  it('start the history of an empty repository', async () => {
    const repository = await emptyRepository('from-nothing');
    const { repos } = forge.as('owner').rest;
    expect((await refusal(repos.getContent({ ...repository, path: 'x' }))).body.message).toBe('This repository is empty.');
    const { data } = await repos.createOrUpdateFileContents({ ...repository, path: 'x', message: 'First', content: base64('x') });
    expect(data.commit.parents).toEqual([]);
    expect((await repos.listCommits(repository)).data).toHaveLength(1);
  });
});

describe('what is at a path', () => {
  let repository: Named;
  const get = async (file: string, options: Record<string, unknown> = {}): Promise<unknown> =>
    (await forge.as('reader').rest.repos.getContent({ ...repository, path: file, ...options })).data;

  beforeAll(async () => {
    repository = await forge.repository('places');
    const clone = await cloned(repository);
    writeFileSync(path.join(clone, 'big.bin'), Buffer.alloc(1024 * 1024 + 1, 7));
    symlinkSync('README.md', path.join(clone, 'link'));
    symlinkSync('/etc/passwd', path.join(clone, 'away'));
    writeFileSync(path.join(clone, '.gitmodules'), '[submodule "lib"]\n\tpath = lib\n\turl = https://example.org/lib.git\n');
    await git(clone, 'add', '.');
    await git(clone, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`);
    await git(clone, 'commit', '-qm', 'All kinds');
    await git(clone, 'push', '-q', 'origin', 'main', 'HEAD~1:refs/heads/feature/old', 'HEAD:refs/tags/v1');
  });

  it('is a folder, with the kind of everything in it', async () => {
    const entries = (await get('')) as { name: string; type: string; size: number }[];
    expect(Object.fromEntries(entries.map(({ name, type }) => [name, type]))).toEqual({
      '.gitmodules': 'file',
      'README.md': 'file',
      'big.bin': 'file',
      away: 'symlink',
      lib: 'file',
      link: 'symlink',
    });
    const { headers } = await forge.fetch('/repos/owner/places/contents', { login: 'reader' });
    expect(headers.get('content-type')).toContain('json');
    const asObject = await forge.fetch('/repos/owner/places/contents/', {
      login: 'reader',
      headers: { accept: 'application/vnd.github.object+json' },
    });
    expect(await asObject.json()).toMatchObject({ type: 'dir', entries: expect.arrayContaining([]) as unknown });
  });

  it('is a link, shown as the file it leads to, or as a link where it leads away', async () => {
    expect(await get('link')).toMatchObject({ type: 'file', path: 'link', size: 9 });
    expect(textOf(await get('link'))).toBe('# places\n');
    expect(await get('away')).toMatchObject({ type: 'symlink', target: '/etc/passwd' });
  });

  it('is a submodule, with where it comes from', async () => {
    expect(await get('lib')).toMatchObject({ type: 'submodule', sha: '1'.repeat(40), submodule_git_url: 'https://example.org/lib.git' });
  });

  it('is a file of more than a megabyte, raw only', async () => {
    expect(await get('big.bin')).toMatchObject({ encoding: 'none', content: '', size: 1024 * 1024 + 1 });
    const raw = await forge.fetch('/repos/owner/places/contents/big.bin', {
      login: 'reader',
      headers: { accept: 'application/vnd.github.raw+json' },
    });
    expect((await raw.arrayBuffer()).byteLength).toBe(1024 * 1024 + 1);
  });

  it('depends on the branch, the tag or the commit', async () => {
    expect(await get('link', { ref: 'v1' })).toMatchObject({ type: 'file' });
    expect((await refusal(get('link', { ref: 'feature/old' }))).status).toBe(404);
    const { status, body } = await refusal(get('link', { ref: 'no/such' }));
    expect([status, body.message]).toEqual([404, 'No commit found for the ref no/such']);
    expect((await refusal(get('link', { ref: '--upload-pack=x' }))).status).toBe(404);
  });

  it('is the README where none is named', async () => {
    const { data } = await forge.as('reader').rest.repos.getReadme(repository);
    expect([data.path, textOf(data)]).toEqual(['README.md', '# places\n']);
  });
});
