import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { git, refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
let folder: string;
beforeAll(async () => {
  forge = await startTestForge();
  folder = mkdtempSync(path.join(tmpdir(), 'clone-'));
});
afterAll(async () => {
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('repositories', () => {
  it('are created with a first commit, shown and cloned', async () => {
    const { data } = await forge
      .as('owner')
      .rest.repos.createForAuthenticatedUser({ name: 'created', auto_init: true, description: 'A try' });
    expect(data).toMatchObject({ full_name: 'owner/created', default_branch: 'main', private: false, permissions: { admin: true } });
    await git(folder, 'clone', '-q', data.clone_url, 'created');
    expect(await git(path.join(folder, 'created'), 'log', '--format=%s')).toBe('Initial commit');
  });

  it('are refused a second of the same name, with the reason', async () => {
    const { repo } = await forge.repository();
    const { status, body } = await refusal(forge.as('owner').rest.repos.createForAuthenticatedUser({ name: repo }));
    expect({ status, message: body.message }).toEqual({ status: 422, message: 'Validation Failed' });
    expect(body.errors).toEqual([expect.objectContaining({ field: 'name', message: 'name already exists on this account' })]);
    // At one moment, while none is on record, one of them is made.
    const create = () =>
      forge
        .as('owner')
        .rest.repos.createForAuthenticatedUser({ name: 'at-once', auto_init: true })
        .catch((error: unknown) => error as { status: number });
    expect((await Promise.all([create(), create(), create()])).map((answer) => answer.status).sort()).toEqual([201, 422, 422]);
  });

  it('that are private do not exist for strangers, neither for the API nor for git', async () => {
    const repository = await forge.repository('hidden', { private: true });
    expect((await forge.as('reader').rest.repos.get(repository)).data.permissions).toMatchObject({ pull: true, push: false });
    expect((await refusal(forge.as('stranger').rest.repos.get(repository))).status).toBe(404);
    await expect(git(folder, 'clone', '-q', forge.remote(repository, 'stranger'), 'hidden')).rejects.toThrow('not found');
  });

  it('take pushes from writers and refuse them from readers', async () => {
    const repository = await forge.repository('pushed');
    const clone = path.join(folder, 'pushed');
    await git(folder, 'clone', '-q', forge.remote(repository, 'writer'), clone);
    writeFileSync(path.join(clone, 'new.txt'), 'new\n');
    await git(clone, 'add', '.');
    await git(clone, 'commit', '-qm', 'Add new.txt');
    await expect(git(clone, 'push', '-q', forge.remote(repository, 'reader'), 'main')).rejects.toThrow('403');
    await git(clone, 'push', '-q', 'origin', 'main');
    const effects = await forge.control<{ kind: string; subject: string; actor: string }[]>('GET', '/_effects');
    expect(effects.filter(({ kind }) => kind === 'ref.updated')).toEqual([
      expect.objectContaining({ actor: 'writer', subject: 'refs/heads/main' }),
    ]);
  });
});

describe('requests that cannot be', () => {
  it('are refused when they are no JSON, of the wrong type, or have unknown keys', async () => {
    const post = (body: string): Promise<Response> => forge.fetch('/user/repos', { method: 'POST', login: 'owner', body });
    const answers = await Promise.all(['{', '[', '"a"', '{"name":1}', '{"nam":"x","name":"y"}', '{}'].map(post));
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 422, 422, 422]);
    expect(((await answers[4]?.json()) as { message: string }).message).toContain('"nam" is not a permitted key.');
  });

  it('name the route that the forge does not have', async () => {
    const { repo } = await forge.repository();
    const answer = await forge.fetch(`/repos/owner/${repo}/deployments`, { login: 'owner' });
    expect(answer.status).toBe(501);
    expect(((await answer.json()) as { message: string }).message).toContain('repos/list-deployments');
    expect((await forge.fetch('/no/such/route', { login: 'owner' })).status).toBe(501);
  });

  it('are refused with a wrong token, and without one where one is needed', async () => {
    expect((await forge.fetch('/user')).status).toBe(401);
    const wrong = await forge.fetch('/user', { headers: { authorization: 'Bearer nonsense' } });
    expect([wrong.status, ((await wrong.json()) as { message: string }).message]).toEqual([401, 'Bad credentials']);
  });
});

describe('answers', () => {
  it('have entity tags, and cost nothing when nothing changed', async () => {
    const { repo } = await forge.repository();
    const first = await forge.fetch(`/repos/owner/${repo}`, { login: 'reader' });
    const again = await forge.fetch(`/repos/owner/${repo}`, {
      login: 'reader',
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    expect(again.headers.get('x-ratelimit-used')).toBe(first.headers.get('x-ratelimit-used'));
  });

  it('can be taken out of the archive again, or deleted in it, and nothing else', async () => {
    const repository = await forge.repository();
    const { repos, issues } = forge.as('owner').rest;
    expect((await repos.update({ ...repository, archived: true })).data.archived).toBe(true);
    expect((await refusal(issues.create({ ...repository, title: 'Late' }))).status).toBe(403);
    expect((await refusal(repos.update({ ...repository, description: 'Late' }))).status).toBe(403);
    expect((await repos.update({ ...repository, archived: false })).data.archived).toBe(false);
    expect((await issues.create({ ...repository, title: 'In time' })).data.number).toBe(1);
    await repos.update({ ...repository, archived: true });
    expect((await repos.delete(repository)).status).toBe(204);
  });
});
