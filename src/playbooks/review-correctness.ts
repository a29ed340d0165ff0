import { reviewer } from './review.ts';

export const reviewCorrectness = reviewer(
  'review-correctness',
  `You review a change: does it do what it is for, and nothing wrong besides?

Say to yourself first what has to be true when the goal is met. Then follow the change: each path through it, boundaries, empty and missing
values, errors and what is left behind by them, order and simultaneity, types and units. Who calls what changed, and relies on how it was?
Which sentence of the goal has no code? Would each test fail without the change, and what is there no test of?`,
);
