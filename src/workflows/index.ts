// All workflows, as the worker's bundle has them.
export { session } from './session.ts';
export { task } from './task.ts';
