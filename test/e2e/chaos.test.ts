// A ticket goes from issue to merge under more than twenty kills: one branch, one request, no doubled comment or reply, one merge, nothing that was
// said is lost. More, with other seeds: `npm run chaos -- --kills 300`.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { createChaos, type Chaos } from './chaos.ts';

const KILLS = 22;
let chaos: Chaos;

beforeAll(async () => {
  chaos = await createChaos();
}, FIRST_RUN_MS);

afterAll(() => chaos.end(), 60_000);

describe('chaos', () => {
  it('leaves a delivery as it would have been', async () => {
    const { outcome, killed, seen, told, steered } = await chaos.deliver(7, KILLS);
    expect(outcome).toMatchObject({ outcome: 'merged', request: 2 });
    expect(killed.length).toBeGreaterThanOrEqual(20);
    expect(seen).toEqual({
      requests: 1,
      merged: true,
      commits: [
        'feat: give 10 % off large orders',
        'fix: start the discount at 100.00 and round to whole cents',
        'style: keep lines within 80 characters',
        'refactor: name the sum from which orders cost less',
      ],
      comments: 1,
      replies: 1,
      branches: ['main'],
      issue: 'closed',
    });
    expect(told).not.toBe('lost');
    expect(steered).not.toBe('lost');
  }, 600_000);
});
