// The forge’s own queue, where it has one.
import { describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.ts';
import { done, REFUSED, type Tried } from './tried.ts';

export function queue(t: Tried): void {
  const { at, mergeOf, staged } = t;
  describe('has a queue', () => {
    it('that takes a request at the head that we know, once, and gives it back to us alone', async () => {
      await staged();
      const [number, theirs] = [await t.stage.request('feature'), await t.stage.request('theirs')];
      const old = (await t.stage.tip('feature')) ?? '';
      await t.stage.queueWith('build');
      const head = await t.stage.commit('feature', { 'more.txt': 'more\n' });
      await t.stage.status(head, 'build', 'success');
      await t.stage.status((await t.stage.tip('theirs')) ?? '', 'build', 'success');
      await mergeOf(number);
      const nothing = { us: t.world.logins.us, entry: null, added: { times: 0, by: null }, left: null, addedAt: null };
      expect(await t.forge.queue(at(number))).toEqual(nothing);
      expect(await t.forge.dequeue(at(number))).toEqual(done({}));

      expect(await t.forge.enqueue(at(number), old)).toEqual(REFUSED);
      expect((await t.forge.queue(at(number))).entry).toBeNull();
      const put = await t.forge.enqueue(at(number), head);
      expect(put).toEqual(done({ by: t.world.logins.us, at: expect.any(String) }));
      const seen = await t.forge.queue(at(number));
      expect(seen).toMatchObject({ entry: { by: t.world.logins.us, position: 1 }, added: { times: 1, by: t.world.logins.us }, left: null });
      expect(seen.addedAt).toBe(put.state === 'done' ? put.result.at : '');
      expect(await t.forge.enqueue(at(number), head)).toEqual(REFUSED);
      expect((await t.forge.queue(at(number))).added.times).toBe(1);

      await t.stage.queueAs('owner', theirs, 'in');
      expect(await t.forge.dequeue(at(theirs))).toEqual(REFUSED);
      expect((await t.forge.queue(at(theirs))).entry?.by).toBe(t.world.logins.owner);
      expect(await t.forge.dequeue(at(number))).toEqual(done({}));
      expect(await t.forge.dequeue(at(number))).toEqual(done({}));
      const after = await t.forge.queue(at(number));
      expect(after).toMatchObject({ entry: null, added: { times: 1 }, left: { by: t.world.logins.us, why: expect.stringMatching(/\S/) } });
      expect(await t.forge.failedInQueue(at(number))).toBeNull();
    });

    it('that tells where CI has failed on a request', async () => {
      await staged();
      await t.stage.commit('main', t.stage.ci('queue', 'build', 'exit 1'));
      const number = await t.stage.request('feature');
      const head = (await t.stage.tip('feature')) ?? '';
      await t.stage.queueWith('build');
      await t.stage.status(head, 'build', 'success');
      expect(await t.forge.failedInQueue(at(number))).toBeNull();
      await mergeOf(number);
      expect(await t.forge.enqueue(at(number), head)).toMatchObject({ state: 'done' });
      const { left } = await until(
        'it has left',
        async () => {
          const seen = await t.forge.queue(at(number));
          return seen.entry === null && seen;
        },
        30,
      );
      expect(left).toMatchObject({ why: expect.stringMatching(/\S/), at: expect.any(String) });
      expect(await t.forge.failedInQueue(at(number))).toContain('http');
      expect((await t.forge.request(at(number))).state).toBe('open');
    }, 60_000);
  });
}
