// Which requests there are, and what may be done to them, up to the merge.
import { describe, expect, it } from '@jest/globals';
import { done, NONE, reason, REFUSED, type Tried } from './tried.ts';

export function requests(t: Tried): void {
  const { by, at, facts, mergeOf, staged } = t;
  describe('knows which requests there are', () => {
    it('open ones, into a base, from a branch, at a commit', async () => {
      await staged();
      const first = await t.stage.request('feature');
      const head = (await t.stage.tip('feature')) ?? '';
      const stacked = await t.stage.request('stacked', { base: 'feature' });
      const numbers = async (base?: string): Promise<number[]> =>
        (await t.forge.openRequests(t.stage.place, base)).map(({ number }) => number).sort((a, b) => a - b);
      expect(await numbers()).toEqual([first, stacked]);
      expect(await t.forge.openRequests(t.stage.place, 'feature')).toEqual([{ number: stacked, branch: 'stacked', base: 'feature' }]);
      expect(await t.forge.requestsAt(t.stage.place, head)).toEqual([first]);
      expect(await t.forge.requestsAt(t.stage.place, NONE)).toEqual([]);
      expect(await t.forge.requestsFrom(t.stage.place, 'feature', 'open')).toEqual([first]);
      await t.stage.close(first);
      expect(await numbers('main')).toEqual([]);
      expect(await t.forge.requestsAt(t.stage.place, head)).toEqual([]);
      expect(await t.forge.requestsFrom(t.stage.place, 'feature', 'open')).toEqual([]);
      expect(await t.forge.requestsFrom(t.stage.place, 'feature', 'all')).toEqual([first]);
      const again = await t.stage.request('feature');
      expect(await t.forge.requestsFrom(t.stage.place, 'feature', 'all')).toEqual([again, first]);
      expect(await t.forge.requestsFrom(t.stage.place, 'none', 'all')).toEqual([]);
    });

    it('one from a fork: where its branch is, and whether we may push there; a branch of ours it is not, whatever it is called', async () => {
      await staged();
      await t.stage.commit('feature', { 'ours.txt': 'ours\n' });
      const fork = await t.stage.requestFromFork('feature');
      const { number, from, head } = fork;
      const its = { author: t.world.logins.stranger, branch: 'feature', head, isFromHere: false };
      expect(await t.forge.request(at(number))).toMatchObject({ ...its, state: 'open', from, takesPushes: true });
      expect((await t.forge.openRequests(t.stage.place)).map((one) => one.number)).toEqual([number]);
      expect(await t.forge.requestsAt(t.stage.place, head)).toEqual([number]);
      expect(await t.forge.requestsFrom(t.stage.place, 'feature', 'all')).toEqual([]);
      await fork.letPush(false);
      expect(await t.forge.request(at(number))).toMatchObject({ from, takesPushes: false });
      await fork.lose();
      expect(await t.forge.request(at(number))).toMatchObject({ state: 'closed', from: null, isFromHere: false, takesPushes: false });
    });

    it('which issue one closes, and what names it', async () => {
      await staged();
      const issue = await t.stage.issue({ title: 'It breaks' });
      const number = await t.stage.request('feature', { body: `Closes #${issue}.` });
      expect(await t.forge.closes(at(number))).toBe(issue);
      expect(await t.forge.closes(at(await t.stage.request('other')))).toBeNull();
      const bug = await t.stage.issue({ title: 'Worse now', body: `Since #${number}.`, labels: ['bug'] });
      const back = await t.stage.request('back', { title: 'Undo', body: `Reverts #${number}` });
      const found = [...(await t.forge.mentions(at(number)))].sort((a, b) => a.number - b.number);
      const common = { createdAt: expect.stringMatching(/^\d{4}-/) };
      expect(found).toEqual([
        {
          ...common,
          number: bug,
          isRequest: false,
          title: 'Worse now',
          body: `Since #${number}.`,
          labels: ['bug'],
          by: t.world.logins.owner,
        },
        { ...common, number: back, isRequest: true, title: 'Undo', body: `Reverts #${number}`, labels: [], by: t.world.logins.us },
      ]);
    });
  });

  describe('lets us handle requests', () => {
    it('opened once: a second from the same branch is refused, and so is one with nothing in it', async () => {
      await staged();
      await t.stage.commit('feature', { 'a.txt': 'a\n' });
      const words = { base: 'main', title: 'Do it', body: 'As said.', draft: true };
      const opened = await t.forge.openRequest(t.stage.place, { branch: 'feature', ...words });
      const number = opened.state === 'done' ? opened.result.id : 0;
      expect(await t.forge.request(at(number))).toMatchObject({ title: 'Do it', description: 'As said.', branch: 'feature', base: 'main' });
      expect((await facts(number)).draft).toBe(true);
      expect(await t.forge.openRequest(t.stage.place, { branch: 'feature', ...words })).toEqual(REFUSED);
      expect(await t.forge.openRequest(t.stage.place, { branch: 'main', ...words })).toEqual(REFUSED);
      expect(await t.forge.openRequest(t.stage.place, { branch: 'none', ...words })).toEqual(REFUSED);
      expect((await t.forge.openRequests(t.stage.place)).map((one) => one.number)).toEqual([number]);
    });

    it('described anew; what stays the same is no change', async () => {
      await staged();
      const number = await t.stage.request('feature');
      await t.forge.describe(at(number), (description) => `${description}Said.`);
      expect((await t.forge.request(at(number))).description).toBe('Said.');
      const before = await t.stage.changes();
      await t.forge.describe(at(number), (description) => description);
      expect(await t.stage.changes()).toBe(before);
      expect(await reason(t.forge.describe(at(999), () => 'Said.'))).toBe('gone');
    });

    it('given another base, as often as one likes; not one that is not there', async () => {
      await staged();
      await t.stage.commit('feature', { 'a.txt': 'a\n' });
      const number = await t.stage.request('stacked', { base: 'feature' });
      expect(await t.forge.retarget(at(number), 'main')).toEqual(done());
      expect(await t.forge.retarget(at(number), 'main')).toEqual(done());
      expect((await t.forge.request(at(number))).base).toBe('main');
      expect(await t.forge.retarget(at(number), 'none')).toEqual(REFUSED);
    });

    it('shown to reviewers, as often as one likes; nobody who may not see it', async () => {
      await staged();
      const number = await t.stage.request('feature');
      for (const _ of [1, 2]) expect(await t.forge.askReviewers(at(number), [t.world.logins.reader])).toEqual(done());
      expect(await t.stage.reviewersAsked(number)).toEqual([t.world.logins.reader]);
      expect(await t.forge.askReviewers(at(number), ['nobody-of-that-name'])).toEqual(REFUSED);
    });

    it('merged at the head that we know, and at no other; once', async () => {
      await staged();
      const number = await t.stage.request('feature');
      const old = (await t.stage.tip('feature')) ?? '';
      const head = await t.stage.commit('feature', { 'more.txt': 'more\n' });
      expect(await mergeOf(number)).toBe('clean');
      const base = await t.stage.tip('main');
      const merge = (at_: string, from = t.forge) => from.mergeRequest(at(number), { head: at_, method: 'squash' });
      expect(await merge(old)).toEqual(REFUSED);
      expect(await reason(merge(head, by('reader')))).toBe('rights');
      expect(await t.stage.tip('main')).toBe(base);
      const outcome = await merge(head);
      expect(outcome).toEqual(done({ sha: await t.stage.tip('main') }));
      expect(await merge(head)).toEqual(REFUSED);
      expect(await t.forge.request(at(number))).toMatchObject({ state: 'merged', merged: { by: t.world.logins.us } });
    });

    it('not merged where the forge does not let them: closed, protected, by another method', async () => {
      await staged();
      const [closed, number] = [await t.stage.request('closed'), await t.stage.request('feature')];
      const merge = async (which: number, method: 'squash' | 'rebase') =>
        t.forge.mergeRequest(at(which), { head: (await t.forge.request(at(which))).head, method });
      await mergeOf(closed);
      await mergeOf(number);
      await t.stage.close(closed);
      await t.stage.allow(['squash']);
      expect(await merge(closed, 'squash')).toEqual(REFUSED);
      expect(await merge(number, 'rebase')).toEqual(REFUSED);
      await t.stage.protect({ checks: ['test'] });
      expect(await merge(number, 'squash')).toEqual(REFUSED);
      expect((await t.forge.request(at(number))).state).toBe('open');
    });
  });
}
