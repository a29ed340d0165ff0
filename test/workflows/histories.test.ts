// Random histories of requests with fixed seeds: each ends as it does undisturbed, nothing is done twice, nothing is merged that lacks something,
// and whatever is open waits for somebody. `npm run histories -- --count 500` lives through more; a seed that fails there belongs here.
import { describe, expect, it } from '@jest/globals';
import { runHistories, told } from './histories/run.ts';

describe('whatever happens to a request', () => {
  it('ends as undisturbed, does nothing twice, merges nothing that lacks something, and waits for somebody', async () => {
    const seeds = Array.from({ length: 20 }, (_, at) => 1_020 + at);
    const { failures, ends } = await runHistories({ seeds, kills: true });
    expect(failures.map(told).join('\n\n')).toBe('');
    expect(Object.keys(ends).some((end) => end.startsWith('merged by writer'))).toBe(true);
  }, 900_000);
});
