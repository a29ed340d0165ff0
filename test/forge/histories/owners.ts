// Code owners as the reckoning sees them: the owners of what a head changes, read with git.
import { execa } from 'execa';
import { WRITERS } from './acts.ts';

/** Of each file that the head changes and that has owners: who may approve of it. The last line that matches counts, and of it who may write. */
export async function ownersOfChange(bare: string, base: string, head: string): Promise<string[][]> {
  const ask = async (...args: string[]): Promise<string[]> =>
    (await execa('git', ['--git-dir', bare, ...args], { reject: false })).stdout.split('\n').filter((line) => line !== '');
  const lines = (await ask('show', `${base}:CODEOWNERS`)).map((line) => line.split(' '));
  const files = await ask('diff', '--name-only', '--no-renames', `${base}...${head}`);
  return files.flatMap((file) => {
    const [, ...owners] = lines.findLast(([pattern = '']) => matches(pattern, file)) ?? [];
    const able = owners.map((owner) => owner.slice(1)).filter((owner) => WRITERS.includes(owner));
    return able.length === 0 ? [] : [able];
  });
}

const matches = (pattern: string, file: string): boolean =>
  new RegExp(`^${pattern.replace('/', '').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(file);
