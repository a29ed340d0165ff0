import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';

let folder: string;
let forge: TestForge;
let bench: Workbench;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'killed-'));
  forge = await startTestForge({ dataDirectory: folder });
  bench = await workbench(forge);
});
afterEach(async () => {
  bench.dispose();
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** git itself kills the forge, in its own step: before the move of main is done, or when it has just been done. */
function killAt(step: 'prepared' | 'committed'): void {
  const hook = path.join(folder, 'repositories/owner', `${bench.place.repo}.git`, 'hooks/reference-transaction');
  const script = `#!/bin/sh\n[ "$1" = ${step} ] && grep -q refs/heads/main && kill -9 ${String(forge.process.pid)} && exit ${step === 'prepared' ? 1 : 0}\nexit 0\n`;
  writeFileSync(hook, script, { mode: 0o755 });
}

async function startAgain({ place }: Workbench, killed: TestForge): Promise<void> {
  await new Promise<void>((resolve) => {
    if (killed.process.signalCode !== null) resolve();
    else killed.process.once('exit', () => resolve());
  });
  rmSync(path.join(folder, 'repositories/owner', `${place.repo}.git`, 'hooks/reference-transaction'));
  forge = await startTestForge({ dataDirectory: folder });
  bench = await workbench(forge, { place });
}

async function mergeUntilKilled(step: 'prepared' | 'committed'): Promise<number> {
  await forge.as('owner').rest.repos.update({ ...bench.place, delete_branch_on_merge: true });
  await forge.as('owner').rest.issues.create({ ...bench.place, title: 'Trouble' });
  const { number, head } = await bench.open('feature', { body: 'Fixes #1' });
  killAt(step);
  const merging = forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: number, sha: head.sha });
  await expect(merging).rejects.toThrow();
  bench.dispose();
  await startAgain(bench, forge);
  return number;
}

it('a merge that git has made is recorded after kill -9, once, with all that follows from it', async () => {
  const number = await mergeUntilKilled('committed');
  expect(await bench.pull(number)).toMatchObject({
    merged: true,
    merge_commit_sha: await bench.tip('main'),
    merged_by: { login: 'writer' },
  });
  expect(await bench.effects('pull_request.merged')).toHaveLength(1);
  expect((await bench.effects('ref.updated')).filter(({ subject }) => subject === 'refs/heads/main')).toHaveLength(1);
  expect(await bench.tip('feature')).toBe('');
  expect((await forge.as('reader').rest.issues.get({ ...bench.place, issue_number: 1 })).data.state).toBe('closed');
});

it('a merge that git has not made is not there after kill -9, and can be made', async () => {
  const before = await bench.tip('main');
  const number = await mergeUntilKilled('prepared');
  expect(await bench.tip('main')).toBe(before);
  expect(await bench.pull(number)).toMatchObject({ merged: false, state: 'open' });
  expect(await bench.effects('pull_request.merged')).toEqual([]);
  await forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: number });
  expect(await bench.effects('pull_request.merged')).toHaveLength(1);
});
