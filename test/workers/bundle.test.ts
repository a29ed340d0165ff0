// The bundle of workflows is kept between starts, and made anew when it is not that of this code.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keptBundle } from '../../src/workers/bundle.ts';

let directory: string;
beforeAll(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'signalbox-bundle-')), 'cache');
});
afterAll(() => rm(join(directory, '..'), { recursive: true, force: true }));

describe('the bundle', () => {
  it('is made once, also by several that start at once, and taken from the disk after that', async () => {
    const [one, two] = await Promise.all([keptBundle(directory), keptBundle(directory)]);
    expect(one).toContain('takeTurn');
    expect(two).toContain('takeTurn');
    const [file = '', ...others] = await readdir(directory);
    expect(others).toEqual([]);
    await writeFile(join(directory, file), '// kept');
    expect(await keptBundle(directory)).toBe('// kept');
  }, 60_000);

  it('of other code is replaced', async () => {
    const [file = ''] = await readdir(directory);
    await rm(join(directory, file));
    await writeFile(join(directory, 'workflows-of-another-version.js'), '// old');
    expect(await keptBundle(directory)).toContain('takeTurn');
    expect(await readdir(directory)).toEqual([file]);
    expect(await readFile(join(directory, file), 'utf8')).toContain('takeTurn');
  }, 60_000);
});
