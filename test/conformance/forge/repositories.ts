// People and repositories: who may what, branches, commits, files.
import { describe, expect, it } from '@jest/globals';
import { isOfForge, isUnavailable, refusalOf } from '../../../src/activities/forge/errors.ts';
import { isLimit } from '../../../src/activities/forge/limit.ts';
import { done, NONE, reason, thrown, type Tried } from './tried.ts';

export function repositories(t: Tried): void {
  const { by, staged } = t;
  describe('says who', () => {
    it('we are, and with what; a token that is none, and an address where nobody answers, are told apart', async () => {
      expect(await t.forge.account()).toBe(t.world.logins.us);
      const { login, left, time } = await t.forge.access();
      expect(login).toBe(t.world.logins.us);
      expect(left === null || left > 0).toBe(true);
      expect(time === null || Math.abs(Date.parse(time) - Date.now()) < 60_000).toBe(true);
      expect(await reason(t.world.wrong.token.account())).toBe('token');
      const away = await thrown(t.world.wrong.address.account());
      expect([isOfForge(away), isUnavailable(away), refusalOf(away), isLimit(away)]).toEqual([true, true, undefined, false]);
    });

    it('may write, and of nobody that we are not told of', async () => {
      await staged();
      const { us, owner, reader, stranger } = t.world.logins;
      const may = async (login: string): Promise<boolean> => t.forge.mayWrite(t.stage.place, login);
      expect(await Promise.all([us, owner, reader, stranger, 'nobody-of-that-name'].map(may))).toEqual([true, true, false, false, false]);
      expect(await by('stranger').mayWrite(t.stage.place, owner)).toBe(false);
    });
  });

  describe('shows of a repository', () => {
    it('how work begins with it: its default branch, its address for git, whether we may push, how it merges', async () => {
      await staged();
      const seen = await t.forge.repository(t.stage.place);
      expect(seen).toMatchObject({ defaultBranch: 'main', mayPush: true, isArchived: false, methods: ['squash', 'merge', 'rebase'] });
      expect(await t.stage.git('ls-remote', seen.cloneUrl, 'refs/heads/main')).toContain(await t.stage.tip('main'));
      expect((await by('reader').repository(t.stage.place)).mayPush).toBe(false);
      await t.stage.allow(['rebase']);
      expect((await t.forge.repository(t.stage.place)).methods).toEqual(['rebase']);
    });

    it('nothing where there is none, or none for us', async () => {
      await staged({ private: true });
      expect((await t.forge.repository(t.stage.place)).defaultBranch).toBe('main');
      expect(await reason(by('stranger').repository(t.stage.place))).toBe('gone');
      expect(await reason(t.forge.repository({ ...t.stage.place, repo: 'none' }))).toBe('gone');
    });

    it('where a branch is, and that there is none', async () => {
      await staged();
      const head = await t.stage.commit('some/feature', { 'a.txt': 'a\n' });
      expect(await t.forge.branchAt(t.stage.place, 'some/feature')).toBe(head);
      expect(await t.forge.branchAt(t.stage.place, 'some')).toBeNull();
    });

    it('the tree of a commit, and none of one that it does not have', async () => {
      await staged();
      const commit = await t.stage.commit('feature', { 'a.txt': 'a\n' });
      expect(await t.forge.treeOf(t.stage.place, commit)).toBe(await t.stage.git('rev-parse', `${commit}^{tree}`));
      expect(await t.forge.treeOf(t.stage.place, NONE)).toBeNull();
    });

    it('whether a branch has a commit', async () => {
      await staged();
      const first = (await t.stage.tip('main')) ?? '';
      const ahead = await t.stage.commit('feature', { 'a.txt': 'a\n' });
      const contains = (branch: string, commit: string): Promise<boolean> => t.forge.contains(t.stage.place, branch, commit);
      expect(await contains('feature', first)).toBe(true);
      expect(await contains('feature', ahead)).toBe(true);
      expect(await contains('main', ahead)).toBe(false);
      await t.stage.commit('main', { 'b.txt': 'b\n' });
      expect(await contains('main', ahead)).toBe(false);
    });

    it('its newest commits with their whole messages, up to a time', async () => {
      await staged();
      const first = await t.stage.commit('main', { 'a.txt': 'a\n' }, { message: 'One\n\nWith a body.' });
      const second = await t.stage.commit('main', { 'a.txt': 'b\n' }, { message: 'Two' });
      const commits = await t.forge.commitsSince(t.stage.place, 'main', new Date(Date.now() - 60_000), 1);
      expect(commits.slice(0, 2)).toEqual([
        { sha: second, message: 'Two', by: expect.stringMatching(/\S/) },
        { sha: first, message: 'One\n\nWith a body.', by: expect.stringMatching(/\S/) },
      ]);
      expect(await t.forge.commitsSince(t.stage.place, 'main', new Date(Date.now() + 60_000), 1)).toEqual([]);
    });

    it('its folders and the texts of its files', async () => {
      await staged();
      await t.stage.commit('main', { 'docs/a.md': 'Grüße\n', 'docs/deep/b.md': 'b\n' });
      expect(await t.forge.folder(t.stage.place, 'docs')).toEqual([
        { type: 'file', path: 'docs/a.md' },
        { type: 'folder', path: 'docs/deep' },
      ]);
      expect((await t.forge.folder(t.stage.place, '')).map(({ path }) => path).sort()).toEqual(['README.md', 'docs']);
      expect(await t.forge.folder(t.stage.place, 'none')).toEqual([]);
      expect(await t.forge.file(t.stage.place, 'docs/a.md')).toBe('Grüße\n');
      expect(await t.forge.file(t.stage.place, 'docs')).toBeNull();
    });
  });

  it('deletes a branch where it is as we know it, and no other; one that is gone is done', async () => {
    await staged();
    const [before, now] = [await t.stage.commit('feature', { 'a.txt': 'a\n' }), await t.stage.commit('feature', { 'a.txt': 'b\n' })];
    expect(await t.forge.deleteBranch(t.stage.place, 'feature', before)).toMatchObject({
      state: 'refused',
      because: expect.stringContaining(now),
    });
    expect(await t.stage.tip('feature')).toBe(now);
    expect(await reason(by('reader').deleteBranch(t.stage.place, 'feature', now))).toBe('rights');
    expect(await t.forge.deleteBranch(t.stage.place, 'feature', now)).toEqual(done());
    expect(await t.forge.deleteBranch(t.stage.place, 'feature', now)).toEqual(done());
    expect([await t.stage.tip('feature'), await t.forge.branchAt(t.stage.place, 'feature')]).toEqual([undefined, null]);
  });
}
