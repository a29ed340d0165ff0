import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { git, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
let folder: string;
beforeAll(async () => {
  forge = await startTestForge();
  folder = mkdtempSync(path.join(tmpdir(), 'by-hand-'));
});
afterAll(async () => {
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** curl as a person types it, with the token of this login. */
async function curl(login: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await execa('curl', [
    '--silent',
    '--show-error',
    '--fail-with-body',
    '-H',
    `Authorization: Bearer ${forge.tokens[login] ?? ''}`,
    ...args,
  ]);
  return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
}

it('a person clones, pushes, opens a pull request, has it reviewed and merged, and sees the tree, with git and curl alone', async () => {
  const made = await curl('owner', '-d', '{"name":"tool","auto_init":true}', `${forge.url}/user/repos`);
  expect(made['full_name']).toBe('owner/tool');
  const clone = path.join(folder, 'tool');
  await git(folder, 'clone', '-q', forge.remote({ owner: 'owner', repo: 'tool' }, 'owner'), clone);
  await git(clone, 'checkout', '-qb', 'greet');
  writeFileSync(path.join(clone, 'greet.sh'), 'echo hello\n');
  await git(clone, 'add', '.');
  await git(clone, 'commit', '-qm', 'Greet');
  await git(clone, 'push', '-q', 'origin', 'greet');
  const pulls = `${forge.url}/repos/owner/tool/pulls`;
  const pull = await curl('owner', '-d', '{"title":"Greet people","head":"greet","base":"main"}', pulls);
  expect(pull['number']).toBe(1);
  const review = await curl('reader', '-d', '{"event":"APPROVE","body":"Fine"}', `${pulls}/1/reviews`);
  expect(review['state']).toBe('APPROVED');
  await expect(curl('reader', '-X', 'PUT', `${pulls}/1/merge`)).rejects.toThrow('Must have write access');
  const sha = await git(clone, 'rev-parse', 'greet');
  expect(await curl('owner', '-X', 'PUT', '-d', JSON.stringify({ sha }), `${pulls}/1/merge`)).toMatchObject({ merged: true });
  await git(clone, 'pull', '-q', 'origin', 'main:main');
  expect((await git(clone, 'ls-tree', '--name-only', 'main')).split('\n')).toEqual(['README.md', 'greet.sh']);
  const raw = await execa('curl', [
    '--silent',
    '-H',
    'Accept: application/vnd.github.raw+json',
    `${forge.url}/repos/owner/tool/contents/greet.sh`,
  ]);
  expect(raw.stdout).toBe('echo hello');
});
