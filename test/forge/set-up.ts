// What most test files begin with: a forge, and a place to work on it as people do.
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';

/** One forge with one workbench for the tests of a file. `take` gets both before the first test. */
export function oneBench(take: (forge: TestForge, bench: Workbench) => void): void {
  let forge: TestForge;
  let bench: Workbench;
  beforeAll(async () => {
    forge = await startTestForge();
    bench = await workbench(forge);
    take(forge, bench);
  });
  afterAll(async () => {
    bench.dispose();
    await forge.stop();
  });
}

/** One forge for the tests of a file, which knows these people too, and a workbench of its own for each test. `take` gets both before each. */
export function benchForEach(take: (forge: TestForge, bench: Workbench) => void, people: readonly string[] = []): void {
  let forge: TestForge;
  let bench: Workbench;
  beforeAll(async () => {
    forge = await startTestForge();
    for (const login of people) await forge.addUser(login);
  });
  beforeEach(async () => {
    bench = await workbench(forge);
    take(forge, bench);
  });
  afterEach(() => bench.dispose());
  afterAll(() => forge.stop());
}
