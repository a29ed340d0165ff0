// What `once` does when the world answers late, not at all, or no; against a real HTTP service that counts what was done to it.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Octokit } from 'octokit';
import type { Effect } from '../../../src/activities/effects/effect.ts';
import { createOnce, type Once } from '../../../src/activities/effects/once.ts';
import { createSweep } from '../../../src/activities/effects/sweep.ts';
import type { EffectClass, EffectOutcome } from '../../../src/contracts/effect.ts';
import type { Store } from '../../../src/store/store.ts';
import { memoryStore } from '../../store/backends.ts';
import { comment, effectOf, label, merge, message, US, type Target } from './effects.ts';
import { World } from './world.ts';

const installationKey = new TextEncoder().encode('of this installation');
const key = 'task/1/effect';

let world: World;
let store: Store;
let clock: { now: number };
let once: Once;
let target: Target;
beforeEach(async () => {
  world = await World.start();
  ({ store, clock } = await memoryStore());
  once = createOnce({ store, installationKey });
  target = { url: world.url, name: 'x', deadlineMs: 1000 };
});
afterEach(async () => {
  await store.close();
  await world.stop();
});

/** Another attempt after a failure, as Temporal makes it. */
async function retried<Result>(effect: Effect<Result>, attempts: number): Promise<EffectOutcome<Result>> {
  try {
    return await once(key, effect);
  } catch (error) {
    if (attempts === 1) throw error;
    return retried(effect, attempts - 1);
  }
}

const kindsOf = async (): Promise<string[]> => (await store.events.after({ seq: 0, limit: 100, subject: key })).map(({ kind }) => kind);

it('is published without secrets; what it signs in with goes where it belongs', async () => {
  const token = `ghp_${'a1B2'.repeat(9)}`;
  await once(key, {
    ...message(target),
    async act(call) {
      const body = JSON.stringify({ key: call.mark, text: `see ${token}` });
      await call.fetch(`${world.url}/messages`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });
      return { state: 'done', result: null };
    },
  });
  expect(world.messages.map(({ text }) => text)).toEqual(['see [redacted: GitHub token]']);
  expect(world.signedInWith).toEqual([`Bearer ${token}`]);
});

describe.each<EffectClass>(['guarded', 'convergent', 'marked', 'unprobeable'])('a %s effect', (effectClass) => {
  it('is done for the first call and only remembered for the next', async () => {
    const first = await once(key, effectOf(effectClass, target));
    expect(first).toMatchObject({ state: 'done' });
    expect(await once(key, effectOf(effectClass, target))).toEqual(first);
    expect(world.writes).toBe(1);
  });

  it('is done by a retry when the world never got it', async () => {
    world.faults.push({ kind: 'not applied' });
    expect(await retried(effectOf(effectClass, target), 2)).toMatchObject({ state: 'done' });
    expect(world.merges.length + world.labels.size + world.comments.length + world.messages.length).toBe(1);
  });

  it('is not done by a second holder while the first one holds its key', async () => {
    let letGo = (): void => undefined;
    const applied = new Promise<void>((resolve) => {
      world.onApplied = () => {
        resolve();
        return new Promise((go) => (letGo = go));
      };
    });
    const first = once(key, effectOf(effectClass, { ...target, deadlineMs: 10_000 }));
    await applied;
    const second = once(key, effectOf(effectClass, { ...target, deadlineMs: 10_000 }));
    await expect(second).rejects.toMatchObject({ type: 'EffectHeld', nonRetryable: false, nextRetryDelay: 1_000 });
    letGo();
    expect(await first).toMatchObject({ state: 'done' });
    expect(world.writes).toBe(1);
  });
});

describe('an answer that was lost after the effect', () => {
  it.each<[EffectClass, number]>([
    ['guarded', 1],
    ['marked', 1],
    ['unprobeable', 2],
  ])('leaves a %s effect done, sent %i times', async (effectClass, writes) => {
    world.faults.push({ kind: 'answer lost' });
    expect(await retried(effectOf(effectClass, target), 2)).toMatchObject({ state: 'done' });
    expect(world.writes).toBe(writes);
  });

  it('makes copies of an unprobeable effect that bear the same key', async () => {
    world.faults.push({ kind: 'answer lost' });
    await retried(message(target), 2);
    expect(world.messages).toHaveLength(2);
    expect(new Set(world.messages.map((sent) => sent.key)).size).toBe(1);
  });

  it('is on record as found, not as done', async () => {
    world.faults.push({ kind: 'answer lost' });
    await retried(comment(target), 2);
    expect(await kindsOf()).toEqual(['effect.claimed', 'effect.failed', 'effect.claimed', 'effect.found']);
  });

  it('does not turn into a refusal when the effect is seen only after the retry was refused', async () => {
    const effect = merge(target);
    let looks = 0;
    const hidden: typeof effect = { ...effect, probe: (call) => (++looks === 1 ? Promise.resolve(undefined) : effect.probe(call)) };
    world.faults.push({ kind: 'answer lost' });
    expect(await retried(hidden, 2)).toEqual({ state: 'done', result: { merged: true } });
    expect(world.merges).toEqual(['x']);
  });
});

describe('a refusal by the other side', () => {
  it('is an outcome, and is not asked for again', async () => {
    world.merges.push('x');
    expect(await once(key, merge(target))).toEqual({ state: 'refused', because: 'merged already' });
    expect(await once(key, merge(target))).toEqual({ state: 'refused', because: 'merged already' });
    expect(world.writes).toBe(1);
    expect(await kindsOf()).toEqual(['effect.claimed', 'effect.refused']);
  });
});

describe('an answer that comes too late', () => {
  it('ends with the deadline, also where a client ignores the signal', async () => {
    const never: Effect<null> = { ...label({ ...target, deadlineMs: 50 }), act: () => new Promise(() => undefined) };
    await expect(once(key, never)).rejects.toMatchObject({ type: 'EffectTimedOut', nonRetryable: false });
    expect(await kindsOf()).toEqual(['effect.claimed', 'effect.failed']);
  });

  it('keeps the next attempt away until the world no longer hides what was done', async () => {
    world.faults.push({ kind: 'answer lost' });
    const hidden = { ...comment(target), visibleWithinMs: 60_000 };
    await expect(once(key, hidden)).rejects.toThrow('fetch failed');
    await expect(once(key, hidden)).rejects.toMatchObject({ type: 'EffectHeld' });
    clock.now += 60_000;
    expect(await once(key, hidden)).toMatchObject({ state: 'done' });
    expect(world.comments).toHaveLength(1);
  });

  it('of a marked effect makes a double that the sweep takes away, and the one on record stays', async () => {
    const late = Promise.withResolvers<undefined>();
    world.faults.push({ kind: 'applied late', when: late.promise });
    const outcome = await retried(comment(target), 2);
    late.resolve(undefined);
    await world.settled();
    expect(world.comments).toHaveLength(2);

    const sweep = createSweep({ store, installationKey, quietMs: 60_000, effects: { 'world.comment': (it) => comment(it as Target) } });
    expect(await sweep()).toBe(0);
    clock.now += 60_000;
    expect(await sweep()).toBe(1);
    expect(world.comments.map(({ id }) => ({ state: 'done', result: { id } }))).toEqual([outcome]);
    expect(await sweep()).toBe(0);
    expect((await kindsOf()).at(-1)).toBe('effect.swept');
  });
});

describe('a mark', () => {
  it('that a stranger has copied is not taken for ours', async () => {
    world.faults.push({ kind: 'answer lost' });
    await expect(once(key, comment(target))).rejects.toThrow();
    const [ours] = world.comments;
    world.comments.splice(0, 1, { id: 900, author: 'stranger', text: ours?.text ?? '' });
    expect(await once(key, comment(target))).toMatchObject({ state: 'done' });
    expect(world.comments.map(({ author }) => author)).toEqual(['stranger', US]);
  });

  it('differs between keys and between installations', async () => {
    await once('task/1/a', comment(target));
    await once('task/1/b', comment(target));
    await createOnce({ store, installationKey: new Uint8Array(32) })('task/1/c', comment(target));
    expect(new Set(world.comments.map(({ text }) => text)).size).toBe(3);
  });
});

describe('a client that retries beneath the ledger', () => {
  it('is refused its second write, and the effect is still done once', async () => {
    const { url } = world;
    const effect = comment(target);
    const retrying: typeof effect = {
      ...effect,
      act: async (call) => {
        // Octokit with its retry plugin, as it comes out of the box.
        const octokit = new Octokit({ baseUrl: url, request: { fetch: call.fetch }, retry: { retryAfterBaseValue: 1 } });
        const { data } = (await octokit.request('POST /comments', { author: US, text: call.mark })) as { data: { id: number } };
        return { state: 'done', result: { id: data.id } };
      },
    };
    world.faults.push({ kind: 'answer lost' });
    await expect(once(key, retrying)).rejects.toThrow('retried beneath the ledger');
    expect(world.writes).toBe(1);
    expect(await once(key, retrying)).toMatchObject({ state: 'done' });
    expect(world.comments).toHaveLength(1);
  });
});
