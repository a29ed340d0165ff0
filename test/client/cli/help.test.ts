// What the command line says of itself and what the docs say of it are about the same commands.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { execa } from 'execa';

const ROOT = resolve(import.meta.dirname, '../../..');

/** The commands that a help text lists, without `help` itself. */
async function commandsOf(...path: string[]): Promise<string[]> {
  const { stdout } = await execa(join(ROOT, 'bin/signalbox'), [...path, '--help']);
  const list = stdout.slice(stdout.indexOf('\nCommands:'));
  return [...list.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

it('lists every command, and docs/operations.md and the README name each of them', async () => {
  const commands = await commandsOf();
  expect(commands).toEqual(expect.arrayContaining(['up', 'run', 'show', 'tell', 'outbox', 'mr', 'schedule']));
  const named = (path: string): Set<string> => {
    const code = [
      ...readFileSync(join(ROOT, path), 'utf8')
        .replaceAll(/```[^]*?```/g, '')
        .matchAll(/`([^`]+)`/g),
    ].map(([, words = '']) => words);
    return new Set(code.flatMap((words) => words.split(/[\s,[\]]+/)));
  };
  const [operations, readme] = [named('docs/operations.md'), named('README.md')];
  expect(commands.filter((name) => !operations.has(name))).toEqual([]);
  expect(commands.filter((name) => !readme.has(name))).toEqual([]);
  const groups = ['mr', 'outbox', 'schedule', 'worktree'];
  const below = await Promise.all(groups.map((group) => commandsOf(group)));
  expect(below.flat().filter((name) => !operations.has(name))).toEqual([]);
}, 60_000);

it('completes commands and options in the shell, by scripts that the shell takes', async () => {
  const asked = async (...words: string[]): Promise<string[]> => {
    const { stdout } = await execa(join(ROOT, 'bin/signalbox'), ['complete', '--', ...words]);
    return stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
  };
  expect(await asked('sch')).toContain('schedule');
  expect(await asked('mr', 'a')).toContain('adopt');
  expect(await asked('logs', '--fo')).toContain('--follow');
  const { stdout: script } = await execa(join(ROOT, 'bin/signalbox'), ['completion', 'bash']);
  expect(script).toContain('complete -F');
  await execa('bash', ['-n'], { input: script });
  for (const shell of ['zsh', 'fish'])
    expect((await execa(join(ROOT, 'bin/signalbox'), ['completion', shell])).stdout).toContain('signalbox');
}, 60_000);
