import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, git, refusal, startTestForge, type TestForge } from './harness.ts';

interface Effect {
  readonly sequence: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly repository: string;
  readonly subject: string;
}

let forge: TestForge;
let folder: string;
beforeAll(async () => {
  forge = await startTestForge();
  folder = mkdtempSync(path.join(tmpdir(), 'control-'));
});
afterEach(() => forge.control('DELETE', '/_faults'));
afterAll(async () => {
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

const fault = (route: string, when: 'before' | 'after', kind: object, more: object = {}): Promise<{ id: number }> =>
  forge.control('POST', '/_faults', { route, when, fault: kind, ...more });

/** Makes a repository as `owner`, and how often that took place, counted from outside. */
const create = (name: string): Promise<unknown> => forge.as('owner').rest.repos.createForAuthenticatedUser({ name });
const effectsOf = async (name: string): Promise<number> =>
  (await forge.control<Effect[]>('GET', '/_effects?limit=10000')).filter(
    ({ kind, repository }) => kind === 'repository.created' && repository === `owner/${name}`,
  ).length;

/** What a person sees of a call: its status, or that the connection was cut. */
const seen = (call: Promise<unknown>): Promise<number | 'cut' | 'fine'> =>
  call.then(
    () => 'fine',
    (error: { status?: number; response?: unknown }) => (error.response === undefined ? 'cut' : (error.status ?? 'cut')),
  );

describe('faults of the API', () => {
  it.each([
    ['a status', { kind: 'status', status: 503 }, 503],
    ['a cut connection', { kind: 'cut' }, 'cut'],
  ] as const)('before an effect: %s, and nothing takes place', async (_name, kind, expected) => {
    const name = `before-${expected}`;
    await fault('repos/create-for-authenticated-user', 'before', kind, { count: 1 });
    expect(await seen(create(name))).toBe(expected);
    expect(await effectsOf(name)).toBe(0);
    expect(await seen(create(name))).toBe('fine');
    expect(await effectsOf(name)).toBe(1);
  });

  it.each([
    ['a status', { kind: 'status', status: 502 }, 502],
    ['a cut connection', { kind: 'cut' }, 'cut'],
  ] as const)('after an effect: %s, and it took place once', async (_name, kind, expected) => {
    const name = `after-${expected}`;
    await fault('repos/create-for-authenticated-user', 'after', kind, { count: 1 });
    expect(await seen(create(name))).toBe(expected);
    expect(await effectsOf(name)).toBe(1);
    expect(await seen(create(name))).toBe(422);
    expect(await effectsOf(name)).toBe(1);
  });

  it('delay an answer, before or after the effect', async () => {
    await fault('users/get-authenticated', 'before', { kind: 'delay', ms: 300 }, { count: 1 });
    await fault('users/get-authenticated', 'after', { kind: 'delay', ms: 300 }, { count: 1 });
    const began = performance.now();
    await forge.as('owner').rest.users.getAuthenticated();
    expect(performance.now() - began).toBeGreaterThanOrEqual(595);
  });

  it('answer from facts that are no longer true', async () => {
    const { owner, repo } = await forge.repository();
    await forge.as('owner').rest.repos.update({ owner, repo, description: 'new' });
    await fault('repos/get', 'before', { kind: 'stale', ms: 50_000 }, { count: 1 });
    expect((await refusal(forge.as('owner').rest.repos.get({ owner, repo }))).status).toBe(404);
    expect((await forge.as('owner').rest.repos.get({ owner, repo })).data.description).toBe('new');
  });

  it('refuse with a secondary limit and when to come back', async () => {
    await fault('users/*', 'before', { kind: 'secondary-limit', retryAfter: 7 }, { count: 1 });
    const { status, body, headers } = await refusal(forge.as('owner').rest.users.getAuthenticated());
    expect([status, headers['retry-after']]).toEqual([403, '7']);
    expect(body.message).toContain('secondary rate limit');
  });

  it('refuse with 429 and when to come back', async () => {
    await fault('users/*', 'before', { kind: 'status', status: 429, retryAfter: 3 }, { count: 1 });
    const { status, headers } = await refusal(forge.as('owner').rest.users.getAuthenticated());
    expect([status, headers['retry-after']]).toEqual([429, '3']);
  });

  it('strike with the probability and the seed that they are given, and count their hits', async () => {
    const run = async (): Promise<(number | string)[]> => {
      await forge.control('DELETE', '/_faults');
      await fault('users/get-authenticated', 'before', { kind: 'status', status: 500 }, { probability: 0.5, seed: 42 });
      const results: (number | string)[] = [];
      for (let index = 0; index < 20; index++) results.push(await seen(forge.as('reader').rest.users.getAuthenticated()));
      const [held] = await forge.control<{ hits: number }[]>('GET', '/_faults');
      expect(held?.hits).toBe(results.filter((result) => result === 500).length);
      return results;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([500, 'fine']));
    expect(await run()).toEqual(first);
  });

  it('hold a call before or after its effect until they are removed', async () => {
    const place = await forge.repository();
    for (const [when, seenMeanwhile] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      const { id } = await fault('issues/create', when, { kind: 'hold' }, { count: 1 });
      const title = `held ${when}`;
      const call = forge.as('owner').rest.issues.create({ ...place, title });
      await eventually('the call is held', async () => {
        const [held] = await forge.control<{ hits: number }[]>('GET', '/_faults');
        const { data } = await forge.as('owner').rest.issues.listForRepo(place);
        return held?.hits === 1 && data.filter((issue) => issue.title === title).length === seenMeanwhile;
      });
      await forge.control('DELETE', `/_faults?id=${id}`);
      expect((await call).data.title).toBe(title);
    }
  });

  it('strike in one repository, or one person, where they are told so', async () => {
    const [here, there] = [await forge.repository(), await forge.repository()];
    await fault('repos/get', 'before', { kind: 'status', status: 500 }, { repository: `${here.owner}/${here.repo}`, actor: 'writer' });
    expect(await seen(forge.as('writer').rest.repos.get(there))).toBe('fine');
    expect(await seen(forge.as('reader').rest.repos.get(here))).toBe('fine');
    expect(await seen(forge.as('writer').rest.repos.get(here))).toBe(500);
  });

  it('are listed, and end when they are removed', async () => {
    const { id } = await fault('users/get-authenticated', 'before', { kind: 'status', status: 500 });
    await fault('users/get-by-username', 'before', { kind: 'status', status: 500 });
    expect(await seen(forge.as('owner').rest.users.getAuthenticated())).toBe(500);
    await forge.control('DELETE', `/_faults?id=${id}`);
    expect(await seen(forge.as('owner').rest.users.getAuthenticated())).toBe('fine');
    expect(await forge.control('GET', '/_faults')).toEqual([expect.objectContaining({ route: 'users/get-by-username', hits: 0 })]);
  });

  it.each([
    ['a misspelt route', { route: 'issue/create', when: 'before', fault: { kind: 'cut' } }, 'No route is called'],
    ['a loss of what is no webhook', { route: 'issues/create', when: 'before', fault: { kind: 'lost' } }, 'cannot strike before a call'],
    ['stale facts after the effect', { route: 'repos/get', when: 'after', fault: { kind: 'stale', ms: 1 } }, 'cannot strike after'],
    ['GraphQL in one repository', { route: 'graphql', when: 'before', fault: { kind: 'cut' }, repository: 'a/b' }, 'within the question'],
    ['an unknown kind', { route: 'repos/get', when: 'before', fault: { kind: 'flood' } }, '/fault'],
    ['an unknown key', { route: 'repos/get', when: 'before', fault: { kind: 'cut' }, times: 2 }, 'the body must not have times'],
  ])('that could never strike are refused: %s', async (_name, body, words) => {
    await expect(forge.control('POST', '/_faults', body)).rejects.toThrow(words);
    expect(await forge.control('GET', '/_faults')).toEqual([]);
  });
});

describe('faults of git', () => {
  const clone = async (repository: { owner: string; repo: string }): Promise<string> => {
    const directory = mkdtempSync(path.join(folder, 'clone-'));
    await git(directory, 'clone', '-q', forge.remote(repository, 'writer'), '.');
    await git(directory, 'commit', '-q', '--allow-empty', '-m', 'More');
    return directory;
  };
  const updates = async ({ repo }: { repo: string }): Promise<number> =>
    (await forge.control<Effect[]>('GET', '/_effects?limit=10000')).filter(
      ({ kind, repository }) => kind === 'ref.updated' && repository === `owner/${repo}`,
    ).length;

  it('refuse a push before anything has moved', async () => {
    const repository = await forge.repository();
    const directory = await clone(repository);
    await fault('git/receive-pack', 'before', { kind: 'status', status: 503 });
    await expect(git(directory, 'push', '-q', 'origin', 'main')).rejects.toThrow('503');
    expect(await updates(repository)).toBe(0);
  });

  it('lose the answer to a push that took place, and the next one finds it done', async () => {
    const repository = await forge.repository();
    const directory = await clone(repository);
    await fault('git/receive-pack', 'after', { kind: 'cut' }, { count: 1 });
    await expect(git(directory, 'push', '-q', 'origin', 'main')).rejects.toThrow();
    expect(await updates(repository)).toBe(1);
    await git(directory, 'push', '-q', 'origin', 'main');
    expect(await updates(repository)).toBe(1);
  });

  it('cut a fetch', async () => {
    const repository = await forge.repository();
    await fault('git/upload-pack', 'before', { kind: 'cut' }, { count: 1 });
    await expect(git(folder, 'ls-remote', forge.remote(repository, 'reader'))).rejects.toThrow();
    expect(await git(folder, 'ls-remote', forge.remote(repository, 'reader'))).toContain('refs/heads/main');
  });
});

describe('effects', () => {
  it('are listed in their order, page by page, with who and when', async () => {
    const { repo } = await forge.repository();
    const all = await forge.control<Effect[]>('GET', '/_effects?limit=10000');
    expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_effect, index) => index + 1));
    const last = all.at(-1)?.sequence ?? 0;
    expect(await forge.control<Effect[]>('GET', `/_effects?after=${last - 2}&limit=1`)).toEqual([all.at(-2)]);
    const made = all.find(({ kind, subject }) => kind === 'repository.created' && subject === repo);
    expect(made).toMatchObject({ actor: 'owner', repository: `owner/${repo}` });
    expect(Math.abs(Date.now() - (made?.at ?? 0))).toBeLessThan(60_000);
    const rest = await forge.control<Effect[]>('GET', `/_effects?after=${last}`);
    expect(rest).toEqual([]);
  });
});

describe('people and repositories', () => {
  it('are added with a token of their own, and from a repository that is there', async () => {
    const { token } = await forge.control<{ token: string }>('POST', '/_users', { login: 'robot[bot]', type: 'Bot' });
    const me = await forge.fetch('/user', { headers: { authorization: `token ${token}` } });
    expect(await me.json()).toMatchObject({ login: 'robot[bot]', type: 'Bot' });
    const source = await forge.repository();
    const copy = await forge.repository('copied', { from: path.join(forge.dataDirectory, 'repositories', 'owner', `${source.repo}.git`) });
    expect(await git(folder, 'ls-remote', forge.remote(copy, 'reader'), 'main')).toBe(
      await git(folder, 'ls-remote', forge.remote(source, 'reader'), 'main'),
    );
  });

  it.each([
    ['a person twice', '/_users', { login: 'Owner' }, 'There is a user Owner already.'],
    ['a login that cannot be', '/_users', { login: '../x' }, 'pattern'],
    ...['repos', 'Users', 'user', 'search', 'rate_limit', 'issues', 'graphql', '_faults'].map((login): [string, string, object, string] => [
      `the login ${login}, with which addresses of calls begin`,
      '/_users',
      { login },
      login.includes('_') ? 'pattern' : `${login} is no login`,
    ]),
    ['a name that addresses end in', '/_repositories', { owner: 'owner', name: 'x.git' }, 'is no name for a repository'],
    ['an owner who is not there', '/_repositories', { owner: 'nobody', name: 'x' }, 'There is no user nobody.'],
    ['a name that leaves the folder', '/_repositories', { owner: 'owner', name: '..' }, 'is no name for a repository'],
    ['a name with a slash', '/_repositories', { owner: 'owner', name: 'a/../../b' }, 'is no name for a repository'],
    ['a role that is none', '/_repositories', { owner: 'owner', name: 'x', collaborators: { writer: 'god' } }, '/collaborators/writer'],
  ])('are refused: %s', async (_name, route, body, words) => {
    await expect(forge.control('POST', route, body)).rejects.toThrow(words);
  });

  it('are for the holder of the control token only', async () => {
    const answers = [
      await forge.fetch('/_effects'),
      await forge.fetch('/_effects', { login: 'owner' }),
      await forge.fetch('/_nothing', { headers: { authorization: `Bearer ${forge.controlToken}` } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 501]);
    expect(await answers[2]?.text()).toContain('POST /_faults');
  });
});
