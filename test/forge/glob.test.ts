// The patterns of protection, rulesets and CODEOWNERS by themselves.
import { describe, expect, it } from '@jest/globals';
import { parseOwners } from '../../devkit/forge/domain/code-owners.ts';
import { matches } from '../../devkit/forge/git/glob.ts';

describe('a pattern of branches', () => {
  it.each([
    ['main', 'main', true],
    ['main', 'maintenance', false],
    ['release/*', 'release/1', true],
    ['release/*', 'release/1/2', false],
    ['qa/**/*', 'qa/1', true],
    ['qa/**/*', 'qa/1/2', true],
    ['**', 'any/thing/at-all', true],
    ['*', 'any/thing', false],
    ['v?.[0-9]', 'v1.2', true],
    ['v?.[0-9]', 'v/.2', false],
    ['[!a-c]x', 'dx', true],
    ['[!a-c]x', 'ax', false],
    ['[]-]', ']', true],
    ['[', '[', true],
    ['[z-a]', 'b', false],
    ['{a,b}', 'a', false],
    ['{a,b}', '{a,b}', true],
    ['a+', 'aa', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['a.c', 'abc', false],
  ])('%s matches %s: %s', (pattern, name, answer) => {
    expect(matches(name, pattern)).toBe(answer);
  });

  it.each(['*a', '**a', '**/a', '?*a', '[a-b]*'])('of %s over and over takes no longer than others', (part) => {
    expect(matches('a'.repeat(250), `${part.repeat(200)}c`)).toBe(false);
  });
});

describe('a pattern of CODEOWNERS', () => {
  it.each([
    ['*', 'a/b.js', true],
    ['*.js', 'a/b.js', true],
    ['/build/logs/', 'build/logs/a/b', true],
    ['/build/logs/', 'src/build/logs/a', false],
    ['docs/*', 'docs/a.md', true],
    ['docs/*', 'docs/a/b.md', false],
    ['apps/', 'src/apps/x', true],
    ['apps/', 'apps', false],
    ['**/logs', 'build/logs/x', true],
    ['/src', 'src/.env', true],
  ])('%s matches %s: %s', (pattern, file, answer) => {
    expect(parseOwners(`${pattern} @owner`)[0]?.matches(file)).toBe(answer);
  });

  it('of stars over and over takes no longer than others', () => {
    expect(parseOwners(`${'*a'.repeat(200)}b @owner`)[0]?.matches('a'.repeat(250))).toBe(false);
  });
});
