import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { installationKey } from '../../src/config/installation.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-key-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('the installation’s key is made once, however many start at once, and only its owner can read it', async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => installationKey(directory)));
  keys.push(await installationKey(directory));
  expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
  expect(keys[0]).toHaveLength(32);
  expect(await readdir(directory)).toEqual(['installation.key']);
  expect((await stat(join(directory, 'installation.key'))).mode & 0o777).toBe(0o600);
});

it('a damaged key is refused, not replaced', async () => {
  const path = join(directory, 'installation.key');
  await writeFile(path, 'short');
  await expect(installationKey(directory)).rejects.toThrow(`${path} has 5 bytes instead of 32. Restore it`);
});
