// GraphQL is the only door to auto-merge on GitHub. Until the forge has it, these tests switch it on in the records of a forge that is down.
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';

let folder: string;
let forge: TestForge;
let bench: Workbench;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'queue-'));
  forge = await startTestForge({ dataDirectory: folder });
  bench = await workbench(forge);
});
afterEach(async () => {
  bench.dispose();
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function switchOnAutoMerge(old: Workbench, numbers: readonly number[]): Promise<void> {
  await old.forge.stop();
  const database = new DatabaseSync(path.join(folder, 'forge.sqlite'));
  for (const row of database.prepare("SELECT id, data FROM documents WHERE collection = 'pullRequest'").all()) {
    const pull = JSON.parse(String(row['data'])) as { number: number; headPushedBy: number };
    if (!numbers.includes(pull.number)) continue;
    const autoMerge = { enabledBy: pull.headPushedBy, method: 'merge', title: null, message: null };
    database
      .prepare("UPDATE documents SET data = ? WHERE collection = 'pullRequest' AND id = ?")
      .run(JSON.stringify({ ...pull, autoMerge }), Number(row['id']));
  }
  database.close();
  old.dispose();
  forge = await startTestForge({ dataDirectory: folder });
  bench = await workbench(forge, { place: old.place });
}

const report = (sha: string, context: string, state: 'success' | 'failure'): Promise<unknown> =>
  forge.as('writer').rest.repos.createCommitStatus({ ...bench.place, sha, context, state });
const merged = (number: number): Promise<unknown> => eventually(`#${number} to be merged`, async () => (await bench.pull(number)).merged);
/** The queue's branches: number of the request, and the commit under test. */
const groups = async (): Promise<Map<number, string>> => {
  const refs = await bench.git('ls-remote', forge.remote(bench.place, 'writer'), 'refs/heads/gh-readonly-queue/*');
  return new Map([...refs.matchAll(/^([0-9a-f]{40})\t.*\/pr-(\d+)-/gm)].map(([, sha = '', number]) => [Number(number), sha]));
};
const groupOf = (number: number): Promise<string> => eventually(`a group of #${number}`, async () => (await groups()).get(number));

it('auto-merge merges once the last check has succeeded, and not before', async () => {
  await forge.as('owner').rest.repos.updateBranchProtection({
    ...bench.place,
    branch: 'main',
    required_status_checks: { strict: false, contexts: ['build'] },
    enforce_admins: true,
    required_pull_request_reviews: null,
    restrictions: null,
  });
  const { number, head } = await bench.open('feature');
  await switchOnAutoMerge(bench, [number]);
  expect(await bench.pull(number)).toMatchObject({ merged: false, auto_merge: { merge_method: 'merge' } });
  await report(head.sha, 'build', 'success');
  await merged(number);
  expect(await bench.effects('pull_request.merged')).toEqual([expect.objectContaining({ actor: 'writer' })]);
});

describe('a merge queue', () => {
  /** Two requests in the queue of main, the first ahead of the second. */
  const queued = async (): Promise<[number, number]> => {
    const one = await bench.open('one');
    const two = await bench.open('two');
    await forge.as('owner').rest.repos.createRepoRuleset({
      ...bench.place,
      name: 'queue',
      enforcement: 'active',
      conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      rules: [
        {
          type: 'merge_queue',
          parameters: {
            check_response_timeout_minutes: 60,
            grouping_strategy: 'ALLGREEN',
            max_entries_to_build: 5,
            max_entries_to_merge: 5,
            merge_method: 'SQUASH',
            min_entries_to_merge: 1,
            min_entries_to_merge_wait_minutes: 0,
          },
        },
        {
          type: 'required_status_checks',
          parameters: { strict_required_status_checks_policy: false, required_status_checks: [{ context: 'build' }] },
        },
      ],
    });
    for (const { head } of [one, two]) await report(head.sha, 'build', 'success');
    await switchOnAutoMerge(bench, [one.number, two.number]);
    return [one.number, two.number];
  };

  it('tests each request upon the one before, and moves the base to what was green', async () => {
    const [one, two] = await queued();
    const [first, second] = [await groupOf(one), await groupOf(two)];
    await bench.git('fetch', '-q', forge.remote(bench.place, 'writer'), '+refs/heads/*:refs/remotes/origin/*');
    expect(await bench.git('log', '-1', '--format=%P', second)).toBe(first);
    const direct = forge.as('writer').rest.pulls.merge({ ...bench.place, pull_number: one });
    await expect(direct).rejects.toThrow('Changes must be made through the merge queue');
    await report(second, 'build', 'success');
    expect((await bench.pull(two)).merged).toBe(false);
    await report(first, 'build', 'success');
    await merged(two);
    expect(await bench.tip('main')).toBe(second);
    expect((await bench.effects('pull_request.merged')).map(({ subject }) => subject)).toEqual([`#${one}`, `#${two}`]);
    expect((await groups()).size).toBe(0);
  });

  it('drops what is red, and tests anew what was built upon it', async () => {
    const [one, two] = await queued();
    const [first, second] = [await groupOf(one), await groupOf(two)];
    await report(first, 'build', 'failure');
    const anew = await eventually('a new group', async () => {
      const sha = (await groups()).get(two);
      return sha !== second && sha;
    });
    await report(anew, 'build', 'success');
    await merged(two);
    expect(await bench.tip('main')).toBe(anew);
    expect(await bench.pull(one)).toMatchObject({ merged: false, auto_merge: null });
    expect(await bench.effects('pull_request.enqueued')).toHaveLength(2);
    expect((await bench.effects('pull_request.dequeued')).map(({ subject, details }) => [subject, details?.['reason']])).toContainEqual([
      `#${one}`,
      'CI_FAILURE',
    ]);
  });
});
