// What the parts of the suite have in common: the forge that is tried, the repository of the test that runs, and how ends of calls are looked at.
import { expect } from '@jest/globals';
import { refusalOf } from '../../../src/activities/forge/errors.ts';
import type { ForgeProvider, Numbered, Seen, Talk } from '../../../src/activities/forge/provider.ts';
import type { ForgeFacts } from '../../../src/contracts/gates.ts';
import type { MergeRequestRef } from '../../../src/contracts/work.ts';
import { until } from '../../support/until.ts';
import type { ForgeUnderTest, Stage, Who } from '../stage.ts';

export interface Tried {
  world: ForgeUnderTest;
  /** As us. */
  forge: ForgeProvider;
  /** Of the test that runs, once it has asked for one. */
  stage: Stage;
  readonly staged: (options?: { readonly private?: boolean }) => Promise<Stage>;
  readonly by: (who: Who) => ForgeProvider;
  readonly at: (number: number) => Numbered;
  readonly ref: (number: number) => MergeRequestRef;
  readonly facts: (number: number) => Promise<Seen['now']>;
  readonly talk: (number: number) => Promise<Talk>;
  /** What the forge makes of a request once it has made up its mind. */
  readonly mergeOf: (number: number) => Promise<ForgeFacts['merge']>;
}

export function tried(): Tried {
  const t: Tried = {
    ...({} as Pick<Tried, 'world' | 'forge' | 'stage'>), // before the first test
    staged: (options) => t.world.stage(options).then((stage) => (t.stage = stage)),
    by: (who) => t.world.forge(who)(),
    at: (number) => ({ ...t.stage.place, number }),
    ref: (number) => ({ host: t.world.host, ...t.stage.place, number }),
    facts: async (number) => (await t.forge.facts(t.ref(number))).now,
    talk: async (number) => (await t.forge.facts(t.ref(number))).talk,
    mergeOf: (number) =>
      until('it says whether it can be merged', async () => {
        const { merge } = await t.facts(number);
        return merge !== 'pending' && merge;
      }),
  };
  return t;
}

/** A commit that no repository has. */
export const NONE = '0123456789'.repeat(4);

export const thrown = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => new Error(`was answered: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );

/** Why the forge refuses, as the policy hears of it. */
export async function reason(call: Promise<unknown>): Promise<string> {
  const error = await thrown(call);
  return refusalOf(error)?.reason ?? String(error);
}

export const done = (result: unknown = null) => ({ state: 'done', result });
export const REFUSED = { state: 'refused', because: expect.stringMatching(/\S/) };
