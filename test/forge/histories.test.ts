// Random histories with a fixed seed. `npm run forge:histories -- --count 100` lives through more; a seed that fails there belongs here.
import { describe, expect, it } from '@jest/globals';
import { runHistories } from './histories/run.ts';

describe('whatever several people do to a repository', () => {
  it('leaves heads merged as their methods say, by whatever way, rules kept, numbers unique, and views, timelines and webhooks as the effects', async () => {
    const { merges, refusals } = await runHistories({ count: 1, seed: 20_261_120 });
    for (const method of ['merge', 'squash', 'rebase']) expect(merges.filter((merge) => merge.method === method)).not.toEqual([]);
    expect(merges.filter(({ underRules }) => underRules)).not.toEqual([]);
    for (const way of ['call', 'auto-merge', 'queue']) expect(merges.filter((merge) => merge.way === way)).not.toEqual([]);
    for (const reason of [/approving review/, /status check/, /Head branch was modified/, /code owner review/, /merge queue/])
      expect(refusals).toContainEqual(expect.stringMatching(reason));
  }, 600_000);
});
