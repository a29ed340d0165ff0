// How calls end that can’t be answered, and whose calls they are.
import { describe, expect, it } from '@jest/globals';
import { isOfForge, isUnavailable, refusalOf, unlessGone } from '../../../src/activities/forge/errors.ts';
import { isLimit } from '../../../src/activities/forge/limit.ts';
import type { ForgeFacts } from '../../../src/contracts/gates.ts';
import type { MergeRequestRef } from '../../../src/contracts/work.ts';
import { done, NONE, reason, REFUSED, thrown, type Tried } from './tried.ts';

export function endings(t: Tried): void {
  const { by, at, mergeOf, staged } = t;
  describe('tells apart', () => {
    it('what is not there: thrown as that, or nothing where that is an answer', async () => {
      await staged();
      const place = { ...t.stage.place, repo: 'none' };
      const none = { ...place, number: 1 };
      const gone: MergeRequestRef = { ...none, host: t.world.host };
      const words = { branch: 'feature', base: 'main', title: 'Do it', body: '', draft: false };
      const before = { head: NONE, tree: NONE, reviews: [], conversations: { open: 0, mustBeResolved: false } } as unknown as ForgeFacts;
      const asked: Readonly<Record<string, () => Promise<unknown>>> = {
        repository: () => t.forge.repository(place),
        contains: () => t.forge.contains(place, 'main', NONE),
        commitsSince: () => t.forge.commitsSince(place, 'main', new Date(0), 1),
        file: () => t.forge.file(place, 'README.md'),
        issue: () => t.forge.issue(none),
        labelled: () => t.forge.labelled(none, () => true),
        addLabels: () => t.forge.addLabels(none, ['a']),
        setMilestone: () => t.forge.setMilestone(none, 1),
        request: () => t.forge.request(none),
        facts: () => t.forge.facts(gone),
        factsAgain: () => t.forge.factsAgain(gone, before),
        openRequests: () => t.forge.openRequests(place),
        requestsFrom: () => t.forge.requestsFrom(place, 'feature', 'all'),
        closes: () => t.forge.closes(none),
        mentions: () => t.forge.mentions(none),
        openRequest: () => t.forge.openRequest(place, words),
        describe: () => t.forge.describe(none, () => 'Said.'),
        retarget: () => t.forge.retarget(none, 'main'),
        askReviewers: () => t.forge.askReviewers(none, [t.world.logins.reader]),
        mergeRequest: () => t.forge.mergeRequest(none, { head: NONE, method: 'squash' }),
        comment: () => t.forge.comment(none, null, 'Said.'),
        ownComments: () => t.forge.ownComments(none, null, 'mark'),
        endedChecks: () => t.forge.endedChecks(place, NONE),
        failedStatuses: () => t.forge.failedStatuses(place, NONE),
        hasRerun: () => t.forge.hasRerun(place, 'test', '1'),
        queue: () => t.forge.queue(none),
        failedInQueue: () => t.forge.failedInQueue(none),
        enqueue: () => t.forge.enqueue(none, NONE),
        dequeue: () => t.forge.dequeue(none),
        changedSince: () => t.forge.changedSince(place, '2026-01-01T00:00:00Z'),
        openWith: () => t.forge.openWith(place, 'ready'),
        checksShown: () => t.forge.checksShown(place, [1]),
      };
      const reasons = await Promise.all(Object.entries(asked).map(async ([what, ask]) => [what, await reason(ask())]));
      expect(reasons).toEqual(Object.keys(asked).map((what) => [what, 'gone']));

      expect(await t.forge.branchAt(place, 'main')).toBeNull();
      expect(await t.forge.treeOf(place, NONE)).toBeNull();
      expect(await t.forge.mayWrite(place, t.world.logins.us)).toBe(false);
      expect(await t.forge.folder(place, '')).toEqual([]);
      expect(await t.forge.requestsAt(place, NONE)).toEqual([]);
      expect(await t.forge.jobLog(place, 1)).toBeNull();
      expect(await t.forge.deleteBranch(place, 'feature', NONE)).toEqual(done());
      expect(await t.forge.closeIssue(none)).toEqual(REFUSED);
      expect(await t.forge.comment(none, 1, 'Said.')).toEqual(REFUSED);
      expect(await t.forge.rerun(place, 1)).toEqual(REFUSED);
      await t.forge.editComment(place, 1, () => 'Said.');
      await t.forge.deleteComment(place, null, 1);
    });

    it('what we may not do, which changes nothing', async () => {
      await staged();
      const [number, issue] = [await t.stage.request('feature'), await t.stage.issue({ title: 'One' })];
      const head = (await t.stage.tip('feature')) ?? '';
      await mergeOf(number);
      const remark = await t.stage.remark(number, 'Theirs.', 'owner');
      const first = await t.stage.thread(number, 'Theirs.', 'owner');
      const reader = by('reader');
      const before = await t.stage.changes();
      const asked: Readonly<Record<string, () => Promise<unknown>>> = {
        deleteBranch: () => reader.deleteBranch(t.stage.place, 'feature', head),
        addLabels: () => reader.addLabels(at(issue), ['a']),
        setMilestone: () => reader.setMilestone(at(issue), 1),
        closeIssue: () => reader.closeIssue(at(issue)),
        describe: () => reader.describe(at(number), () => 'Theirs.'),
        retarget: () => reader.retarget(at(number), 'main'),
        askReviewers: () => reader.askReviewers(at(number), [t.world.logins.owner]),
        mergeRequest: () => reader.mergeRequest(at(number), { head, method: 'squash' }),
        editComment: () => reader.editComment(t.stage.place, remark, () => 'Ours.'),
        deleteComment: () => reader.deleteComment(t.stage.place, null, remark),
        deleteReply: () => reader.deleteComment(t.stage.place, first, first),
      };
      const reasons = await Promise.all(Object.entries(asked).map(async ([what, ask]) => [what, await reason(ask())]));
      expect(reasons).toEqual(Object.keys(asked).map((what) => [what, 'rights']));
      expect(await t.stage.changes()).toBe(before);
    });

    it('what nobody may do any more: it is archived', async () => {
      await staged();
      const number = await t.stage.request('feature');
      const head = (await t.stage.tip('feature')) ?? '';
      await mergeOf(number);
      await t.stage.archive();
      expect((await t.forge.repository(t.stage.place)).isArchived).toBe(true);
      expect(await reason(t.forge.comment(at(number), null, 'Said.'))).toBe('archived');
      expect(await reason(t.forge.addLabels(at(number), ['a']))).toBe('archived');
      expect(await reason(t.forge.describe(at(number), () => 'Said.'))).toBe('archived');
      expect(await reason(t.forge.mergeRequest(at(number), { head, method: 'squash' }))).toBe('archived');
      expect((await t.forge.request(at(number))).state).toBe('open');
    });

    it('a limit, which is no word on what was asked for', async () => {
      await staged();
      const met = await t.world.limited((limited) => thrown(limited.repository(t.stage.place)));
      expect([isLimit(met), isOfForge(met), isUnavailable(met), refusalOf(met)]).toEqual([true, true, true, undefined]);
      expect(await unlessGone(() => by('stranger').repository(t.stage.place))).toMatchObject({ defaultBranch: 'main' });
    });
  });

  it('shows people what we speak of, at addresses that are there', async () => {
    await staged();
    const [number, issue] = [await t.stage.request('feature'), await t.stage.issue({ title: 'One' })];
    const said = await t.stage.remark(number, 'Said.', 'owner');
    const { pages } = t.world;
    expect(new URL(pages.comment(at(number), said)).hash).toContain(String(said));
    for (const [address, shown] of [
      [pages.issue(at(issue)), 'One'],
      [pages.request(at(number)), 'Request feature'],
      [pages.comment(at(number), said), 'Said.'],
      [pages.requests(t.stage.place), 'Request feature'],
    ] as const)
      expect(await (await fetch(address)).text()).toContain(shown);
  });

  describe('is bound to a call', () => {
    it('sends what it does through it', async () => {
      await staged();
      const sent: string[] = [];
      const counting: typeof fetch = (input, init) => {
        sent.push(init?.method ?? 'GET');
        return fetch(input, init);
      };
      const bound = t.world.forge()({ fetch: counting, signal: new AbortController().signal });
      const number = await t.stage.issue({ title: 'One' });
      expect(await bound.closeIssue(at(number))).toEqual(done());
      expect(sent.filter((method) => method !== 'GET')).toHaveLength(1);
    });

    it('and ends with it', async () => {
      await staged();
      const ended = AbortSignal.abort(new Error('too late'));
      const bound = t.world.forge()({ fetch, signal: ended });
      const before = await t.stage.changes();
      expect(await thrown(bound.comment(at(await t.stage.issue({ title: 'One' })), null, 'Late.'))).toBeInstanceOf(Error);
      expect(await t.stage.changes()).toBe(before + 1);
    });
  });
}
