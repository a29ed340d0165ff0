// The order of test files: those that take minutes first, so that no worker ends the run alone. Jest goes by size where it has no times of an
// earlier run, and the longest file is one of the smallest.
import Sequencer from '@jest/test-sequencer';

const LONGEST = [
  'workflows/histories',
  'workflows/merge-request-killed',
  'e2e/package',
  'workflows/task-killed',
  'e2e/chaos',
  'workflows/rollout',
  'client/cli/run',
  'client/cli/cli',
  'client/cli/mr-hands',
  'client/cli/mr',
  'workflows/merge-request-base',
  'git/hostile',
].map((name) => `/test/${name}.test.ts`);

const rank = ({ path }) => {
  const at = LONGEST.findIndex((end) => path.endsWith(end));
  return at < 0 ? LONGEST.length : at;
};

export default class LongestFirst extends Sequencer {
  async sort(tests) {
    return (await super.sort(tests)).sort((one, other) => rank(one) - rank(other));
  }
}
