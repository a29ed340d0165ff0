// The scenarios of second-opinion/ against the forge and against `emulate`, another fake of GitHub, which nobody here has written. Where the
// two differ, GitHub's documentation decides; devkit/forge/emulate.md has every difference, and this test holds it to it, both ways.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEmulator, type Emulator } from 'emulate';
import { Octokit } from 'octokit';
import { eventually, ROOT, startTestForge, type TestForge } from './harness.ts';
import type { Facts, World } from './second-opinion/asking.ts';
import { SCENARIOS } from './second-opinion/scenarios.ts';

const PEOPLE = ['owner', 'writer', 'reader', 'stranger'] as const;
const NAMES = Object.keys(SCENARIOS);
const repositoryOf = (scenario: string): string => `opinion-${scenario.replace(' ', '-')}`;

let forge: TestForge;
let emulator: Emulator;
beforeAll(async () => {
  forge = await startTestForge();
  emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: Object.fromEntries(PEOPLE.map((login) => [`token-of-${login}`, { login, scopes: ['repo', 'user', 'delete_repo'] }])),
      github: {
        users: PEOPLE.map((login) => ({ login })),
        repos: NAMES.map((name) => ({ owner: 'owner', name: repositoryOf(name), auto_init: true })),
      },
    },
  });
});
afterAll(async () => {
  await emulator.close();
  await forge.stop();
});

/** A connection for each request: the emulator closes those that are idle for 5 s, on a busy machine in the middle of the next request. */
const fetchAlone: typeof fetch = (url, init) => {
  const headers = new Headers(init?.headers);
  headers.set('connection', 'close');
  return fetch(url, { ...init, headers });
};

/** Octokit without the checks against GitHub's schemas, which `emulate` need not pass. */
const emulated = (login: string): Octokit =>
  new Octokit({
    baseUrl: emulator.url,
    auth: `token-of-${login}`,
    retry: { enabled: false },
    throttle: { enabled: false },
    request: { fetch: fetchAlone },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });

async function inEmulator(scenario: string): Promise<World> {
  const place = { owner: 'owner', repo: repositoryOf(scenario) };
  const { repos } = emulated('owner').rest;
  await repos.addCollaborator({ ...place, username: 'writer', permission: 'push' });
  await repos.addCollaborator({ ...place, username: 'reader', permission: 'pull' });
  return { as: emulated, place, comes: () => Promise.resolve() };
}

const recorded = readFileSync(path.join(ROOT, 'devkit/forge/emulate.md'), 'utf8')
  .split('\n')
  .map((line) => /^\| (?<scenario>[^|]+?) › (?<fact>[^|]+?) \|/.exec(line)?.groups)
  .filter((groups) => groups !== undefined)
  .map(({ scenario, fact }) => ({ scenario, fact }));

describe('the forge and emulate', () => {
  it.each(NAMES)('differ in nothing but what is recorded: %s', async (name) => {
    const scenario = SCENARIOS[name] as (world: World) => Promise<Facts>;
    const place = await forge.repository(repositoryOf(name));
    const ours = await scenario({
      as: (login) => forge.as(login),
      place,
      comes: async (what, isThere) => void (await eventually(what, isThere)),
    });
    const theirs = await scenario(await inEmulator(name));
    const told = (fact: string): string => `${name} › ${fact}: ${JSON.stringify(ours[fact])}, emulate: ${JSON.stringify(theirs[fact])}`;
    const differing = Object.keys(ours).filter((fact) => JSON.stringify(ours[fact]) !== JSON.stringify(theirs[fact]));
    const expected = recorded.filter(({ scenario: where }) => where === name).map(({ fact }) => fact ?? '');
    expect({
      'not recorded': differing.filter((fact) => !expected.includes(fact)).map(told),
      'recorded, and not so': expected.filter((fact) => !differing.includes(fact)).map(told),
    }).toEqual({ 'not recorded': [], 'recorded, and not so': [] });
  });

  it('have no difference on record for what nobody asks', () => {
    expect(recorded.filter(({ scenario }) => !NAMES.includes(scenario ?? ''))).toEqual([]);
    expect(recorded.length).toBeGreaterThan(0);
  });
});
