import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, git, startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';

let folder: string;
let forge: TestForge;
let bench: Workbench;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'leftovers-'));
  forge = await startTestForge({ dataDirectory: folder });
  bench = await workbench(forge);
});
afterEach(async () => {
  bench.dispose();
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

const inRepository = (name: string): string => path.join(folder, 'repositories/owner', `${bench.place.repo}.git`, name);

/** Processes of git that work on the repository, as the forge marks them. */
const gitsOn = (repository: string): string[] =>
  readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/environ`, 'latin1').includes(`=${repository.replace(/\/$/, '')}\0`);
    } catch {
      return false; // it has ended
    }
  });

async function startAgain(before: Workbench): Promise<void> {
  before.dispose();
  forge = await startTestForge({ dataDirectory: folder });
  bench = await workbench(forge, { place: before.place });
}

describe('a forge that starts again after kill -9', () => {
  it('waits for a push that its predecessor has left with git, and takes in what it did', async () => {
    const [begun, ended] = [path.join(folder, 'begun'), path.join(folder, 'ended')];
    const hook = path.join(folder, 'hooks/pre-receive');
    // It goes on a while after the next forge has begun to start, which puts its own hook in this one's place.
    const script = `{ touch ${begun}; while grep -q begun ${hook}; do sleep 0.02; done; sleep 1; touch ${ended}; exit 0; }\n`;
    writeFileSync(hook, `#!/bin/sh\n${script}`, { mode: 0o755 });
    await git(bench.clone, 'commit', '-q', '--allow-empty', '-m', 'Late');
    const sha = await git(bench.clone, 'rev-parse', 'HEAD');
    const pushing = expect(git(bench.clone, 'push', '-q', 'origin', 'HEAD:refs/heads/late')).rejects.toThrow();
    await eventually('git to be in the middle of the push', async () => existsSync(begun));
    await forge.stop();
    await pushing;

    await startAgain(bench);
    expect(existsSync(ended)).toBe(true);
    const { data } = await forge.as('reader').rest.repos.getBranch({ ...bench.place, branch: 'late' });
    expect(data.commit.sha).toBe(sha);
    const created = (await bench.effects('ref.created')).filter(({ subject }) => subject === 'refs/heads/late');
    expect(created).toMatchObject([{ actor: 'writer', details: { after: sha } }]);
  });

  it('is not held up by a git that was in the middle of what a client said', async () => {
    const { owner, repo } = bench.place;
    const said = request(`${forge.url}/${owner}/${repo}.git/git-upload-pack`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-git-upload-pack-request', 'content-length': '100000' },
    }).on('error', () => undefined);
    said.write('0011command=fetch');
    await eventually('git to listen', async () => gitsOn(inRepository('')).length > 0);
    await forge.stop();
    await eventually('no git to be left', async () => gitsOn(inRepository('')).length === 0);
    await startAgain(bench);
  });

  it('is not held up by the locks of a git that was killed with it', async () => {
    await forge.stop();
    const locks = ['refs/heads/main.lock', 'packed-refs.lock', 'HEAD.lock'].map(inRepository);
    for (const lock of locks) writeFileSync(lock, '');
    await startAgain(bench);
    expect(locks.filter((lock) => existsSync(lock))).toEqual([]);
    const sha = await bench.commit('main', { 'new.txt': 'new\n' });
    expect(await bench.tip('main')).toBe(sha);
  });
});
