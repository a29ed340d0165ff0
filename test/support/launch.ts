// Starts commands for a test. Tests are large processes: what they start themselves costs them more than what it does. A launcher that has
// been idle for a while ends, because a run has many test files in one process, and none would end its own.
import type { Launch } from '../../src/sandbox/launcher/launch.ts';
import { createLauncher, type Launcher } from '../../src/sandbox/launcher/launcher.ts';

const IDLE_MS = 1_000;

let launcher: Launcher | undefined;
let running = 0;
let idle: NodeJS.Timeout | undefined;

export const launch: Launch = (invocation, watch) => {
  clearTimeout(idle);
  launcher ??= createLauncher();
  running++;
  const { kill, ended } = launcher.launch(invocation, watch);
  const rest = (): void => {
    if (--running > 0) return;
    idle = setTimeout(() => {
      launcher?.end();
      launcher = undefined;
    }, IDLE_MS).unref();
  };
  ended.then(rest, rest);
  return { kill, ended };
};
