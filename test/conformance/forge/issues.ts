// Issues: what they say, their labels and their end.
import { describe, expect, it } from '@jest/globals';
import { unlessGone } from '../../../src/activities/forge/errors.ts';
import { done, reason, REFUSED, type Tried } from './tried.ts';

export function issues(t: Tried): void {
  const { by, at, staged } = t;
  describe('has of an issue', () => {
    it('what it says, and says of a request that it is one', async () => {
      await staged();
      const number = await t.stage.issue({ title: 'It breaks', body: 'Here.', labels: ['wanted', 'bug'] }, 'reader');
      await t.stage.label(number, 'wanted');
      await t.stage.label(number, 'bug');
      expect(await t.forge.issue(at(number))).toEqual({
        ...t.stage.place,
        state: 'open',
        isRequest: false,
        author: t.world.logins.reader,
        title: 'It breaks',
        body: 'Here.',
        labels: ['bug', 'wanted'],
        milestone: null,
        createdAt: expect.stringMatching(/^\d{4}-/),
      });
      expect(await t.forge.issue(at(await t.stage.request('feature')))).toMatchObject({ isRequest: true, state: 'open' });
      expect(await unlessGone(() => t.forge.issue(at(999)))).toBeNull();
      expect(await reason(t.forge.issue(at(999)))).toBe('gone');
    });

    it('who put a label on it last, and which time that was', async () => {
      await staged();
      const number = await t.stage.issue({ title: 'It breaks' });
      const isWanted = (label: string): boolean => label === 'ready';
      expect(await t.forge.labelled(at(number), isWanted)).toBeNull();
      await t.stage.label(number, 'ready');
      await t.stage.label(number, 'other', 'us');
      const first = await t.forge.labelled(at(number), isWanted);
      expect(first?.by).toBe(t.world.logins.owner);
      await t.stage.unlabel(number, 'ready');
      await t.stage.label(number, 'ready', 'us');
      const second = await t.forge.labelled(at(number), isWanted);
      expect(second?.by).toBe(t.world.logins.us);
      expect(second?.id).not.toBe(first?.id);
      expect(await t.forge.labelled(at(number), isWanted)).toEqual(second);
    });

    it('labels and a milestone, set as often as one likes; what it does not take is refused', async () => {
      await staged();
      const [number, milestone] = [await t.stage.issue({ title: 'It breaks' }), await t.stage.milestone('One')];
      for (const _ of [1, 2]) {
        expect(await t.forge.addLabels(at(number), ['ours', 'new'])).toEqual(done());
        expect(await t.forge.setMilestone(at(number), milestone)).toEqual(done());
      }
      expect(await t.forge.issue(at(number))).toMatchObject({ labels: ['new', 'ours'], milestone });
      expect(await t.forge.setMilestone(at(number), milestone + 100)).toEqual(REFUSED);
      expect(await reason(by('reader').addLabels(at(number), ['theirs']))).toBe('rights');
      expect(await reason(t.forge.addLabels(at(999), ['ours']))).toBe('gone');
    });

    it('its end: closed is closed, and one that is gone is refused', async () => {
      await staged();
      const number = await t.stage.issue({ title: 'It breaks' });
      expect(await t.forge.closeIssue(at(number))).toEqual(done());
      expect(await t.forge.closeIssue(at(number))).toEqual(done());
      expect((await t.forge.issue(at(number))).state).toBe('closed');
      expect(await t.forge.closeIssue(at(999))).toEqual(REFUSED);
      expect(await reason(by('reader').closeIssue(at(await t.stage.issue({ title: 'Theirs' }))))).toBe('rights');
    });
  });
}
