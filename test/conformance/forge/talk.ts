// What people say to a request, and how we answer.
import { describe, expect, it } from '@jest/globals';
import type { Remark } from '../../../src/activities/forge/provider.ts';
import { until } from '../../support/until.ts';
import { done, REFUSED, type Tried } from './tried.ts';

export function talk(t: Tried): void {
  const { by, at, facts, talk, staged } = t;
  describe('has what people say', () => {
    it('oldest first, with who says it, and tells of edits', async () => {
      await staged();
      const number = await t.stage.request('feature');
      const first = await t.stage.remark(number, 'One', 'owner');
      const second = await t.stage.remark(number, 'Two', 'bot');
      const review = await t.stage.review(number, 'request changes', 'reader', 'Not yet.');
      const seen = await talk(number);
      const remark = (id: number, body: string, who: string, isBot = false): Remark => ({
        id,
        body,
        by: who,
        isBot,
        editedAt: null,
        url: expect.stringContaining('http') as never,
        at: expect.any(String) as never,
      });
      const { owner, bot, reader } = t.world.logins;
      expect(seen.us).toBe(t.world.logins.us);
      expect(seen.comments).toEqual([remark(first, 'One', owner), remark(second, 'Two', bot, true)]);
      expect(seen.reviews).toEqual([remark(review, 'Not yet.', reader)]);
      await t.stage.editRemark(first, 'One, better', 'owner');
      const [edited] = (await talk(number)).comments;
      expect(edited).toMatchObject({ id: first, body: 'One, better', at: seen.comments[0]?.at });
      expect(Date.parse(edited?.editedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(edited?.at ?? ''));
      await t.stage.deleteRemark(first);
      expect((await talk(number)).comments.map(({ id }) => id)).toEqual([second]);
    });

    it('in threads, on a line, until they are resolved; and nothing that is not published', async () => {
      await staged();
      const number = await t.stage.request('feature');
      const first = await t.stage.thread(number, 'Rename it.', 'owner');
      await t.forge.comment(at(number), first, 'Done.');
      await t.stage.thread(number, 'Not said yet.', 'us', { pending: true });
      const seen = await talk(number);
      expect(seen.threads.map(({ remarks, ...thread }) => [thread, remarks.map(({ body, by: who }) => [who, body])])).toEqual([
        [
          { id: expect.stringMatching(/\S/), path: 'feature.txt', line: 1, isResolved: false, resolvedBy: null },
          [
            [t.world.logins.owner, 'Rename it.'],
            [t.world.logins.us, 'Done.'],
          ],
        ],
      ]);
      expect((await facts(number)).conversations.open).toBe(1);
      const id = seen.threads[0]?.id ?? '';
      expect(await t.forge.resolveThread(id)).toEqual(done());
      expect(await t.forge.resolveThread(id)).toEqual(done());
      expect((await talk(number)).threads).toMatchObject([{ id, isResolved: true, resolvedBy: t.world.logins.us }]);
      expect((await facts(number)).conversations.open).toBe(0);
    });
  });

  describe('lets us speak', () => {
    it('in a conversation, and finds by its mark what we have said and nothing that others have copied', async () => {
      await staged();
      const number = await t.stage.request('feature');
      const mark = '<!-- signalbox-mark -->';
      const say = (body: string) => t.forge.comment(at(number), null, body);
      const [first, second] = [await say(`One ${mark}`), await say(`Two ${mark}`)];
      await say('Three');
      await t.stage.remark(number, `Copied ${mark}`, 'owner');
      const ids = [first, second].map((outcome) => (outcome.state === 'done' ? outcome.result : { id: 0 }));
      const own = (): Promise<unknown> =>
        until('they are shown', async () => {
          const found = await t.forge.ownComments(at(number), null, mark);
          return found.length >= 2 ? found : undefined;
        });
      expect(await own()).toEqual(ids);
      await t.forge.deleteComment(t.stage.place, null, ids[1]?.id ?? 0);
      await t.forge.deleteComment(t.stage.place, null, ids[1]?.id ?? 0);
      expect(await t.forge.ownComments(at(number), null, mark)).toEqual([ids[0]]);
      expect((await talk(number)).comments.map(({ body }) => body)).toEqual([`One ${mark}`, 'Three', `Copied ${mark}`]);
      expect(await t.forge.ownComments(at(await t.stage.issue({ title: 'Empty' })), null, mark)).toEqual([]);
    });

    it('in a thread, as long as that is there', async () => {
      await staged();
      const number = await t.stage.request('feature');
      const mark = '<!-- signalbox-mark -->';
      const first = await t.stage.thread(number, 'Rename it.', 'owner');
      const said = await t.forge.comment(at(number), first, `Done. ${mark}`);
      const id = said.state === 'done' ? said.result.id : 0;
      expect(await t.forge.ownComments(at(number), first, mark)).toEqual([{ id }]);
      expect(await t.forge.ownComments(at(number), null, mark)).toEqual([]);
      await t.forge.deleteComment(t.stage.place, first, id);
      await t.forge.deleteComment(t.stage.place, first, id);
      expect(await t.forge.ownComments(at(number), first, mark)).toEqual([]);
      const thread = (await talk(number)).threads[0]?.id ?? '';
      await t.stage.deleteThread(first);
      expect(await t.forge.comment(at(number), first, 'Done.')).toEqual(REFUSED);
      expect(await t.forge.resolveThread(thread)).toEqual(REFUSED);
    });

    it('and resolve no thread where we may not', async () => {
      await staged();
      const number = await t.stage.request('feature');
      await t.stage.thread(number, 'Rename it.', 'owner');
      const thread = (await talk(number)).threads[0]?.id ?? '';
      expect(await by('stranger').resolveThread(thread)).toEqual(REFUSED);
      expect((await talk(number)).threads).toMatchObject([{ isResolved: false }]);
    });

    it('and edit in place: what stays the same is no edit, and what is gone stays so', async () => {
      await staged();
      const number = await t.stage.request('feature');
      const said = await t.forge.comment(at(number), null, 'One');
      const id = said.state === 'done' ? said.result.id : 0;
      await t.forge.editComment(t.stage.place, id, (body) => `${body}, two`);
      const before = await t.stage.changes();
      await t.forge.editComment(t.stage.place, id, (body) => body);
      expect(await t.stage.changes()).toBe(before);
      expect((await talk(number)).comments).toMatchObject([{ id, body: 'One, two' }]);
      await t.stage.deleteRemark(id);
      await t.forge.editComment(t.stage.place, id, () => 'Three');
      expect((await talk(number)).comments).toEqual([]);
    });
  });
}
