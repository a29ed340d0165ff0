import { describe, expect, it } from '@jest/globals';
import { runKills } from './kill-run.ts';

describe('a forge that is killed again and again under load', () => {
  it('has what it acknowledged exactly once, and what it did not at most once; git and API agree', async () => {
    const { acknowledged, unknown } = await runKills({ kills: 5, seed: 20_261_120 });
    for (const count of Object.values(acknowledged)) expect(count).toBeGreaterThan(0);
    expect(unknown.happened + unknown.not).toBeGreaterThan(0);
  }, 240_000);
});
