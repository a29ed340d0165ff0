// A request as a gate sees it: whole, once more, and remembered.
import { describe, expect, it } from '@jest/globals';
import type { ForgeFacts } from '../../../src/contracts/gates.ts';
import { until } from '../../support/until.ts';
import { reason, type Tried } from './tried.ts';

export function requestFacts(t: Tried): void {
  const { by, at, ref, facts, mergeOf, staged } = t;
  describe('shows of a request', () => {
    it('what it is: open, closed, merged by whom as what; one that is not there is gone', async () => {
      await staged();
      const number = await t.stage.request('feature', { title: 'Do it', body: 'As said.' });
      const head = await t.stage.tip('feature');
      expect(await t.forge.request(at(number))).toEqual({
        state: 'open',
        author: t.world.logins.us,
        title: 'Do it',
        description: 'As said.',
        head,
        branch: 'feature',
        base: 'main',
        from: `${t.stage.place.owner}/${t.stage.place.repo}`,
        isFromHere: true,
        takesPushes: true,
        merged: null,
      });
      const sha = await t.stage.merge(number);
      expect(await t.forge.request(at(number))).toMatchObject({ state: 'merged', head, merged: { sha, by: t.world.logins.owner } });
      const other = await t.stage.request('other');
      await t.stage.close(other);
      expect(await t.forge.request(at(other))).toMatchObject({ state: 'closed', merged: null, description: '' });
      expect(await reason(t.forge.request(at(999)))).toBe('gone');
      expect(await reason(t.forge.facts(ref(999)))).toBe('gone');
    });

    it('what a gate asks for; asked again, it is the same', async () => {
      await staged();
      await t.stage.commit('main', { 'old.txt': 'one\ntwo\nthree\n' });
      const base = await t.stage.tip('main');
      await t.stage.commit('feature', { 'old.txt': null, 'new.txt': 'one\ntwo\nthree\n' });
      const number = await t.stage.request('feature', { draft: true, title: 'Do it', body: 'As said.' });
      await t.stage.label(number, 'b');
      await t.stage.label(number, 'a');
      const head = await t.stage.tip('feature');
      await mergeOf(number);
      const seen = await t.forge.facts(ref(number));
      const expected: typeof seen.now = {
        state: 'open',
        closedAt: null,
        title: 'Do it',
        draft: true,
        labels: ['a', 'b'],
        author: t.world.logins.us,
        head: head ?? '',
        tree: await t.stage.git('rev-parse', 'feature^{tree}'),
        base: { branch: 'main', commit: base ?? '' },
        merge: seen.now.merge,
        checks: [],
        required: [],
        checksMayCome: false,
        approvalsRequired: 0,
        reviewDecision: null,
        conversations: { open: 0, mustBeResolved: false },
        queue: false,
        alsoRequired: [],
        reviews: [],
        files: ['feature.txt', 'new.txt', 'old.txt'],
        merged: null,
      };
      expect(seen.now).toEqual(expected);
      expect(seen.description).toBe('As said.');
      expect(await t.forge.facts(ref(number))).toEqual(seen);
    });

    it('whether it can be merged: clean, in conflict, behind, blocked', async () => {
      await staged();
      const number = await t.stage.request('feature');
      expect(await mergeOf(number)).toBe('clean');
      await t.stage.protect({ approvals: 1 });
      expect(await mergeOf(number)).toBe('blocked');
      await t.stage.protect({ checks: [], upToDate: true });
      const moved = await t.stage.commit('main', { 'other.txt': 'x\n' });
      await until('it is behind', async () => ((await facts(number)).merge === 'behind' ? true : undefined));
      expect((await facts(number)).base).toEqual({ branch: 'main', commit: moved });
      await t.stage.protect({});
      const there = await t.stage.commit('main', { 'feature.txt': 'otherwise\n' });
      await until('it conflicts', async () => ((await facts(number)).merge === 'conflict' ? true : undefined));
      expect((await facts(number)).base).toEqual({ branch: 'main', commit: there });
    });

    it('what its base asks for', async () => {
      await staged();
      const number = await t.stage.request('feature');
      await t.stage.protect({ checks: ['test', 'build'], approvals: 1, resolution: true });
      await t.stage.thread(number, 'Why?', 'owner');
      expect(await facts(number)).toMatchObject({ required: ['build', 'test'], reviewDecision: 'review required' });
      // Who may not administer a branch is not shown everything; who may, is.
      const whole = (await by('owner').facts(ref(number))).now;
      expect(whole).toMatchObject({ approvalsRequired: 1, conversations: { open: 1, mustBeResolved: true } });
    });

    it('that its base is merged into by the queue alone, and where that is', async () => {
      await staged();
      const number = await t.stage.request('feature');
      await t.stage.queueWith('build');
      const tip = await t.stage.commit('main', { 'other.txt': 'x\n' }).catch(() => t.stage.tip('main'));
      expect(await facts(number)).toMatchObject({ queue: true, required: ['build'], base: { branch: 'main', commit: tip } });
    });

    it('its checks: each name once, of several the worst, statuses without a program', async () => {
      await staged();
      const number = await t.stage.request('feature');
      const head = (await t.stage.tip('feature')) ?? '';
      const passed = await t.stage.check(head, 'test', 'success');
      await t.stage.check(head, 'slow', null);
      await t.stage.check(head, 'lint', 'skipped');
      await t.stage.status(head, 'external', 'failure');
      const shown = async (): Promise<unknown> =>
        (await facts(number)).checks.map(({ name: check, state, ran, app, run }) => [check, state, ran, app !== null, run !== null]);
      expect(await shown()).toEqual([
        ['external', 'failed', false, false, false],
        ['lint', 'passed', false, true, true],
        ['slow', 'pending', false, true, true],
        ['test', 'passed', true, true, true],
      ]);
      const evidence = (await facts(number)).checks.find(({ run }) => run === passed)?.evidence;
      expect(evidence).toMatch(/\S/);
      const before = (await facts(number)).checks;
      await t.stage.status(head, 'external', 'success');
      const after = (await facts(number)).checks;
      expect(after.find((one) => one.name === 'external')).toMatchObject({ state: 'passed', ran: true });
      // It says what it said, but of what has changed.
      expect(after.filter((one) => before.some(({ evidence: was }) => was === one.evidence)).map((one) => one.name)).toEqual([
        'lint',
        'slow',
        'test',
      ]);
    });

    it('the verdict of each person that stands, on which commit, and whether they may give one', async () => {
      await staged();
      const number = await t.stage.request('feature');
      const head = (await t.stage.tip('feature')) ?? '';
      await t.stage.review(number, 'request changes', 'owner');
      await t.stage.review(number, 'approve', 'owner');
      await t.stage.review(number, 'approve', 'reader');
      await t.stage.review(number, 'approve', 'bot');
      const dismissed = await t.stage.review(number, 'request changes', 'stranger');
      await t.stage.dismiss(number, dismissed);
      const { owner, reader, bot } = t.world.logins;
      const common = { state: 'approved', commit: head, sameTree: true };
      const approved = [
        { ...common, by: bot, isBot: true, mayWrite: false },
        { ...common, by: owner, isBot: false, mayWrite: true },
        { ...common, by: reader, isBot: false, mayWrite: false },
      ].sort((a, b) => (a.by < b.by ? -1 : 1));
      expect((await facts(number)).reviews).toEqual(approved);
      await t.stage.commit('feature', { 'more.txt': 'more\n' });
      expect((await facts(number)).reviews.map(({ commit, sameTree }) => [commit, sameTree])).toEqual(approved.map(() => [head, false]));
      await t.stage.commit('feature', { 'more.txt': null });
      expect((await facts(number)).reviews.map(({ sameTree }) => sameTree)).toEqual([true, true, true]);
    });

    it('that it was merged, as what, by whom and when; and that it was closed', async () => {
      await staged();
      const [number, other] = [await t.stage.request('feature'), await t.stage.request('other')];
      const sha = await t.stage.merge(number);
      await t.stage.close(other);
      const seen = await facts(number);
      expect(seen).toMatchObject({ state: 'merged', merged: { sha, by: t.world.logins.owner, at: seen.closedAt } });
      expect(Date.parse(seen.closedAt ?? '')).toBeGreaterThan(Date.now() - 600_000);
      const closed = await facts(other);
      expect(closed).toMatchObject({ state: 'closed', merged: null });
      expect(Date.parse(closed.closedAt ?? '')).toBeGreaterThan(Date.now() - 600_000);
    });

    it('once more what people can change at any moment, as it is now', async () => {
      await staged();
      const number = await t.stage.request('feature');
      await mergeOf(number);
      const first = await t.forge.facts(ref(number));
      const before: ForgeFacts = { ...first.now, showsProof: false, footers: [] };
      const same = await t.forge.factsAgain(ref(number), before);
      expect({ ...before, ...same.now }).toEqual(before);
      expect(same.talk).toEqual(first.talk);
      await t.stage.review(number, 'approve', 'owner');
      await t.stage.label(number, 'hold');
      await t.stage.remark(number, 'Wait.', 'owner');
      const again = await t.forge.factsAgain(ref(number), before);
      const { reviews, labels, state, title, draft, conversations, reviewDecision, closedAt } = await facts(number);
      expect(again.now).toEqual({ reviews, labels, state, title, draft, conversations, reviewDecision, closedAt });
      expect([reviews.length, labels]).toEqual([1, ['hold']]);
      expect(again.talk.comments.map(({ body }) => body)).toEqual(['Wait.']);
    });

    it('what it remembers for those who let it: nothing that can have changed', async () => {
      await staged();
      const number = await t.stage.request('feature');
      await mergeOf(number);
      const kept = new Map<string, Promise<unknown>>();
      const known = {
        remembered: <T>(key: string, make: () => Promise<T>): Promise<T> => {
          kept.set(key, kept.get(key) ?? make());
          return kept.get(key) as Promise<T>;
        },
        mayWrite: () => Promise.resolve(true),
      };
      const first = await t.forge.facts(ref(number), known);
      expect(first).toEqual(await t.forge.facts(ref(number)));
      expect(kept.size).toBeGreaterThan(0);
      const head = await t.stage.commit('feature', { 'more.txt': 'more\n' });
      await t.stage.review(number, 'approve', 'reader');
      const seen = (await t.forge.facts(ref(number), known)).now;
      expect(seen).toMatchObject({
        head,
        files: ['feature.txt', 'more.txt'],
        reviews: [{ commit: head, sameTree: true, mayWrite: true }],
      });
    });
  });
}
