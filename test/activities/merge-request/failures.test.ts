// What speaks for running a failed job again, read from a real forge.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { github } from '../../../src/activities/forge/github/index.ts';
import { createMemory } from '../../../src/activities/merge-request/memory.ts';
import { readFailures } from '../../../src/activities/merge-request/failures.ts';
import { forgeHost } from '../../../src/contracts/work.ts';
import { startTestForge, type TestForge } from '../../forge/harness.ts';
import { workbench } from '../../forge/pull-request-support.ts';

let forge: TestForge;

beforeAll(async () => {
  forge = await startTestForge();
});

afterAll(() => forge.stop());

it('a job that has passed on another head of the request with the same tree looks flaky; on one with another tree it does not', async () => {
  const bench = await workbench(forge);
  const { rest } = forge.as('writer');
  const pull = await bench.open('feature');
  const first = pull.head.sha;
  const { data: commit } = await rest.git.getCommit({ ...bench.place, commit_sha: first });
  const same = { ...bench.place, message: 'Said better', tree: commit.tree.sha, parents: commit.parents.map(({ sha }) => sha) };
  const twin = (await rest.git.createCommit(same)).data.sha;
  const other = await bench.commit('feature', { 'more.txt': 'more' });
  const ended = (head_sha: string, name: string, conclusion: 'success' | 'failure') =>
    rest.checks.create({ ...bench.place, head_sha, name, status: 'completed', conclusion });
  await Promise.all([
    ended(first, 'test', 'success'),
    ended(twin, 'test', 'failure'),
    ended(other, 'lint', 'success'),
    ended(twin, 'lint', 'failure'),
  ]);

  const ours = () => github(forge.as('writer'));
  const reader = { forge: ours, memory: createMemory(ours), keep: async () => '', knownFlaky: [] };
  const seen = { head: twin, tree: commit.tree.sha, base: { branch: 'main', commit: await bench.tip('main') } };
  const failed = { name: 'test', state: 'failed', ran: false, app: null, run: '1', url: null, evidence: '' } as const;
  const ref = { host: forgeHost(forge.url), ...bench.place, number: pull.number };
  const failures = await readFailures(reader, ref, { ...seen, checks: [failed] }, [first, other, twin]);
  expect(failures.map(({ name, flaky }) => [name, flaky])).toEqual([
    ['lint', null],
    ['test', `it has passed on ${first.slice(0, 12)}, which is the same tree`],
  ]);
});
