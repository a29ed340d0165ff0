// What the demo says of the base branch is what git and the tests there say; it ends badly where they say no.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { checkBase, exitOf } from '../../../src/client/cli/demo-check.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-demo-check-'));
  path = join(folder, 'till.git');
  await execa('git', ['init', '--quiet', '--bare', '--initial-branch=main', path]);
  await execa('git', ['clone', '--quiet', path, join(folder, 'work')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A commit whose one test expects this sum of 1 and 1. */
async function commit(sum: number, branch = 'main'): Promise<string> {
  const git = async (...args: string[]) =>
    (await execa('git', ['-C', join(folder, 'work'), '-c', 'user.name=a', '-c', 'user.email=a@b', ...args])).stdout;
  await writeFile(
    join(folder, 'work', 'sum.test.js'),
    `import('node:test').then(({ test }) => test('sum', () => { if (1 + 1 !== ${sum}) throw new Error('wrong'); }));\n`,
  );
  await git('add', '--all');
  await git('commit', '--quiet', '--allow-empty', '--message=Sum');
  await git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
  return git('rev-parse', 'HEAD');
}

describe('the demo', () => {
  it('ends well only where the change is on the base branch and the tests pass there', async () => {
    const check = async (sha: string) => checkBase({ path, base: 'main' }, sha, true);
    const good = await check(await commit(2));
    expect(good).toEqual({ ok: true, because: 'the commit is on main, and its 1 tests pass there' });
    expect(exitOf(good)).toBe(0);

    const elsewhere = await commit(2, 'elsewhere');
    const missing = await check(elsewhere);
    expect(missing).toEqual({ ok: false, because: `${elsewhere} is not on main` });
    expect(exitOf(missing)).toBe(1);

    const broken = await check(await commit(3));
    expect(broken).toEqual({ ok: false, because: 'the tests of main end with status 1' });
    expect(exitOf(broken)).toBe(1);
    expect(exitOf(null)).toBe(1); // nothing was merged
  }, 60_000);
});
