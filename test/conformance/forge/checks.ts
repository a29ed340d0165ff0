// Why checks have failed, and how a job is run again.
import { describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.ts';
import { done, REFUSED, type Tried } from './tried.ts';

export function checks(t: Tried): void {
  const { by, staged } = t;
  describe('tells why checks have failed', () => {
    it('of those that have ended, the newest run of each; of statuses the failed ones', async () => {
      await staged();
      const commit = await t.stage.commit('feature', { 'a.txt': 'a\n' });
      const test = await t.stage.check(commit, 'test', 'failure', 'Two of nine.');
      const lint = await t.stage.check(commit, 'lint', 'success');
      const stopped = await t.stage.check(commit, 'stopped', 'cancelled');
      await t.stage.check(commit, 'slow', null);
      const ended = [...(await t.forge.endedChecks(t.stage.place, commit))].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(ended).toMatchObject([
        { name: 'lint', run: lint, passed: true, job: null },
        { name: 'stopped', run: stopped, passed: false, isAboutCode: false },
        { name: 'test', run: test, passed: false, isAboutCode: true, summary: expect.stringContaining('Two of nine.'), job: null },
      ]);
      expect(ended).toHaveLength(3);
      await t.stage.status(commit, 'fine', 'success');
      await t.stage.status(commit, 'broken', 'failure');
      await t.stage.status(commit, 'away', 'error');
      const statuses = [...(await t.forge.failedStatuses(t.stage.place, commit))].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(statuses).toMatchObject([
        { name: 'away', passed: false, isAboutCode: false, summary: 'away: error', job: null },
        { name: 'broken', passed: false, isAboutCode: true, summary: 'broken: failure', job: null },
      ]);
      expect(statuses).toHaveLength(2);
      expect(await t.forge.endedChecks(t.stage.place, (await t.stage.tip('main')) ?? '')).toEqual([]);
    });

    it('with the log of a job of its own, which is run again once for one end of it', async () => {
      await staged();
      const commit = await t.stage.commit(
        'feature',
        t.stage.ci('pushes', 'test', 'echo before', 'echo AssertionError: wanted one; exit 1'),
      );
      const ended = () => t.forge.endedChecks(t.stage.place, commit);
      const [first] = await until('it has ended', async () => ((await ended()).length > 0 ? ended() : undefined), 30);
      expect(first).toMatchObject({ name: 'test', passed: false, isAboutCode: true, job: expect.any(Number) });
      const { run = '', job } = first ?? {};
      const log = await t.forge.jobLog(t.stage.place, job ?? 0);
      expect(log?.text).toContain('AssertionError: wanted one');
      expect(log?.step?.name).toContain('AssertionError');
      expect(await t.forge.jobLog(t.stage.place, 999_999_999)).toBeNull();

      expect(await t.forge.hasRerun(t.stage.place, 'test', run)).toBe(false);
      expect(await t.forge.rerun(t.stage.place, 999_999_999)).toEqual(REFUSED);
      expect(await by('reader').rerun(t.stage.place, job ?? 0)).toEqual(REFUSED);
      expect(await t.forge.rerun(t.stage.place, job ?? 0)).toEqual(done());
      await until('there is a newer run', async () => ((await t.forge.hasRerun(t.stage.place, 'test', run)) ? true : undefined), 30);
      const again = await until(
        'it has ended again',
        async () => {
          const now = await ended();
          return now.some((one) => one.run !== run) ? now : undefined;
        },
        30,
      );
      expect(again).toMatchObject([{ name: 'test', passed: false }]);
      expect(await t.forge.hasRerun(t.stage.place, 'test', again[0]?.run ?? '')).toBe(false);
    }, 60_000);
  });
}
