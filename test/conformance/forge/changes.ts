// What a poll asks for.
import { describe, expect, it } from '@jest/globals';
import type { Tried } from './tried.ts';

export function changes(t: Tried): void {
  const { at, staged } = t;
  describe('tells a poll', () => {
    it('what has changed since a moment by its own clock, and what carries a label', async () => {
      await staged();
      const issue = await t.stage.issue({ title: 'One' });
      const since = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
      const number = await t.stage.request('feature');
      await t.stage.label(issue, 'ready');
      await t.stage.label(await t.stage.issue({ title: 'Two' }), 'other');
      const { listed, now } = await t.forge.changedSince(t.stage.place, since);
      const shown = listed.map(({ changedAt, ...one }) => [one, Date.parse(changedAt) > 0]);
      expect(shown).toHaveLength(3);
      expect(shown).toContainEqual([{ number: issue, isRequest: false, state: 'open', labels: ['ready'] }, true]);
      expect(shown).toContainEqual([{ number, isRequest: true, state: 'open', labels: [] }, true]);
      expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
      const later = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
      expect((await t.forge.changedSince(t.stage.place, later)).listed).toEqual([]);
      expect((await t.forge.openWith(t.stage.place, 'ready')).listed.map((one) => one.number)).toEqual([issue]);
      await t.forge.closeIssue(at(issue));
      expect((await t.forge.openWith(t.stage.place, 'ready')).listed).toEqual([]);
      expect((await t.forge.changedSince(t.stage.place, since)).listed.find((one) => one.number === issue)?.state).toBe('closed');
    });

    it('that a check of a request has changed, and nothing of what is no request', async () => {
      await staged();
      const [issue, number, other] = [
        await t.stage.issue({ title: 'One' }),
        await t.stage.request('feature'),
        await t.stage.request('other'),
      ];
      const head = (await t.stage.tip('feature')) ?? '';
      await t.stage.status(head, 'test', 'pending');
      const shown = () => t.forge.checksShown(t.stage.place, [issue, number, other]);
      const before = await shown();
      expect(Object.keys(before).map(Number)).toEqual([number, other]);
      expect(await shown()).toEqual(before);
      await t.stage.status(head, 'test', 'success');
      const after = await shown();
      expect([after[number] === before[number], after[other] === before[other]]).toEqual([false, true]);
    });
  });
}
