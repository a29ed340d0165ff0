// The client of the forge: what was read before costs no quota, is the answer of now all the same, and everything is counted.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApplicationFailure } from '@temporalio/common';
import { createAnswers } from '../../../src/activities/forge/conditional.ts';
import { isOfForge, isUnavailable } from '../../../src/activities/forge/errors.ts';
import { createClient } from '../../../src/activities/forge/github/client.ts';
import { statusOf } from '../../../src/activities/forge/github/errors.ts';
import { isLimit } from '../../../src/activities/forge/limit.ts';
import { createMeter } from '../../../src/activities/forge/meter.ts';
import type { ForgeCalls, ForgeQuota } from '../../../src/store/operations/forge-use.ts';
import { startTestForge, type TestForge } from '../../forge/harness.ts';
import { until } from '../../support/until.ts';

let world: TestForge;
beforeAll(async () => {
  world = await startTestForge();
}, 60_000);
afterAll(() => world.stop());

interface Used {
  readonly calls: readonly ForgeCalls[];
  readonly quotas: readonly ForgeQuota[];
}

function client(characters?: number) {
  const written: Used[] = [];
  const meter = createMeter({ forgeUse: { add: async (used: Used) => void written.push(used) } } as never);
  const forge = createClient({ apiUrl: world.url, token: world.tokens['writer'] }, { answers: createAnswers(characters), meter });
  const used = async (): Promise<Used> => {
    await meter.flush();
    return written.at(-1) ?? { calls: [], quotas: [] };
  };
  return { forge, used, written };
}

describe('a client of the forge', () => {
  it('asks again only whether something has changed, and gives the answer of now', async () => {
    const place = await world.repository();
    const { data } = await world.as('owner').rest.issues.create({ ...place, title: 'First' });
    const { forge, used } = client();
    const read = async (): Promise<string> => (await forge().rest.issues.get({ ...place, issue_number: data.number })).data.title;
    expect([await read(), await read(), await read()]).toEqual(['First', 'First', 'First']);
    const first = await used();
    expect(first.calls).toEqual([{ hour: expect.any(Number), resource: 'core', calls: 3, unchanged: 2 }]);
    const [{ most = 0, remaining = 0 } = {}] = first.quotas;
    expect(most - remaining).toBe(1);

    await world.as('owner').rest.issues.update({ ...place, issue_number: data.number, title: 'Second' });
    expect([await read(), await read()]).toEqual(['Second', 'Second']);
    expect((await used()).calls).toMatchObject([{ calls: 2, unchanged: 1 }]);
  });

  it('pages through what is unchanged', async () => {
    const place = await world.repository();
    for (const title of ['a', 'b', 'c']) await world.as('owner').rest.issues.create({ ...place, title });
    const { forge, used } = client();
    const titles = async (): Promise<string[]> => {
      const octokit = forge();
      return (await octokit.paginate(octokit.rest.issues.listForRepo, { ...place, per_page: 2 })).map(({ title }) => title);
    };
    expect(await titles()).toEqual(['c', 'b', 'a']);
    expect(await titles()).toEqual(['c', 'b', 'a']);
    expect((await used()).calls).toMatchObject([{ calls: 4, unchanged: 2 }]);
  });

  it('says what is true now beside an answer that is the one of then', async () => {
    const place = await world.repository();
    const { forge } = client();
    const left = async (): Promise<number> => Number((await forge().rest.repos.get(place)).headers['x-ratelimit-remaining']);
    const before = await left();
    await forge().rest.repos.listBranches(place);
    expect(await left()).toBe(before - 1);
  });

  it('remembers a bounded amount, and no refusals', async () => {
    const place = await world.repository();
    const { forge, used } = client(10);
    for (let at = 0; at < 2; at++) {
      await forge().rest.repos.get(place);
      await expect(forge().rest.issues.get({ ...place, issue_number: 99 })).rejects.toMatchObject({ status: 404 });
    }
    expect((await used()).calls).toMatchObject([{ calls: 4, unchanged: 0 }]);
  });

  it('writes nothing where nothing was asked', async () => {
    const { used, written } = client();
    await used();
    expect(written).toEqual([]);
  });

  it('throws a limit as such, with the time that the forge wants, and sends nothing until then', async () => {
    const place = await world.repository();
    const { forge, used } = client();
    const secondary = { kind: 'secondary-limit', retryAfter: 1 };
    await world.control('POST', '/_faults', { route: 'repos/get', when: 'before', fault: secondary, count: 1 });
    const failure = await forge()
      .rest.repos.get(place)
      .catch((error: unknown) => error);
    expect(isLimit(failure)).toBe(true);
    expect(failure).toMatchObject({ nonRetryable: false, message: expect.stringContaining('secondary rate limit') });
    expect(Number((failure as ApplicationFailure).nextRetryDelay)).toBeGreaterThanOrEqual(1_000);
    expect(Number((failure as ApplicationFailure).nextRetryDelay)).toBeLessThan(1_200);
    // It is no word on the repository: neither "not there" nor "not allowed".
    expect([statusOf(failure), isOfForge(failure), isUnavailable(failure)]).toEqual([undefined, true, true]);
    expect(
      isLimit(
        await forge()
          .graphql('{ viewer { login } }')
          .catch((error: unknown) => error),
      ),
    ).toBe(true);
    expect((await used()).calls).toMatchObject([{ calls: 1 }]);
    await until('the limit is over', () => forge().rest.repos.get(place));
  });

  it('waits for the end of the hour where the quota of REST is used up, and asks GraphQL all the same', async () => {
    const poor = await startTestForge({ arguments: ['--undelayed', '--requests-per-hour', '2'] });
    const octokit = createClient({ apiUrl: poor.url, token: poor.tokens['writer'] })();
    for (let at = 0; at < 2; at++) await octokit.rest.users.getAuthenticated();
    const failure = await octokit.rest.users.getAuthenticated().catch((error: unknown) => error);
    expect(isLimit(failure) && Number(failure.nextRetryDelay) > 50 * 60_000).toBe(true);
    expect(await octokit.graphql('{ viewer { login } }')).toEqual({ viewer: { login: 'writer' } });
    await poor.stop();
  });
});
