import { afterEach, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge | undefined;
afterEach(() => forge?.stop());

const start = async (...options: string[]): Promise<TestForge> => (forge = await startTestForge({ arguments: options }));

describe('the limit on requests an hour', () => {
  it('is told with every answer, refuses what is above it until the hour is over, and is a token’s own', async () => {
    const started = await start('--undelayed', '--requests-per-hour', '5');
    const used: (string | undefined)[] = [];
    for (let index = 0; index < 5; index++) {
      const { headers } = await started.as('reader').rest.users.getAuthenticated();
      expect(headers['x-ratelimit-limit']).toBe('5');
      used.push(headers['x-ratelimit-remaining']);
    }
    expect(used).toEqual(['4', '3', '2', '1', '0']);
    const { status, body, headers } = await refusal(started.as('reader').rest.users.getAuthenticated());
    expect([status, headers['x-ratelimit-remaining'], headers['x-ratelimit-resource']]).toEqual([403, '0', 'core']);
    expect(body.message).toContain('API rate limit exceeded');
    const reset = Number(headers['x-ratelimit-reset']) * 1_000 - Date.now();
    expect(reset).toBeGreaterThan(59 * 60_000);
    expect(reset).toBeLessThan(61 * 60_000);
    expect((await started.as('writer').rest.users.getAuthenticated()).status).toBe(200);
    expect((await started.fetch('/rate_limit', { login: 'reader' })).status).toBe(200);
  });

  it('is not touched by answers 304, nor by asking for it', async () => {
    const started = await start('--undelayed', '--requests-per-hour', '3');
    const first = await started.fetch('/user', { login: 'reader' });
    const tag = { 'if-none-match': first.headers.get('etag') ?? '' };
    for (let index = 0; index < 5; index++) expect((await started.fetch('/user', { login: 'reader', headers: tag })).status).toBe(304);
    expect((await started.as('reader').rest.rateLimit.get()).data.resources.core).toMatchObject({ limit: 3, used: 1, remaining: 2 });
  });
});

describe('limits of their own', () => {
  it('have searches, searches for code, and people without a token', async () => {
    const started = await start();
    const resources = async (login?: string): Promise<Record<string, { limit: number; used: number }>> => {
      const answer = await started.fetch('/rate_limit', login === undefined ? {} : { login });
      return ((await answer.json()) as { resources: Record<string, { limit: number; used: number }> }).resources;
    };
    for (let index = 0; index < 30; index++) expect((await started.fetch('/search/issues?q=x', { login: 'reader' })).status).toBe(200);
    const refused = await started.fetch('/search/issues?q=x', { login: 'reader' });
    expect([refused.status, refused.headers.get('x-ratelimit-resource')]).toEqual([403, 'search']);
    expect(Number(refused.headers.get('x-ratelimit-reset')) * 1_000 - Date.now()).toBeLessThan(61_000);
    expect(await resources('reader')).toMatchObject({
      core: { limit: 5_000, used: 0 },
      search: { limit: 30, used: 30 },
      code_search: { limit: 10, used: 0 },
    });
    await started.fetch('/users/owner');
    expect(await resources()).toMatchObject({ core: { limit: 60, used: 1 }, search: { limit: 10, used: 0 } });
  });
});

describe('secondary limits', () => {
  it('refuse a burst of new content, and say when to come back', async () => {
    const started = await start();
    const create = (index: number): Promise<unknown> =>
      started.as('writer').rest.repos.createForAuthenticatedUser({ name: `burst-${index}` });
    for (let index = 0; index < 80; index++) await create(index);
    const { status, body, headers } = await refusal(create(80));
    expect([status, body.message]).toEqual([403, expect.stringContaining('secondary rate limit')]);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(Number(headers['x-ratelimit-remaining'])).toBeGreaterThan(0);
    await started.as('writer').rest.users.getAuthenticated();
  });

  it('refuse more than 100 requests of one token at once', async () => {
    const started = await start('--undelayed');
    await started.control('POST', '/_faults', { route: 'users/get-authenticated', when: 'after', fault: { kind: 'delay', ms: 3_000 } });
    const answers = await Promise.all(Array.from({ length: 130 }, () => started.fetch('/user', { login: 'reader' })));
    const refused = answers.filter(({ status }) => status === 403);
    expect([refused.length, answers.length - refused.length]).toEqual([30, 100]);
    expect(refused.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
  });
});
