// The forge's own dice: seeded, so that a run with the same seed and the same requests has the same delays.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Span } from './settings.ts';

export interface Random {
  /** A number from the span, ends included. */
  within(span: Span): number;
  /** True in a share (0 to 1) of the cases. */
  chance(share: number): boolean;
}

export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return {
    within: ([least, most]) => least + uniformFloat64(generator) * (most - least),
    chance: (share) => share > 0 && uniformFloat64(generator) < share,
  };
}
