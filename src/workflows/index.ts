// All workflows, as the worker's bundle has them.
export { mergeRequest } from './merge-request.ts';
export { mergeLane } from './merge-lane.ts';
export { poll } from './poll.ts';
export { review } from './review.ts';
export { scheduled } from './scheduled.ts';
export { session } from './session.ts';
export { task } from './task.ts';
