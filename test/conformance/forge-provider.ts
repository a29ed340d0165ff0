// What every forge has to hold that Signalbox works on, over its own protocol: each method of the provider, in words that are the same for all,
// on what is there, on what is gone, and where we may not; and what effects rely on when they are done again. A forge is tried by one short file
// that starts it (github.test.ts) and a stage of its own (stage.ts).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isLimit } from '../../src/activities/forge/limit.ts';
import { isOfForge, isUnavailable, refusalOf, unlessGone } from '../../src/activities/forge/errors.ts';
import type { ForgeProvider, Numbered, Remark } from '../../src/activities/forge/provider.ts';
import type { ForgeFacts } from '../../src/contracts/gates.ts';
import type { MergeRequestRef } from '../../src/contracts/work.ts';
import { until } from '../support/until.ts';
import type { ForgeUnderTest, Stage, Who } from './stage.ts';

const NONE = '0123456789'.repeat(4);
const thrown = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => new Error(`was answered: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
/** Why the forge refuses, as the policy hears of it. */
const reason = async (call: Promise<unknown>): Promise<string | undefined> => {
  const error = await thrown(call);
  return refusalOf(error)?.reason ?? String(error);
};
const done = (result: unknown = null) => ({ state: 'done', result });
const REFUSED = { state: 'refused', because: expect.stringMatching(/\S/) };

export function forgeConforms(name: string, start: () => Promise<ForgeUnderTest>): void {
  describe(`${name} as a forge`, () => {
    let world: ForgeUnderTest;
    let stage: Stage;
    let forge: ForgeProvider;
    const by = (who: Who): ForgeProvider => world.forge(who)();
    const at = (number: number): Numbered => ({ ...stage.place, number });
    const ref = (number: number): MergeRequestRef => ({ host: world.host, ...at(number) });
    const facts = async (number: number) => (await forge.facts(ref(number))).now;
    const talk = async (number: number) => (await forge.facts(ref(number))).talk;
    /** What it makes of a request once it has made up its mind. */
    const mergeOf = (number: number) =>
      until('it says whether it can be merged', async () => {
        const { merge } = await facts(number);
        return merge === 'pending' ? undefined : merge;
      });
    const staged = async (options?: { readonly private?: boolean }): Promise<Stage> => (stage = await world.stage(options));

    beforeAll(async () => {
      world = await start();
      forge = world.forge()();
    }, 60_000);
    afterAll(() => world.end());

    describe('says who', () => {
      it('we are, and with what; a token that is none, and an address where nobody answers, are told apart', async () => {
        expect(await forge.account()).toBe(world.logins.us);
        const { login, left, time } = await forge.access();
        expect(login).toBe(world.logins.us);
        expect(left === null || left > 0).toBe(true);
        expect(time === null || Math.abs(Date.parse(time) - Date.now()) < 60_000).toBe(true);
        expect(await reason(world.wrong.token.account())).toBe('token');
        const away = await thrown(world.wrong.address.account());
        expect([isOfForge(away), isUnavailable(away), refusalOf(away), isLimit(away)]).toEqual([true, true, undefined, false]);
      });

      it('may write, and of nobody that we are not told of', async () => {
        await staged();
        const { us, owner, reader, stranger } = world.logins;
        const may = async (login: string): Promise<boolean> => forge.mayWrite(stage.place, login);
        expect(await Promise.all([us, owner, reader, stranger, 'nobody-of-that-name'].map(may))).toEqual([true, true, false, false, false]);
        expect(await by('stranger').mayWrite(stage.place, owner)).toBe(false);
      });
    });

    describe('shows of a repository', () => {
      it('how work begins with it: its default branch, its address for git, whether we may push, how it merges', async () => {
        await staged();
        const seen = await forge.repository(stage.place);
        expect(seen).toMatchObject({ defaultBranch: 'main', mayPush: true, isArchived: false, methods: ['squash', 'merge', 'rebase'] });
        expect(await stage.git('ls-remote', seen.cloneUrl, 'refs/heads/main')).toContain(await stage.tip('main'));
        expect((await by('reader').repository(stage.place)).mayPush).toBe(false);
        await stage.allow(['rebase']);
        expect((await forge.repository(stage.place)).methods).toEqual(['rebase']);
      });

      it('nothing where there is none, or none for us', async () => {
        await staged({ private: true });
        expect((await forge.repository(stage.place)).defaultBranch).toBe('main');
        expect(await reason(by('stranger').repository(stage.place))).toBe('gone');
        expect(await reason(forge.repository({ ...stage.place, repo: 'none' }))).toBe('gone');
      });

      it('where a branch is, and that there is none', async () => {
        await staged();
        const head = await stage.commit('some/feature', { 'a.txt': 'a\n' });
        expect(await forge.branchAt(stage.place, 'some/feature')).toBe(head);
        expect(await forge.branchAt(stage.place, 'some')).toBeNull();
      });

      it('the tree of a commit, and none of one that it does not have', async () => {
        await staged();
        const commit = await stage.commit('feature', { 'a.txt': 'a\n' });
        expect(await forge.treeOf(stage.place, commit)).toBe(await stage.git('rev-parse', `${commit}^{tree}`));
        expect(await forge.treeOf(stage.place, NONE)).toBeNull();
      });

      it('whether a branch has a commit', async () => {
        await staged();
        const first = (await stage.tip('main')) ?? '';
        const ahead = await stage.commit('feature', { 'a.txt': 'a\n' });
        const contains = (branch: string, commit: string): Promise<boolean> => forge.contains(stage.place, branch, commit);
        expect(await contains('feature', first)).toBe(true);
        expect(await contains('feature', ahead)).toBe(true);
        expect(await contains('main', ahead)).toBe(false);
        await stage.commit('main', { 'b.txt': 'b\n' });
        expect(await contains('main', ahead)).toBe(false);
      });

      it('its newest commits with their whole messages, up to a time', async () => {
        await staged();
        const first = await stage.commit('main', { 'a.txt': 'a\n' }, { message: 'One\n\nWith a body.' });
        const second = await stage.commit('main', { 'a.txt': 'b\n' }, { message: 'Two' });
        const commits = await forge.commitsSince(stage.place, 'main', new Date(Date.now() - 60_000), 1);
        expect(commits.slice(0, 2)).toEqual([
          { sha: second, message: 'Two', by: expect.stringMatching(/\S/) },
          { sha: first, message: 'One\n\nWith a body.', by: expect.stringMatching(/\S/) },
        ]);
        expect(await forge.commitsSince(stage.place, 'main', new Date(Date.now() + 60_000), 1)).toEqual([]);
      });

      it('its folders and the texts of its files', async () => {
        await staged();
        await stage.commit('main', { 'docs/a.md': 'Grüße\n', 'docs/deep/b.md': 'b\n' });
        expect(await forge.folder(stage.place, 'docs')).toEqual([
          { type: 'file', path: 'docs/a.md' },
          { type: 'folder', path: 'docs/deep' },
        ]);
        expect((await forge.folder(stage.place, '')).map(({ path }) => path).sort()).toEqual(['README.md', 'docs']);
        expect(await forge.folder(stage.place, 'none')).toEqual([]);
        expect(await forge.file(stage.place, 'docs/a.md')).toBe('Grüße\n');
        expect(await forge.file(stage.place, 'docs')).toBeNull();
      });
    });

    it('deletes a branch where it is as we know it, and no other; one that is gone is done', async () => {
      await staged();
      const [before, now] = [await stage.commit('feature', { 'a.txt': 'a\n' }), await stage.commit('feature', { 'a.txt': 'b\n' })];
      expect(await forge.deleteBranch(stage.place, 'feature', before)).toMatchObject({
        state: 'refused',
        because: expect.stringContaining(now),
      });
      expect(await stage.tip('feature')).toBe(now);
      expect(await reason(by('reader').deleteBranch(stage.place, 'feature', now))).toBe('rights');
      expect(await forge.deleteBranch(stage.place, 'feature', now)).toEqual(done());
      expect(await forge.deleteBranch(stage.place, 'feature', now)).toEqual(done());
      expect([await stage.tip('feature'), await forge.branchAt(stage.place, 'feature')]).toEqual([undefined, null]);
    });

    describe('has of an issue', () => {
      it('what it says, and says of a request that it is one', async () => {
        await staged();
        const number = await stage.issue({ title: 'It breaks', body: 'Here.', labels: ['wanted', 'bug'] }, 'reader');
        await stage.label(number, 'wanted');
        await stage.label(number, 'bug');
        expect(await forge.issue(at(number))).toEqual({
          ...{ ...stage.place, state: 'open', isRequest: false, author: world.logins.reader, title: 'It breaks', body: 'Here.' },
          ...{ labels: ['bug', 'wanted'], milestone: null, createdAt: expect.stringMatching(/^\d{4}-/) },
        });
        expect(await forge.issue(at(await stage.request('feature')))).toMatchObject({ isRequest: true, state: 'open' });
        expect(await unlessGone(() => forge.issue(at(999)))).toBeNull();
        expect(await reason(forge.issue(at(999)))).toBe('gone');
      });

      it('who put a label on it last, and which time that was', async () => {
        await staged();
        const number = await stage.issue({ title: 'It breaks' });
        const isWanted = (label: string): boolean => label === 'ready';
        expect(await forge.labelled(at(number), isWanted)).toBeNull();
        await stage.label(number, 'ready');
        await stage.label(number, 'other', 'us');
        const first = await forge.labelled(at(number), isWanted);
        expect(first?.by).toBe(world.logins.owner);
        await stage.unlabel(number, 'ready');
        await stage.label(number, 'ready', 'us');
        const second = await forge.labelled(at(number), isWanted);
        expect(second?.by).toBe(world.logins.us);
        expect(second?.id).not.toBe(first?.id);
        expect(await forge.labelled(at(number), isWanted)).toEqual(second);
      });

      it('labels and a milestone, set as often as one likes; what it does not take is refused', async () => {
        await staged();
        const [number, milestone] = [await stage.issue({ title: 'It breaks' }), await stage.milestone('One')];
        for (const _ of [1, 2]) {
          expect(await forge.addLabels(at(number), ['ours', 'new'])).toEqual(done());
          expect(await forge.setMilestone(at(number), milestone)).toEqual(done());
        }
        expect(await forge.issue(at(number))).toMatchObject({ labels: ['new', 'ours'], milestone });
        expect(await forge.setMilestone(at(number), milestone + 100)).toEqual(REFUSED);
        expect(await reason(by('reader').addLabels(at(number), ['theirs']))).toBe('rights');
        expect(await reason(forge.addLabels(at(999), ['ours']))).toBe('gone');
      });

      it('its end: closed is closed, and one that is gone is refused', async () => {
        await staged();
        const number = await stage.issue({ title: 'It breaks' });
        expect(await forge.closeIssue(at(number))).toEqual(done());
        expect(await forge.closeIssue(at(number))).toEqual(done());
        expect((await forge.issue(at(number))).state).toBe('closed');
        expect(await forge.closeIssue(at(999))).toEqual(REFUSED);
        expect(await reason(by('reader').closeIssue(at(await stage.issue({ title: 'Theirs' }))))).toBe('rights');
      });
    });

    describe('shows of a request', () => {
      it('what it is: open, closed, merged by whom as what; one that is not there is gone', async () => {
        await staged();
        const number = await stage.request('feature', { title: 'Do it', body: 'As said.' });
        const head = await stage.tip('feature');
        expect(await forge.request(at(number))).toEqual({
          ...{ state: 'open', author: world.logins.us, title: 'Do it', description: 'As said.', head, branch: 'feature', base: 'main' },
          ...{ from: `${stage.place.owner}/${stage.place.repo}`, isFromHere: true, merged: null },
        });
        const sha = await stage.merge(number);
        expect(await forge.request(at(number))).toMatchObject({ state: 'merged', head, merged: { sha, by: world.logins.owner } });
        const other = await stage.request('other');
        await stage.close(other);
        expect(await forge.request(at(other))).toMatchObject({ state: 'closed', merged: null, description: '' });
        expect(await reason(forge.request(at(999)))).toBe('gone');
        expect(await reason(forge.facts(ref(999)))).toBe('gone');
      });

      it('what a gate asks for; asked again, it is the same', async () => {
        await staged();
        await stage.commit('main', { 'old.txt': 'one\ntwo\nthree\n' });
        const base = await stage.tip('main');
        await stage.commit('feature', { 'old.txt': null, 'new.txt': 'one\ntwo\nthree\n' });
        const number = await stage.request('feature', { draft: true, title: 'Do it', body: 'As said.' });
        await stage.label(number, 'b');
        await stage.label(number, 'a');
        const head = await stage.tip('feature');
        await mergeOf(number);
        const seen = await forge.facts(ref(number));
        const expected: typeof seen.now = {
          ...{ state: 'open', closedAt: null, title: 'Do it', draft: true, labels: ['a', 'b'], author: world.logins.us },
          ...{ head: head ?? '', tree: await stage.git('rev-parse', 'feature^{tree}'), base: { branch: 'main', commit: base ?? '' } },
          ...{ merge: seen.now.merge, checks: [], required: [], checksMayCome: false, approvalsRequired: 0, reviewDecision: null },
          ...{ conversations: { open: 0, mustBeResolved: false }, queue: false, alsoRequired: [], reviews: [] },
          ...{ files: ['feature.txt', 'new.txt', 'old.txt'], merged: null },
        };
        expect(seen.now).toEqual(expected);
        expect(seen.description).toBe('As said.');
        expect(await forge.facts(ref(number))).toEqual(seen);
      });

      it('whether it can be merged: clean, in conflict, behind, blocked', async () => {
        await staged();
        const number = await stage.request('feature');
        expect(await mergeOf(number)).toBe('clean');
        await stage.protect({ approvals: 1 });
        expect(await mergeOf(number)).toBe('blocked');
        await stage.protect({ checks: [], upToDate: true });
        const moved = await stage.commit('main', { 'other.txt': 'x\n' });
        await until('it is behind', async () => ((await facts(number)).merge === 'behind' ? true : undefined));
        expect((await facts(number)).base).toEqual({ branch: 'main', commit: moved });
        await stage.protect({});
        const there = await stage.commit('main', { 'feature.txt': 'otherwise\n' });
        await until('it conflicts', async () => ((await facts(number)).merge === 'conflict' ? true : undefined));
        expect((await facts(number)).base).toEqual({ branch: 'main', commit: there });
      });

      it('what its base asks for', async () => {
        await staged();
        const number = await stage.request('feature');
        await stage.protect({ checks: ['test', 'build'], approvals: 1, resolution: true });
        await stage.thread(number, 'Why?', 'owner');
        expect(await facts(number)).toMatchObject({ required: ['build', 'test'], reviewDecision: 'review required' });
        // Who may not administer a branch is not shown everything; who may, is.
        const whole = (await by('owner').facts(ref(number))).now;
        expect(whole).toMatchObject({ approvalsRequired: 1, conversations: { open: 1, mustBeResolved: true } });
      });

      it('that its base is merged into by the queue alone, and where that is', async () => {
        await staged();
        const number = await stage.request('feature');
        await stage.queueWith('build');
        const tip = await stage.commit('main', { 'other.txt': 'x\n' }).catch(() => stage.tip('main'));
        expect(await facts(number)).toMatchObject({ queue: true, required: ['build'], base: { branch: 'main', commit: tip } });
      });

      it('its checks: each name once, of several the worst, statuses without a program', async () => {
        await staged();
        const number = await stage.request('feature');
        const head = (await stage.tip('feature')) ?? '';
        const passed = await stage.check(head, 'test', 'success');
        await stage.check(head, 'slow', null);
        await stage.check(head, 'lint', 'skipped');
        await stage.status(head, 'external', 'failure');
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
        await stage.status(head, 'external', 'success');
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
        const number = await stage.request('feature');
        const head = (await stage.tip('feature')) ?? '';
        await stage.review(number, 'request changes', 'owner');
        await stage.review(number, 'approve', 'owner');
        await stage.review(number, 'approve', 'reader');
        await stage.review(number, 'approve', 'bot');
        const dismissed = await stage.review(number, 'request changes', 'stranger');
        await stage.dismiss(number, dismissed);
        const { owner, reader, bot } = world.logins;
        const common = { state: 'approved', commit: head, sameTree: true };
        const approved = [
          { ...common, by: bot, isBot: true, mayWrite: false },
          { ...common, by: owner, isBot: false, mayWrite: true },
          { ...common, by: reader, isBot: false, mayWrite: false },
        ].sort((a, b) => (a.by < b.by ? -1 : 1));
        expect((await facts(number)).reviews).toEqual(approved);
        await stage.commit('feature', { 'more.txt': 'more\n' });
        expect((await facts(number)).reviews.map(({ commit, sameTree }) => [commit, sameTree])).toEqual(approved.map(() => [head, false]));
        await stage.commit('feature', { 'more.txt': null });
        expect((await facts(number)).reviews.map(({ sameTree }) => sameTree)).toEqual([true, true, true]);
      });

      it('that it was merged, as what, by whom and when; and that it was closed', async () => {
        await staged();
        const [number, other] = [await stage.request('feature'), await stage.request('other')];
        const sha = await stage.merge(number);
        await stage.close(other);
        const seen = await facts(number);
        expect(seen).toMatchObject({ state: 'merged', merged: { sha, by: world.logins.owner, at: seen.closedAt } });
        expect(Date.parse(seen.closedAt ?? '')).toBeGreaterThan(Date.now() - 600_000);
        const closed = await facts(other);
        expect(closed).toMatchObject({ state: 'closed', merged: null });
        expect(Date.parse(closed.closedAt ?? '')).toBeGreaterThan(Date.now() - 600_000);
      });

      it('once more what people can change at any moment, as it is now', async () => {
        await staged();
        const number = await stage.request('feature');
        await mergeOf(number);
        const first = await forge.facts(ref(number));
        const before: ForgeFacts = { ...first.now, showsProof: false, footers: [] };
        const same = await forge.factsAgain(ref(number), before);
        expect({ ...before, ...same.now }).toEqual(before);
        expect(same.talk).toEqual(first.talk);
        await stage.review(number, 'approve', 'owner');
        await stage.label(number, 'hold');
        await stage.remark(number, 'Wait.', 'owner');
        const again = await forge.factsAgain(ref(number), before);
        const { reviews, labels, state, title, draft, conversations, reviewDecision, closedAt } = await facts(number);
        expect(again.now).toEqual({ reviews, labels, state, title, draft, conversations, reviewDecision, closedAt });
        expect([reviews.length, labels]).toEqual([1, ['hold']]);
        expect(again.talk.comments.map(({ body }) => body)).toEqual(['Wait.']);
      });

      it('what it remembers for those who let it: nothing that can have changed', async () => {
        await staged();
        const number = await stage.request('feature');
        await mergeOf(number);
        const kept = new Map<string, Promise<unknown>>();
        const known = {
          remembered: <T>(key: string, make: () => Promise<T>): Promise<T> => {
            kept.set(key, kept.get(key) ?? make());
            return kept.get(key) as Promise<T>;
          },
          mayWrite: () => Promise.resolve(true),
        };
        const first = await forge.facts(ref(number), known);
        expect(first).toEqual(await forge.facts(ref(number)));
        expect(kept.size).toBeGreaterThan(0);
        const head = await stage.commit('feature', { 'more.txt': 'more\n' });
        await stage.review(number, 'approve', 'reader');
        const seen = (await forge.facts(ref(number), known)).now;
        expect(seen).toMatchObject({
          head,
          files: ['feature.txt', 'more.txt'],
          reviews: [{ commit: head, sameTree: true, mayWrite: true }],
        });
      });
    });

    describe('has what people say', () => {
      it('oldest first, with who says it, and tells of edits', async () => {
        await staged();
        const number = await stage.request('feature');
        const first = await stage.remark(number, 'One', 'owner');
        const second = await stage.remark(number, 'Two', 'bot');
        const review = await stage.review(number, 'request changes', 'reader', 'Not yet.');
        const seen = await talk(number);
        const remark = (id: number, body: string, who: string, isBot = false): Remark => ({
          ...{ id, body, by: who, isBot, editedAt: null, url: expect.stringContaining('http') as never, at: expect.any(String) as never },
        });
        const { owner, bot, reader } = world.logins;
        expect(seen.us).toBe(world.logins.us);
        expect(seen.comments).toEqual([remark(first, 'One', owner), remark(second, 'Two', bot, true)]);
        expect(seen.reviews).toEqual([remark(review, 'Not yet.', reader)]);
        await stage.editRemark(first, 'One, better', 'owner');
        const [edited] = (await talk(number)).comments;
        expect(edited).toMatchObject({ id: first, body: 'One, better', at: seen.comments[0]?.at });
        expect(Date.parse(edited?.editedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(edited?.at ?? ''));
        await stage.deleteRemark(first);
        expect((await talk(number)).comments.map(({ id }) => id)).toEqual([second]);
      });

      it('in threads, on a line, until they are resolved; and nothing that is not published', async () => {
        await staged();
        const number = await stage.request('feature');
        const first = await stage.thread(number, 'Rename it.', 'owner');
        await stage.thread(number, 'Not said yet.', 'reader', { pending: true });
        await forge.comment(at(number), first, 'Done.');
        const seen = await talk(number);
        expect(seen.threads.map(({ remarks, ...thread }) => [thread, remarks.map(({ body, by: who }) => [who, body])])).toEqual([
          [
            { id: expect.stringMatching(/\S/), path: 'feature.txt', line: 1, isResolved: false, resolvedBy: null },
            [
              [world.logins.owner, 'Rename it.'],
              [world.logins.us, 'Done.'],
            ],
          ],
        ]);
        expect((await facts(number)).conversations.open).toBe(1);
        const id = seen.threads[0]?.id ?? '';
        expect(await forge.resolveThread(id)).toEqual(done());
        expect(await forge.resolveThread(id)).toEqual(done());
        expect((await talk(number)).threads).toMatchObject([{ id, isResolved: true, resolvedBy: world.logins.us }]);
        expect((await facts(number)).conversations.open).toBe(0);
      });
    });

    describe('lets us speak', () => {
      it('in a conversation, and finds by its mark what we have said and nothing that others have copied', async () => {
        await staged();
        const number = await stage.request('feature');
        const mark = '<!-- signalbox-mark -->';
        const say = (body: string) => forge.comment(at(number), null, body);
        const [first, second] = [await say(`One ${mark}`), await say(`Two ${mark}`)];
        await say('Three');
        await stage.remark(number, `Copied ${mark}`, 'owner');
        const ids = [first, second].map((outcome) => (outcome.state === 'done' ? outcome.result : { id: 0 }));
        const own = (): Promise<unknown> =>
          until('they are shown', async () => {
            const found = await forge.ownComments(at(number), null, mark);
            return found.length >= 2 ? found : undefined;
          });
        expect(await own()).toEqual(ids);
        await forge.deleteComment(stage.place, null, ids[1]?.id ?? 0);
        await forge.deleteComment(stage.place, null, ids[1]?.id ?? 0);
        expect(await forge.ownComments(at(number), null, mark)).toEqual([ids[0]]);
        expect((await talk(number)).comments.map(({ body }) => body)).toEqual([`One ${mark}`, 'Three', `Copied ${mark}`]);
        expect(await forge.ownComments(at(await stage.issue({ title: 'Empty' })), null, mark)).toEqual([]);
      });

      it('in a thread, as long as that is there', async () => {
        await staged();
        const number = await stage.request('feature');
        const mark = '<!-- signalbox-mark -->';
        const first = await stage.thread(number, 'Rename it.', 'owner');
        const said = await forge.comment(at(number), first, `Done. ${mark}`);
        const id = said.state === 'done' ? said.result.id : 0;
        expect(await forge.ownComments(at(number), first, mark)).toEqual([{ id }]);
        expect(await forge.ownComments(at(number), null, mark)).toEqual([]);
        await forge.deleteComment(stage.place, first, id);
        await forge.deleteComment(stage.place, first, id);
        expect(await forge.ownComments(at(number), first, mark)).toEqual([]);
        const thread = (await talk(number)).threads[0]?.id ?? '';
        await stage.deleteThread(first);
        expect(await forge.comment(at(number), first, 'Done.')).toEqual(REFUSED);
        expect(await forge.resolveThread(thread)).toEqual(REFUSED);
      });

      it('and resolve no thread where we may not', async () => {
        await staged();
        const number = await stage.request('feature');
        await stage.thread(number, 'Rename it.', 'owner');
        const thread = (await talk(number)).threads[0]?.id ?? '';
        expect(await by('stranger').resolveThread(thread)).toEqual(REFUSED);
        expect((await talk(number)).threads).toMatchObject([{ isResolved: false }]);
      });

      it('and edit in place: what stays the same is no edit, and what is gone stays so', async () => {
        await staged();
        const number = await stage.request('feature');
        const said = await forge.comment(at(number), null, 'One');
        const id = said.state === 'done' ? said.result.id : 0;
        await forge.editComment(stage.place, id, (body) => `${body}, two`);
        const before = await stage.changes();
        await forge.editComment(stage.place, id, (body) => body);
        expect(await stage.changes()).toBe(before);
        expect((await talk(number)).comments).toMatchObject([{ id, body: 'One, two' }]);
        await stage.deleteRemark(id);
        await forge.editComment(stage.place, id, () => 'Three');
        expect((await talk(number)).comments).toEqual([]);
      });
    });

    describe('knows which requests there are', () => {
      it('open ones, into a base, from a branch, at a commit', async () => {
        await staged();
        const first = await stage.request('feature');
        const head = (await stage.tip('feature')) ?? '';
        const stacked = await stage.request('stacked', { base: 'feature' });
        const numbers = async (base?: string): Promise<number[]> =>
          (await forge.openRequests(stage.place, base)).map(({ number }) => number).sort((a, b) => a - b);
        expect(await numbers()).toEqual([first, stacked]);
        expect(await forge.openRequests(stage.place, 'feature')).toEqual([{ number: stacked, branch: 'stacked', base: 'feature' }]);
        expect(await forge.requestsAt(stage.place, head)).toEqual([first]);
        expect(await forge.requestsAt(stage.place, NONE)).toEqual([]);
        expect(await forge.requestsFrom(stage.place, 'feature', 'open')).toEqual([first]);
        await stage.close(first);
        expect(await numbers('main')).toEqual([]);
        expect(await forge.requestsAt(stage.place, head)).toEqual([]);
        expect(await forge.requestsFrom(stage.place, 'feature', 'open')).toEqual([]);
        expect(await forge.requestsFrom(stage.place, 'feature', 'all')).toEqual([first]);
        const again = await stage.request('feature');
        expect(await forge.requestsFrom(stage.place, 'feature', 'all')).toEqual([again, first]);
        expect(await forge.requestsFrom(stage.place, 'none', 'all')).toEqual([]);
      });

      it('which issue one closes, and what names it', async () => {
        await staged();
        const issue = await stage.issue({ title: 'It breaks' });
        const number = await stage.request('feature', { body: `Closes #${issue}.` });
        expect(await forge.closes(at(number))).toBe(issue);
        expect(await forge.closes(at(await stage.request('other')))).toBeNull();
        const bug = await stage.issue({ title: 'Worse now', body: `Since #${number}.`, labels: ['bug'] });
        const back = await stage.request('back', { title: 'Undo', body: `Reverts #${number}` });
        const found = [...(await forge.mentions(at(number)))].sort((a, b) => a.number - b.number);
        const common = { createdAt: expect.stringMatching(/^\d{4}-/) };
        expect(found).toEqual([
          {
            ...common,
            number: bug,
            isRequest: false,
            title: 'Worse now',
            body: `Since #${number}.`,
            labels: ['bug'],
            by: world.logins.owner,
          },
          { ...common, number: back, isRequest: true, title: 'Undo', body: `Reverts #${number}`, labels: [], by: world.logins.us },
        ]);
      });
    });

    describe('lets us handle requests', () => {
      it('opened once: a second from the same branch is refused, and so is one with nothing in it', async () => {
        await staged();
        await stage.commit('feature', { 'a.txt': 'a\n' });
        const words = { base: 'main', title: 'Do it', body: 'As said.', draft: true };
        const opened = await forge.openRequest(stage.place, { branch: 'feature', ...words });
        const number = opened.state === 'done' ? opened.result.id : 0;
        expect(await forge.request(at(number))).toMatchObject({ title: 'Do it', description: 'As said.', branch: 'feature', base: 'main' });
        expect((await facts(number)).draft).toBe(true);
        expect(await forge.openRequest(stage.place, { branch: 'feature', ...words })).toEqual(REFUSED);
        expect(await forge.openRequest(stage.place, { branch: 'main', ...words })).toEqual(REFUSED);
        expect(await forge.openRequest(stage.place, { branch: 'none', ...words })).toEqual(REFUSED);
        expect((await forge.openRequests(stage.place)).map((one) => one.number)).toEqual([number]);
      });

      it('described anew; what stays the same is no change', async () => {
        await staged();
        const number = await stage.request('feature');
        await forge.describe(at(number), (description) => `${description}Said.`);
        expect((await forge.request(at(number))).description).toBe('Said.');
        const before = await stage.changes();
        await forge.describe(at(number), (description) => description);
        expect(await stage.changes()).toBe(before);
        expect(await reason(forge.describe(at(999), () => 'Said.'))).toBe('gone');
      });

      it('given another base, as often as one likes; not one that is not there', async () => {
        await staged();
        await stage.commit('feature', { 'a.txt': 'a\n' });
        const number = await stage.request('stacked', { base: 'feature' });
        expect(await forge.retarget(at(number), 'main')).toEqual(done());
        expect(await forge.retarget(at(number), 'main')).toEqual(done());
        expect((await forge.request(at(number))).base).toBe('main');
        expect(await forge.retarget(at(number), 'none')).toEqual(REFUSED);
      });

      it('shown to reviewers, as often as one likes; nobody who may not see it', async () => {
        await staged();
        const number = await stage.request('feature');
        for (const _ of [1, 2]) expect(await forge.askReviewers(at(number), [world.logins.reader])).toEqual(done());
        expect(await stage.reviewersAsked(number)).toEqual([world.logins.reader]);
        expect(await forge.askReviewers(at(number), ['nobody-of-that-name'])).toEqual(REFUSED);
      });

      it('merged at the head that we know, and at no other; once', async () => {
        await staged();
        const number = await stage.request('feature');
        const old = (await stage.tip('feature')) ?? '';
        const head = await stage.commit('feature', { 'more.txt': 'more\n' });
        expect(await mergeOf(number)).toBe('clean');
        const base = await stage.tip('main');
        const merge = (at_: string, forge_ = forge) => forge_.mergeRequest(at(number), { head: at_, method: 'squash' });
        expect(await merge(old)).toEqual(REFUSED);
        expect(await reason(merge(head, by('reader')))).toBe('rights');
        expect(await stage.tip('main')).toBe(base);
        const outcome = await merge(head);
        expect(outcome).toEqual(done({ sha: await stage.tip('main') }));
        expect(await merge(head)).toEqual(REFUSED);
        expect(await forge.request(at(number))).toMatchObject({ state: 'merged', merged: { by: world.logins.us } });
      });

      it('not merged where the forge does not let them: closed, protected, by another method', async () => {
        await staged();
        const [closed, number] = [await stage.request('closed'), await stage.request('feature')];
        const merge = async (which: number, method: 'squash' | 'rebase') =>
          forge.mergeRequest(at(which), { head: (await forge.request(at(which))).head, method });
        await mergeOf(closed);
        await mergeOf(number);
        await stage.close(closed);
        await stage.allow(['squash']);
        expect(await merge(closed, 'squash')).toEqual(REFUSED);
        expect(await merge(number, 'rebase')).toEqual(REFUSED);
        await stage.protect({ checks: ['test'] });
        expect(await merge(number, 'squash')).toEqual(REFUSED);
        expect((await forge.request(at(number))).state).toBe('open');
      });
    });

    describe('tells why checks have failed', () => {
      it('of those that have ended, the newest run of each; of statuses the failed ones', async () => {
        await staged();
        const commit = await stage.commit('feature', { 'a.txt': 'a\n' });
        const test = await stage.check(commit, 'test', 'failure', 'Two of nine.');
        const lint = await stage.check(commit, 'lint', 'success');
        const stopped = await stage.check(commit, 'stopped', 'cancelled');
        await stage.check(commit, 'slow', null);
        const ended = [...(await forge.endedChecks(stage.place, commit))].sort((a, b) => (a.name < b.name ? -1 : 1));
        expect(ended).toMatchObject([
          { name: 'lint', run: lint, passed: true, job: null },
          { name: 'stopped', run: stopped, passed: false, isAboutCode: false },
          { name: 'test', run: test, passed: false, isAboutCode: true, summary: expect.stringContaining('Two of nine.'), job: null },
        ]);
        expect(ended).toHaveLength(3);
        await stage.status(commit, 'fine', 'success');
        await stage.status(commit, 'broken', 'failure');
        await stage.status(commit, 'away', 'error');
        const statuses = [...(await forge.failedStatuses(stage.place, commit))].sort((a, b) => (a.name < b.name ? -1 : 1));
        expect(statuses).toMatchObject([
          { name: 'away', passed: false, isAboutCode: false, summary: 'away: error', job: null },
          { name: 'broken', passed: false, isAboutCode: true, summary: 'broken: failure', job: null },
        ]);
        expect(statuses).toHaveLength(2);
        expect(await forge.endedChecks(stage.place, (await stage.tip('main')) ?? '')).toEqual([]);
      });

      it('with the log of a job of its own, which is run again once for one end of it', async () => {
        await staged();
        const commit = await stage.commit('feature', stage.ci('pushes', 'test', 'echo before', 'echo AssertionError: wanted one; exit 1'));
        const ended = () => forge.endedChecks(stage.place, commit);
        const [first] = await until('it has ended', async () => ((await ended()).length > 0 ? ended() : undefined), 30);
        expect(first).toMatchObject({ name: 'test', passed: false, isAboutCode: true, job: expect.any(Number) });
        const { run = '', job } = first ?? {};
        const log = await forge.jobLog(stage.place, job ?? 0);
        expect(log?.text).toContain('AssertionError: wanted one');
        expect(log?.step?.name).toContain('AssertionError');
        expect(await forge.jobLog(stage.place, 999_999_999)).toBeNull();

        expect(await forge.hasRerun(stage.place, 'test', run)).toBe(false);
        expect(await forge.rerun(stage.place, 999_999_999)).toEqual(REFUSED);
        expect(await by('reader').rerun(stage.place, job ?? 0)).toEqual(REFUSED);
        expect(await forge.rerun(stage.place, job ?? 0)).toEqual(done());
        await until('there is a newer run', async () => ((await forge.hasRerun(stage.place, 'test', run)) ? true : undefined), 30);
        const [second] = await until(
          'it has ended again',
          async () => {
            const now = await ended();
            return now.some((one) => one.run !== run) ? now : undefined;
          },
          30,
        );
        expect(second).toMatchObject({ name: 'test', passed: false });
        expect(await forge.hasRerun(stage.place, 'test', second?.run ?? '')).toBe(false);
      }, 60_000);
    });

    describe('has a queue', () => {
      it('that takes a request at the head that we know, once, and gives it back to us alone', async () => {
        await staged();
        const [number, theirs] = [await stage.request('feature'), await stage.request('theirs')];
        const old = (await stage.tip('feature')) ?? '';
        await stage.queueWith('build');
        const head = await stage.commit('feature', { 'more.txt': 'more\n' });
        await stage.status(head, 'build', 'success');
        await stage.status((await stage.tip('theirs')) ?? '', 'build', 'success');
        await mergeOf(number);
        const nothing = { us: world.logins.us, entry: null, added: { times: 0, by: null }, left: null, addedAt: null };
        expect(await forge.queue(at(number))).toEqual(nothing);
        expect(await forge.dequeue(at(number))).toEqual(done({}));

        expect(await forge.enqueue(at(number), old)).toEqual(REFUSED);
        expect((await forge.queue(at(number))).entry).toBeNull();
        const put = await forge.enqueue(at(number), head);
        expect(put).toEqual(done({ by: world.logins.us, at: expect.any(String) }));
        const seen = await forge.queue(at(number));
        expect(seen).toMatchObject({ entry: { by: world.logins.us, position: 1 }, added: { times: 1, by: world.logins.us }, left: null });
        expect(seen.addedAt).toBe(put.state === 'done' ? put.result.at : '');
        expect(await forge.enqueue(at(number), head)).toEqual(REFUSED);
        expect((await forge.queue(at(number))).added.times).toBe(1);

        await stage.queueAs('owner', theirs, 'in');
        expect(await forge.dequeue(at(theirs))).toEqual(REFUSED);
        expect((await forge.queue(at(theirs))).entry?.by).toBe(world.logins.owner);
        expect(await forge.dequeue(at(number))).toEqual(done({}));
        expect(await forge.dequeue(at(number))).toEqual(done({}));
        const after = await forge.queue(at(number));
        expect(after).toMatchObject({ entry: null, added: { times: 1 }, left: { by: world.logins.us, why: expect.stringMatching(/\S/) } });
        expect(await forge.failedInQueue(at(number))).toBeNull();
      });

      it('that tells where CI has failed on a request', async () => {
        await staged();
        await stage.commit('main', stage.ci('queue', 'build', 'exit 1'));
        const number = await stage.request('feature');
        const head = (await stage.tip('feature')) ?? '';
        await stage.queueWith('build');
        await stage.status(head, 'build', 'success');
        expect(await forge.failedInQueue(at(number))).toBeNull();
        await mergeOf(number);
        expect(await forge.enqueue(at(number), head)).toMatchObject({ state: 'done' });
        const { left } = await until(
          'it has left',
          async () => {
            const seen = await forge.queue(at(number));
            return seen.entry === null && seen;
          },
          30,
        );
        expect(left).toMatchObject({ why: expect.stringMatching(/\S/), at: expect.any(String) });
        expect(await forge.failedInQueue(at(number))).toContain('http');
        expect((await forge.request(at(number))).state).toBe('open');
      }, 60_000);
    });

    describe('tells a poll', () => {
      it('what has changed since a moment by its own clock, and what carries a label', async () => {
        await staged();
        const issue = await stage.issue({ title: 'One' });
        const since = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
        const number = await stage.request('feature');
        await stage.label(issue, 'ready');
        await stage.label(await stage.issue({ title: 'Two' }), 'other');
        const { listed, now } = await forge.changedSince(stage.place, since);
        const shown = listed.map(({ changedAt, ...one }) => [one, Date.parse(changedAt) > 0]);
        expect(shown).toHaveLength(3);
        expect(shown).toContainEqual([{ number: issue, isRequest: false, state: 'open', labels: ['ready'] }, true]);
        expect(shown).toContainEqual([{ number, isRequest: true, state: 'open', labels: [] }, true]);
        expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
        const later = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
        expect((await forge.changedSince(stage.place, later)).listed).toEqual([]);
        expect((await forge.openWith(stage.place, 'ready')).listed.map((one) => one.number)).toEqual([issue]);
        await forge.closeIssue(at(issue));
        expect((await forge.openWith(stage.place, 'ready')).listed).toEqual([]);
        expect((await forge.changedSince(stage.place, since)).listed.find((one) => one.number === issue)?.state).toBe('closed');
      });

      it('that a check of a request has changed, and nothing of what is no request', async () => {
        await staged();
        const [issue, number, other] = [await stage.issue({ title: 'One' }), await stage.request('feature'), await stage.request('other')];
        const head = (await stage.tip('feature')) ?? '';
        await stage.status(head, 'test', 'pending');
        const shown = () => forge.checksShown(stage.place, [issue, number, other]);
        const before = await shown();
        expect(Object.keys(before).map(Number)).toEqual([number, other]);
        expect(await shown()).toEqual(before);
        await stage.status(head, 'test', 'success');
        const after = await shown();
        expect([after[number] === before[number], after[other] === before[other]]).toEqual([false, true]);
      });
    });

    describe('tells apart', () => {
      it('what is not there: thrown as that, or nothing where that is an answer', async () => {
        await staged();
        const place = { ...stage.place, repo: 'none' };
        const none = { ...place, number: 1 };
        const gone: MergeRequestRef = { ...none, host: world.host };
        const words = { branch: 'feature', base: 'main', title: 'Do it', body: '', draft: false };
        const before = { head: NONE, tree: NONE, reviews: [], conversations: { open: 0, mustBeResolved: false } } as unknown as ForgeFacts;
        const asked: Readonly<Record<string, () => Promise<unknown>>> = {
          repository: () => forge.repository(place),
          contains: () => forge.contains(place, 'main', NONE),
          commitsSince: () => forge.commitsSince(place, 'main', new Date(0), 1),
          file: () => forge.file(place, 'README.md'),
          issue: () => forge.issue(none),
          labelled: () => forge.labelled(none, () => true),
          addLabels: () => forge.addLabels(none, ['a']),
          setMilestone: () => forge.setMilestone(none, 1),
          request: () => forge.request(none),
          facts: () => forge.facts(gone),
          factsAgain: () => forge.factsAgain(gone, before),
          openRequests: () => forge.openRequests(place),
          requestsFrom: () => forge.requestsFrom(place, 'feature', 'all'),
          closes: () => forge.closes(none),
          mentions: () => forge.mentions(none),
          openRequest: () => forge.openRequest(place, words),
          describe: () => forge.describe(none, () => 'Said.'),
          retarget: () => forge.retarget(none, 'main'),
          askReviewers: () => forge.askReviewers(none, [world.logins.reader]),
          mergeRequest: () => forge.mergeRequest(none, { head: NONE, method: 'squash' }),
          comment: () => forge.comment(none, null, 'Said.'),
          ownComments: () => forge.ownComments(none, null, 'mark'),
          endedChecks: () => forge.endedChecks(place, NONE),
          failedStatuses: () => forge.failedStatuses(place, NONE),
          hasRerun: () => forge.hasRerun(place, 'test', '1'),
          queue: () => forge.queue(none),
          failedInQueue: () => forge.failedInQueue(none),
          enqueue: () => forge.enqueue(none, NONE),
          dequeue: () => forge.dequeue(none),
          changedSince: () => forge.changedSince(place, '2026-01-01T00:00:00Z'),
          openWith: () => forge.openWith(place, 'ready'),
          checksShown: () => forge.checksShown(place, [1]),
        };
        const reasons = await Promise.all(Object.entries(asked).map(async ([what, ask]) => [what, await reason(ask())]));
        expect(reasons).toEqual(Object.keys(asked).map((what) => [what, 'gone']));

        expect(await forge.branchAt(place, 'main')).toBeNull();
        expect(await forge.treeOf(place, NONE)).toBeNull();
        expect(await forge.mayWrite(place, world.logins.us)).toBe(false);
        expect(await forge.folder(place, '')).toEqual([]);
        expect(await forge.requestsAt(place, NONE)).toEqual([]);
        expect(await forge.jobLog(place, 1)).toBeNull();
        expect(await forge.deleteBranch(place, 'feature', NONE)).toEqual(done());
        expect(await forge.closeIssue(none)).toEqual(REFUSED);
        expect(await forge.comment(none, 1, 'Said.')).toEqual(REFUSED);
        expect(await forge.rerun(place, 1)).toEqual(REFUSED);
        await forge.editComment(place, 1, () => 'Said.');
        await forge.deleteComment(place, null, 1);
      });

      it('what we may not do, which changes nothing', async () => {
        await staged();
        const [number, issue] = [await stage.request('feature'), await stage.issue({ title: 'One' })];
        const head = (await stage.tip('feature')) ?? '';
        await mergeOf(number);
        const remark = await stage.remark(number, 'Theirs.', 'owner');
        const first = await stage.thread(number, 'Theirs.', 'owner');
        const reader = by('reader');
        const before = await stage.changes();
        const asked: Readonly<Record<string, () => Promise<unknown>>> = {
          deleteBranch: () => reader.deleteBranch(stage.place, 'feature', head),
          addLabels: () => reader.addLabels(at(issue), ['a']),
          setMilestone: () => reader.setMilestone(at(issue), 1),
          closeIssue: () => reader.closeIssue(at(issue)),
          describe: () => reader.describe(at(number), () => 'Theirs.'),
          retarget: () => reader.retarget(at(number), 'main'),
          askReviewers: () => reader.askReviewers(at(number), [world.logins.owner]),
          mergeRequest: () => reader.mergeRequest(at(number), { head, method: 'squash' }),
          editComment: () => reader.editComment(stage.place, remark, () => 'Ours.'),
          deleteComment: () => reader.deleteComment(stage.place, null, remark),
          deleteReply: () => reader.deleteComment(stage.place, first, first),
        };
        const reasons = await Promise.all(Object.entries(asked).map(async ([what, ask]) => [what, await reason(ask())]));
        expect(reasons).toEqual(Object.keys(asked).map((what) => [what, 'rights']));
        expect(await stage.changes()).toBe(before);
      });

      it('what nobody may do any more: it is archived', async () => {
        await staged();
        const number = await stage.request('feature');
        const head = (await stage.tip('feature')) ?? '';
        await mergeOf(number);
        await stage.archive();
        expect(await reason(forge.comment(at(number), null, 'Said.'))).toBe('archived');
        expect(await reason(forge.addLabels(at(number), ['a']))).toBe('archived');
        expect(await reason(forge.describe(at(number), () => 'Said.'))).toBe('archived');
        expect(await reason(forge.mergeRequest(at(number), { head, method: 'squash' }))).toBe('archived');
        expect((await forge.request(at(number))).state).toBe('open');
      });

      it('a limit, which is no word on what was asked for', async () => {
        await staged();
        const met = await world.limited((limited) => thrown(limited.repository(stage.place)));
        expect([isLimit(met), isOfForge(met), isUnavailable(met), refusalOf(met)]).toEqual([true, true, true, undefined]);
        expect(await unlessGone(() => by('stranger').repository(stage.place))).toMatchObject({ defaultBranch: 'main' });
      });
    });

    it('shows people what we speak of, at addresses that are there', async () => {
      await staged();
      const [number, issue] = [await stage.request('feature'), await stage.issue({ title: 'One' })];
      const said = await stage.remark(number, 'Said.', 'owner');
      const { pages } = world;
      expect(new URL(pages.comment(at(number), said)).hash).toContain(String(said));
      for (const [address, shown] of [
        [pages.issue(at(issue)), 'One'],
        [pages.request(at(number)), 'Request feature'],
        [pages.comment(at(number), said), 'Said.'],
        [pages.requests(stage.place), 'Request feature'],
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
        const bound = world.forge()({ fetch: counting, signal: new AbortController().signal });
        const number = await stage.issue({ title: 'One' });
        expect(await bound.closeIssue(at(number))).toEqual(done());
        expect(sent.filter((method) => method !== 'GET')).toHaveLength(1);
      });

      it('and ends with it', async () => {
        await staged();
        const ended = AbortSignal.abort(new Error('too late'));
        const bound = world.forge()({ fetch, signal: ended });
        const before = await stage.changes();
        expect(await thrown(bound.comment(at(await stage.issue({ title: 'One' })), null, 'Late.'))).toBeInstanceOf(Error);
        expect(await stage.changes()).toBe(before + 1);
      });
    });
  });
}
