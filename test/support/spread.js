// The order of test files: those that keep both cores busy for a minute and more are spread over the run, and small ones beside them. Two of
// them side by side take longer than one after the other: what they kill is then missed late, and done again.
import Sequencer from '@jest/test-sequencer';

const BUSY = [
  'workflows/merge-request-killed',
  'workflows/histories',
  'client/cli/run',
  'workflows/rollout',
  'workflows/task-killed',
  'e2e/package',
  'workflows/identity',
  'e2e/chaos',
  'git/hostile',
  'client/cli/cli',
  'client/cli/mr',
].map((name) => `/test/${name}.test.ts`);

export default class Spread extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const place = ({ path }) => BUSY.findIndex((end) => path.endsWith(end));
    const busy = sorted.filter((test) => place(test) >= 0).sort((one, other) => place(one) - place(other));
    const others = sorted.filter((test) => place(test) < 0);
    const beside = Math.ceil(others.length / Math.max(1, busy.length));
    const order = busy.flatMap((test, at) => [test, ...others.slice(at * beside, (at + 1) * beside)]);
    return busy.length === 0 ? others : order;
  }
}
