// The file tools, called as a session calls them, on a real worktree; and a corpus of ways out of it, each of which would work for a
// program that just joins paths.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFileTools } from '../../../src/activities/tools/files/index.ts';
import type { Tool, ToolOutput } from '../../../src/activities/tools/tool.ts';
import { makeWorld, put, type World } from '../../git/world.ts';

let world: World;
let worktree: string;
let tools: Tool[];
let calls = 0;

beforeEach(async () => {
  world = await makeWorld({ 'README.md': 'hello\n', 'src/a.ts': 'export const a = 1;\n', '.gitignore': 'ignored/\n' });
  worktree = (await world.worktree()).directory;
  tools = createFileTools(world.host);
  await writeFile(join(dirname(worktree), 'outside'), 'hunter2\n');
  await mkdir(`${worktree}-evil`); // shares the worktree's name as a prefix
  await writeFile(`${worktree}-evil/outside`, 'hunter2\n');
});
afterEach(async () => world[Symbol.asyncDispose]());

const use = (name: string, input: unknown, call = `1.${calls++}`): Promise<ToolOutput> => {
  const tool = tools.find((candidate) => candidate.name === name)!;
  return tool.run(tool.input.parse(input), { session: 's', call, worktree });
};
const content = (name: string): Promise<string> => readFile(join(worktree, name), 'utf8');
const ok = (text: string): ToolOutput => ({ how: 'ok', text });

describe('read', () => {
  it('numbers lines and goes on where it was told to', async () => {
    await put(worktree, { 'lines.txt': Array.from({ length: 5 }, (_, index) => `line ${index + 1}`).join('\n') });
    expect(await use('read', { path: 'lines.txt', offset: 2, limit: 2 })).toEqual(
      ok('2\tline 2\n3\tline 3\n(lines 2 to 3 of 5; go on with offset 4)'),
    );
    expect(await use('read', { path: `${worktree}/README.md` })).toEqual(ok('1\thello'));
    expect(await use('read', { path: './src//a.ts' })).toEqual(ok('1\texport const a = 1;'));
  });

  it('says what it can not show: missing, directories, empty, beyond the end', async () => {
    await put(worktree, { empty: '' });
    expect(await use('read', { path: 'nope' })).toEqual({ how: 'mistake', text: '"nope" does not exist' });
    expect(await use('read', { path: 'src' })).toEqual({ how: 'mistake', text: '"src" is a directory; use glob to list it' });
    expect(await use('read', { path: 'empty' })).toEqual(ok('(the file is empty)'));
    expect(await use('read', { path: 'README.md', offset: 9 })).toMatchObject({ how: 'mistake' });
    expect(await use('read', { path: 'README.md/x' })).toMatchObject({ how: 'mistake' });
  });

  it('bounds what it gives: huge files, long lines, binary files, other encodings', async () => {
    await writeFile(join(worktree, 'huge'), Buffer.alloc(9 * 1024 ** 2, 'x\n'));
    await writeFile(join(worktree, 'long'), 'x'.repeat(1_000_000));
    await writeFile(join(worktree, 'binary'), Buffer.from([1, 0, 2]));
    await writeFile(join(worktree, 'latin1'), Buffer.from('sch\xf6n', 'latin1'));
    expect(await use('read', { path: 'huge' })).toMatchObject({
      how: 'mistake',
      text: expect.stringContaining('too much to read') as unknown,
    });
    expect((await use('read', { path: 'long' })).text.length).toBeLessThan(2100);
    expect(await use('read', { path: 'binary' })).toMatchObject({ how: 'mistake', text: '"binary" is binary (3 bytes)' });
    expect(await use('read', { path: 'latin1' })).toMatchObject({ how: 'mistake', text: '"latin1" is not UTF-8 text (5 bytes)' });
  });
});

describe('write and edit', () => {
  it('create, replace and change files, and keep their mode', async () => {
    expect(await use('write', { path: 'new/deep/file.sh', content: 'one\ntwo\n' })).toEqual(ok('Created new/deep/file.sh (8 bytes).'));
    await chmod(join(worktree, 'new/deep/file.sh'), 0o755);
    expect(await use('edit', { path: 'new/deep/file.sh', old: 'two', new: '$& $1 two' })).toEqual(
      ok('Replaced 1 occurrence in new/deep/file.sh.'),
    );
    expect(await content('new/deep/file.sh')).toBe('one\n$& $1 two\n');
    expect((await stat(join(worktree, 'new/deep/file.sh'))).mode & 0o777).toBe(0o755);
    expect(await use('write', { path: 'README.md', content: '' })).toEqual(ok('Replaced README.md (0 bytes).'));
    expect(await content('README.md')).toBe('');
  });

  it('say what the model has to correct, and change nothing then', async () => {
    await put(worktree, { twice: 'a\na\n', crlf: 'a\r\nb\r\n' });
    expect((await use('edit', { path: 'twice', old: 'a', new: 'b' })).text).toContain('2 times');
    expect((await use('edit', { path: 'twice', old: 'c', new: 'b' })).text).toContain('is not in twice');
    expect((await use('edit', { path: 'twice', old: 'a', new: 'a' })).text).toContain('the same');
    expect((await use('edit', { path: 'crlf', old: 'a\nb', new: 'c' })).text).toContain('CRLF');
    expect((await use('edit', { path: 'nope/nope', old: 'a', new: 'b' })).text).toContain('does not exist');
    expect((await use('write', { path: 'src', content: '' })).text).toContain('no regular file');
    expect([await content('twice'), await content('crlf')]).toEqual(['a\na\n', 'a\r\nb\r\n']);
    await expect(stat(join(worktree, 'nope'))).rejects.toThrow('ENOENT');
    expect(await use('edit', { path: 'twice', old: 'a', new: 'b', all: true })).toEqual(ok('Replaced 2 occurrences in twice.'));
  });

  it('have one effect per call, whatever moment an earlier attempt died at', async () => {
    const input = { path: 'grows', old: 'x', new: 'xx' };
    await put(worktree, { grows: 'x' });
    const answer = await use('edit', input, '7.0');
    expect(await content('grows')).toBe('xx');
    expect(await use('edit', input, '7.0')).toEqual(answer); // it died after its last step
    expect(await content('grows')).toBe('xx');

    // It died before the change was put in place: the change is still staged.
    const staging = join(dirname(worktree), 'staging');
    const [intent] = await readdir(staging);
    const { staged } = JSON.parse(await readFile(join(staging, intent!), 'utf8')) as { staged: string };
    await rename(join(worktree, 'grows'), join(staging, staged));
    await put(worktree, { grows: 'x' });
    expect(await use('edit', input, '7.0')).toEqual(answer);
    expect(await content('grows')).toBe('xx');

    expect((await use('edit', input, '7.1')).text).toContain('2 times'); // another call is another effect
    expect(await readdir(worktree)).toEqual(['.git', '.gitignore', 'README.md', 'grows', 'src']);
  });
});

describe('what the system refuses', () => {
  it('is said to the model, in a directory that may not be written, of a file that may not be read', async () => {
    const answers = await asNobody(async () => {
      await put(worktree, { 'closed/file': 'x\n', 'sealed/in/file': 'x\n', secret: 'x\n' });
      await Promise.all([
        chmod(join(worktree, 'closed'), 0o555),
        chmod(join(worktree, 'sealed'), 0o000),
        chmod(join(worktree, 'secret'), 0o000),
      ]);
      const change = { old: 'x', new: 'y' };
      return {
        create: await use('write', { path: 'closed/new', content: '' }, '9.0'),
        again: await use('write', { path: 'closed/new', content: '' }, '9.0'),
        replace: await use('edit', { path: 'closed/file', ...change }),
        below: await use('write', { path: 'closed/deep/new', content: '' }),
        through: await use('write', { path: 'sealed/in/new', content: '' }),
        read: await use('read', { path: 'secret' }),
        edit: await use('edit', { path: 'secret', ...change }),
        replaceAll: await use('write', { path: 'secret', content: 'seen\n' }), // its directory allows it
      };
    });
    const { replaceAll, ...refused } = answers;
    for (const answer of Object.values(refused)) expect(answer).toEqual({ how: 'mistake', text: expect.stringContaining('permissions') });
    expect(replaceAll.how).toBe('ok');
    expect(await readFile(join(worktree, 'closed/file'), 'utf8')).toBe('x\n');
    // The same call is made anew where it had no effect.
    await chmod(join(worktree, 'closed'), 0o755);
    expect(await use('write', { path: 'closed/new', content: '' }, '9.0')).toEqual(ok('Created closed/new (0 bytes).'));
  });
});

/** Permissions mean nothing to root: this is done as a user who owns the world, and nothing else. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  if (process.getuid!() !== 0) return act();
  execFileSync('chown', ['-R', '65534:65534', world.root]);
  process.seteuid!(65534);
  try {
    return await act();
  } finally {
    process.seteuid!(0);
  }
}

describe('an edit', () => {
  it('that is made twice at once has one effect', async () => {
    for (let round = 0; round < 20; round++) {
      await put(worktree, { grows: 'x' });
      const edits = [1, 2, 3].map(() => use('edit', { path: 'grows', old: 'x', new: 'xx' }, `8.${round}`));
      expect(new Set((await Promise.all(edits)).map(({ text }) => text))).toEqual(new Set(['Replaced 1 occurrence in grows.']));
      expect(await content('grows')).toBe('xx');
    }
  });
});

describe('glob and grep', () => {
  beforeEach(() =>
    put(worktree, {
      'src/b.tsx': 'const needle = 1;\n',
      'src/deep/c.js': 'x\nneedle\n',
      'ignored/d.ts': 'needle\n',
      'odd\nname.ts': 'needle\n',
    }),
  );

  it('list files by pattern, tracked and new, not ignored nor deleted ones', async () => {
    await rm(join(worktree, 'src/a.ts'));
    expect(await use('glob', { pattern: '*.{ts,tsx}' })).toEqual(ok('odd\nname.ts\nsrc/b.tsx'));
    expect(await use('glob', { pattern: 'src/*' })).toEqual(ok('src/b.tsx'));
    expect(await use('glob', { pattern: '**', path: 'src' })).toEqual(ok('src/b.tsx\nsrc/deep/c.js'));
    expect(await use('glob', { pattern: '*.nothing' })).toEqual(ok('No files found.'));
  });

  it('find lines by expression, in a directory, by name', async () => {
    expect(await use('grep', { pattern: '\\bneedle\\b' })).toEqual(
      ok('odd\nname.ts:1:needle\nsrc/b.tsx:1:const needle = 1;\nsrc/deep/c.js:2:needle'),
    );
    expect(await use('grep', { pattern: 'NEEDLE', ignoreCase: true, path: 'src/deep' })).toEqual(ok('src/deep/c.js:2:needle'));
    expect(await use('grep', { pattern: 'needle', glob: '*.tsx' })).toEqual(ok('src/b.tsx:1:const needle = 1;'));
    expect(await use('grep', { pattern: 'nothing like it' })).toEqual(ok('No matches.'));
    expect(await use('grep', { pattern: '(' })).toMatchObject({ how: 'mistake' });
  });

  it('are bounded, and an expression that never ends does not stop anybody else', async () => {
    await put(worktree, { 'many.txt': 'match\n'.repeat(10_000), 'evil.txt': `${'a'.repeat(5000)}!\n` });
    const found = (await use('grep', { pattern: 'match' })).text.split('\n');
    expect(found).toHaveLength(501);
    expect(found.at(-1)).toContain('9500 more');
    let beats = 0;
    const heart = setInterval(() => beats++, 10);
    const from = performance.now();
    await use('grep', { pattern: '(a+)+$', path: 'evil.txt' });
    await use('glob', { pattern: `${'*a'.repeat(100)}b` });
    await use('glob', { pattern: '{a,b}'.repeat(100) });
    clearInterval(heart);
    expect(beats).toBeGreaterThan((performance.now() - from) / 40);
  });

  it('follow no link out of the worktree', async () => {
    await symlink(dirname(worktree), join(worktree, 'out'));
    expect((await use('glob', { pattern: 'out/**' })).text).not.toContain('outside');
    expect(await use('grep', { pattern: 'hunter2' })).toEqual(ok('No matches.'));
    expect((await use('grep', { pattern: 'hunter2', path: 'out/outside' })).text).not.toContain(':hunter2');
  });
});

describe('ways out', () => {
  const planted = async (): Promise<void> => {
    const outside = dirname(worktree);
    await symlink(join(outside, 'outside'), join(worktree, 'link'));
    await symlink('../outside', join(worktree, 'relative-link'));
    await symlink(outside, join(worktree, 'directory-link'));
    await symlink('/proc/self/root', join(worktree, 'root-link'));
    await symlink('link', join(worktree, 'chain'));
    await symlink('/dev/zero', join(worktree, 'zero'));
    await symlink('loop', join(worktree, 'loop'));
    execFileSync('mkfifo', [join(worktree, 'fifo')]);
  };
  const everything = (): string => execFileSync('find', [dirname(worktree)], { encoding: 'utf8' });
  const paths = (): string[] => [
    '../outside',
    'src/../../outside',
    'src/../README.md',
    '..',
    '.',
    '/',
    '/etc/passwd',
    join(dirname(worktree), 'outside'),
    `${worktree}/../outside`,
    `${worktree}-evil/outside`,
    '../files-evil/outside',
    '.git',
    '.git/config',
    '.GIT/config',
    'src/.git/config',
    'link',
    'relative-link',
    'directory-link/outside',
    'directory-link/new',
    `root-link${dirname(worktree)}/outside`,
    'chain',
    'zero',
    'loop',
    'loop/x',
    'fifo',
    'fifo/x',
    `a\0b`,
    'x'.repeat(300),
    '/proc/self/environ',
    'README.md/../../outside',
  ];

  it.each([
    ['read', {}],
    ['edit', { old: 'hunter2', new: 'changed' }],
    ['write', { content: 'changed' }],
  ])('%s takes none of them, and says why', async (name, input) => {
    await planted();
    const before = everything();
    for (const path of paths()) {
      const result = await use(name, { path, ...input });
      expect({ path, how: result.how, leaks: result.text.includes('hunter2\n') }).toEqual({ path, how: 'mistake', leaks: false });
    }
    expect(everything()).toBe(before);
    expect(await readFile(join(dirname(worktree), 'outside'), 'utf8')).toBe('hunter2\n');
  });

  it('a link that is swapped in while a tool is at work leads nowhere', async () => {
    await put(worktree, { 'swap/outside': 'inside\n', swapped: '' });
    // Swaps a directory and a link to the outside as fast as it can, from the sandbox's side of the wall.
    const swapper = spawn(
      process.execPath,
      [
        '-e',
        `const fs = require('fs'); process.chdir(${JSON.stringify(worktree)}); fs.symlinkSync('..', 'other'); console.log('ready');
         const swap = (...names) => { try { fs.renameSync(...names) } catch {} };
         for (;;) { swap('swap', 'aside'); swap('other', 'swap'); swap('swap', 'other'); swap('aside', 'swap'); }`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      await once(swapper.stdout, 'data');
      const seen = new Set<string>();
      for (let round = 0; round < 50 || seen.size < 2; round++) {
        const { how, text } = await use('read', { path: 'swap/outside' });
        seen.add(how === 'ok' ? text : how);
        await use('write', { path: 'swap/outside', content: 'inside\n' });
      }
      expect([...seen].sort()).toEqual(['1\tinside', 'mistake']);
      expect(await readFile(join(dirname(worktree), 'outside'), 'utf8')).toBe('hunter2\n');
    } finally {
      swapper.kill('SIGKILL');
    }
  }, 120_000); // the swapper takes a core for itself

  it('a file that grows while it is read is read to the limit', async () => {
    await put(worktree, { grows: 'x\n'.repeat(1000) });
    const ended = new AbortController();
    const growing = (async () => {
      while (!ended.signal.aborted) await appendFile(join(worktree, 'grows'), 'x\n'.repeat(1000));
    })();
    const result = await use('read', { path: 'grows', limit: 1 });
    ended.abort();
    await growing;
    expect(result.how).toBe('ok');
  });
});
