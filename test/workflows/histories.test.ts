// Random histories of requests with fixed seeds: each ends as it does undisturbed, nothing is done twice, nothing is merged that lacks something,
// and whatever is open waits for somebody. `npm run histories -- --count 500` lives through more; a seed that fails there belongs here.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { End } from './histories/judge.ts';
import { runHistories, told } from './histories/run.ts';

// How each ends undisturbed: `npm run histories -- --count 40 --seed 1020 --keep` lives through that, and writes it down.
const expected = JSON.parse(readFileSync(new URL('histories/ends.json', import.meta.url), 'utf8')) as Record<number, End>;

describe('whatever happens to a request', () => {
  it('ends as undisturbed, does nothing twice, merges nothing that lacks something, and waits for somebody', async () => {
    const seeds = Array.from({ length: 40 }, (_, at) => 1_020 + at);
    const { failures, ends } = await runHistories({ seeds, kills: true, expected });
    expect(failures.map(told).join('\n\n')).toBe('');
    expect(Object.keys(ends).some((end) => end.startsWith('merged by writer'))).toBe(true);
  }, 900_000);
});
