// Hostile repositories and worktrees. Each case plants a payload in one way, shows that plain git runs it there, and that ours does not
// in anything that it does with a worktree. The payload writes a file inside the worktree, where even a sandboxed one could.
import { chmod, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { changesOf } from '../../src/git/changes.ts';
import { checkWorktree } from '../../src/git/check.ts';
import { checkpoint } from '../../src/git/checkpoint.ts';
import type { GitHost, Worktree } from '../../src/git/command.ts';
import { commitFiles, headOf, type CommitOutcome } from '../../src/git/commit.ts';
import { pushBranch } from '../../src/git/push.ts';
import { unsandboxed } from '../../src/sandbox/unsandboxed.ts';
import { author, makeWorld, plainGit, put, type World } from './world.ts';

interface Attack {
  readonly name: string;
  /** What is in the repository already. */
  readonly base?: Record<string, string>;
  readonly seed?: (world: World) => Promise<void>;
  /** What an agent's command leaves in the worktree. */
  readonly plant: (worktree: Worktree, payload: string, world: World) => Promise<void>;
  /** What a careless program would do then. */
  readonly careless: (worktree: Worktree, world: World) => void;
  /** What ours says to a commit of everything. */
  readonly outcome?: CommitOutcome['kind'];
}

/** Replaces the worktree's `.git` by a repository of the agent's with a configuration of its choice. */
const ownRepository = async (directory: string, configuration: string): Promise<void> => {
  await rm(join(directory, '.git'), { recursive: true, force: true });
  plainGit(directory, 'init', '-q');
  plainGit(directory, 'add', '-A', ':!pwned');
  plainGit(directory, 'commit', '-qm', 'x');
  await writeFile(join(directory, '.git', 'config'), `[core]\n\trepositoryformatversion = 0\n${configuration}`);
};

const script = async (path: string, payload: string): Promise<string> => {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${payload}\ncat\n`, { mode: 0o755 });
  return path;
};

const touchFile = (worktree: Worktree): Promise<void> => put(worktree.directory, { 'README.md': `changed ${Math.random()}\n` });

const status = (worktree: Worktree): void => void plainGit(worktree.directory, 'status');
const addAll = (worktree: Worktree): void => void plainGit(worktree.directory, 'add', '-A');

const attacks: Attack[] = [
  {
    name: '.git replaced, fsmonitor',
    plant: async (worktree, payload) => ownRepository(worktree.directory, `\tfsmonitor = "${payload}; false"\n`),
    careless: status,
  },
  {
    name: '.git replaced, hooks',
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, '');
      await script(join(worktree.directory, '.git/hooks/pre-commit'), payload);
      await touchFile(worktree);
    },
    careless: (worktree) => void plainGit(worktree.directory, 'commit', '-qam', 'x'),
  },
  {
    name: '.git replaced, hooks path inside the tree',
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, '\thooksPath = .hooks\n');
      await script(join(worktree.directory, '.hooks/post-index-change'), payload);
      await touchFile(worktree);
    },
    careless: addAll,
  },
  {
    name: '.git replaced, a clean filter by attributes',
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, `[filter "evil"]\n\tclean = "${payload}; cat"\n`);
      await put(worktree.directory, { '.gitattributes': '* filter=evil\n' });
      await touchFile(worktree);
    },
    careless: addAll,
  },
  {
    name: 'an LFS filter and a transfer agent of its own',
    base: { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'README.md': 'x\n' },
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, `[filter "lfs"]\n\tclean = "${payload}; cat"\n\trequired = true\n`);
      await put(worktree.directory, { 'big.bin': 'x\n', '.lfsconfig': `[lfs]\n\tstandalonetransferagent = evil\n` });
    },
    careless: addAll,
  },
  {
    name: '.git replaced, a diff program by attributes',
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, `[diff "evil"]\n\ttextconv = "${payload}; cat"\n\tcommand = "${payload}; true"\n`);
      await put(worktree.directory, { '.gitattributes': '* diff=evil\n' });
      await touchFile(worktree);
    },
    careless: (worktree) => void plainGit(worktree.directory, 'diff'),
  },
  {
    name: '.git replaced, an include of a file in the tree',
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, `[include]\n\tpath = ../.evil\n`);
      await put(worktree.directory, { '.evil': `[core]\n\tfsmonitor = "${payload}; false"\n` });
    },
    careless: status,
  },
  {
    name: '.git replaced, core.worktree elsewhere',
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, `\tworktree = ../inner\n\tfsmonitor = "${payload}; false"\n`);
      await mkdir(join(worktree.directory, 'inner'));
    },
    careless: status,
  },
  {
    name: '.git as a file that names a directory in the tree',
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, `\tfsmonitor = "${payload}; false"\n`);
      await mkdir(join(worktree.directory, 'deep'));
      plainGit(
        worktree.directory,
        '-c',
        'core.fsmonitor=false',
        'init',
        '-q',
        '--separate-git-dir',
        join(worktree.directory, 'deep/store'),
      );
    },
    careless: status,
  },
  {
    name: '.git as a link to a directory in the tree',
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, `\tfsmonitor = "${payload}; false"\n`);
      plainGit(worktree.directory, '-c', 'core.fsmonitor=false', 'init', '-q', '--separate-git-dir', join(worktree.directory, 'store'));
      await rm(join(worktree.directory, '.git'));
      await symlink('store', join(worktree.directory, '.git'));
    },
    careless: status,
  },
  {
    name: 'an alternate whose refs are listed by a command',
    plant: async (worktree, payload) => {
      await ownRepository(worktree.directory, `\talternateRefsCommand = "${payload}; true"\n`);
      plainGit(worktree.directory, 'init', '-q', '--bare', 'other.git');
      await writeFile(join(worktree.directory, '.git/objects/info/alternates'), join(worktree.directory, 'other.git/objects'));
    },
    careless: (worktree, { remote }) => void plainGit(worktree.directory, 'fetch', '-q', remote.url, 'main'),
  },
  {
    name: 'a nested repository with a clean filter, new',
    plant: async (worktree, payload) => {
      await put(worktree.directory, { 'nested/file': 'x\n' });
      await ownRepository(join(worktree.directory, 'nested'), `[filter "evil"]\n\tclean = "${payload}; cat"\n`);
      await put(worktree.directory, { 'nested/.gitattributes': '* filter=evil\n', 'nested/file': 'y\n' });
      await rm(join(worktree.directory, '.git'));
      plainGit(worktree.directory, 'init', '-q');
    },
    careless: (worktree) => {
      addAll(worktree); // takes it as a gitlink
      status(worktree); // and looks into it
    },
    outcome: 'refused',
  },
  {
    name: 'a repository in a directory whose files are tracked',
    plant: async (worktree, payload) => {
      await put(worktree.directory, { 'src/a.ts': 'changed\n' });
      await ownRepository(join(worktree.directory, 'src'), `\tfsmonitor = "${payload}; false"\n`);
      await put(worktree.directory, { 'src/a.ts': 'again\n' });
    },
    careless: (worktree) => void plainGit(join(worktree.directory, 'src'), 'status'),
    outcome: 'refused',
  },
  {
    name: 'a gitlink of the base, populated with a repository that has a clean filter',
    seed: async ({ seed, base }) => {
      plainGit(seed, 'update-index', '--add', '--cacheinfo', `160000,${base},sub`);
      await put(seed, { '.gitmodules': '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n' });
      plainGit(seed, 'add', '.gitmodules');
      plainGit(seed, 'commit', '-qm', 'gitlink');
    },
    plant: async (worktree, payload) => {
      const sub = join(worktree.directory, 'sub');
      await put(sub, { file: 'x\n' });
      await ownRepository(sub, `[filter "evil"]\n\tclean = "${payload}; cat"\n`);
      await put(sub, { '.gitattributes': '* filter=evil\n', file: 'y\n' });
      await touchFile(worktree);
    },
    careless: status,
  },
  {
    name: 'a submodule whose update is a command',
    seed: async ({ seed, base }) => {
      plainGit(seed, 'update-index', '--add', '--cacheinfo', `160000,${base},sub`);
      await put(seed, { '.gitmodules': '[submodule "sub"]\n\tpath = sub\n\turl = ../remote.git\n' });
      plainGit(seed, 'add', '.gitmodules');
      plainGit(seed, 'commit', '-qm', 'submodule');
    },
    plant: async (worktree, payload, { remote, base }) => {
      await ownRepository(
        worktree.directory,
        `[submodule "sub"]\n\turl = ${remote.url}\n\tactive = true\n\tupdate = "!${payload}; true"\n`,
      );
      plainGit(worktree.directory, 'update-index', '--add', '--cacheinfo', `160000,${base},sub`);
    },
    careless: (worktree) => void plainGit(worktree.directory, 'submodule', 'update'),
  },
  {
    name: 'a bare repository in the tree',
    plant: async (worktree, payload) => {
      plainGit(worktree.directory, 'init', '-q', '--bare', 'bare');
      plainGit(worktree.directory, '--git-dir=bare', '--work-tree=.', 'add', 'README.md');
      await writeFile(
        join(worktree.directory, 'bare/config'),
        `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = "${payload}; false"\n`,
      );
    },
    careless: (worktree) => void plainGit(join(worktree.directory, 'bare'), 'status'),
  },
  {
    name: 'an editor, a pager, a signing program',
    plant: async (worktree, payload) => {
      const program = await script(join(worktree.directory, 'program'), payload);
      await ownRepository(worktree.directory, `\teditor = ${program}\n[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = ${program}\n`);
      await touchFile(worktree);
    },
    careless: (worktree) => void plainGit(worktree.directory, 'commit', '-qa', '--allow-empty'),
  },
];

describe('hostile worktrees', () => {
  it.each(attacks.map((attack) => [attack.name, attack] as const))('%s: runs with plain git, not with ours', async (_name, attack) => {
    await using world = await makeWorld(attack.base);
    if (attack.seed !== undefined) {
      await attack.seed(world);
      world.publish();
    }
    const base = plainGit(world.seed, 'rev-parse', 'HEAD');
    const prepare = async (id: string): Promise<{ worktree: Worktree; hasRun: () => Promise<boolean> }> => {
      const worktree = await world.worktree(id);
      const mark = join(worktree.directory, 'pwned');
      await attack.plant(worktree, `touch ${mark}`, world);
      const hasRun = () => stat(mark).then(() => true, () => false); // prettier-ignore
      await rm(mark, { force: true }); // planting may have set it off
      return { worktree, hasRun };
    };

    const victim = await prepare('victim');
    try {
      attack.careless(victim.worktree, world);
    } catch {
      // a payload is no well-behaved program
    }
    expect(await victim.hasRun()).toBe(true);

    const work = async (host: GitHost, worktree: Worktree): Promise<CommitOutcome> => {
      await changesOf(host, worktree);
      await checkWorktree(host, worktree, { branch: 'work', allowChanges: true });
      await checkpoint(host, worktree, 1);
      expect(await headOf(host, worktree)).toBe(base); // ours, whatever the agent's own repository says
      await put(worktree.directory, { 'harmless.txt': 'x\n' });
      return commitFiles(host, worktree, { parent: base, message: 'Work\n', author, at: 1 });
    };
    // Without a sandbox as well: in one, what runs while git only reads could not leave a mark.
    const bare = await prepare('bare');
    await work({ ...world.host, sandbox: unsandboxed() }, bare.worktree);
    expect(await bare.hasRun()).toBe(false);

    const { worktree, hasRun } = await prepare('ours');
    const made = await work(world.host, worktree);
    expect(made.kind).toBe(attack.outcome ?? 'committed');
    if (made.kind === 'committed') {
      const pushed = await pushBranch(world.host, worktree, { remote: world.remote, branch: 'work', commit: made.commit, expected: null });
      expect(pushed).toEqual({ kind: 'pushed' });
      expect(plainGit(world.remote.url, 'rev-parse', 'work')).toBe(made.commit);
      expect(plainGit(world.remote.url, 'ls-tree', '-r', '--name-only', 'work')).not.toMatch(/(^|\/)\.git(\/|$)/m);
    }
    expect(await hasRun()).toBe(false);
  });

  it('the git directory is out of reach: nothing in it comes from the worktree', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    const before = await readdir(worktree.gitDirectory, { recursive: true });
    await ownRepository(worktree.directory, '\tfsmonitor = evil\n');
    await changesOf(world.host, worktree);
    expect(await readdir(worktree.gitDirectory, { recursive: true })).toEqual(before);
  });

  it('links that lead out are committed as links, and nothing behind them is read', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    await writeFile(join(world.root, 'secret'), 'hunter2');
    await rm(join(worktree.directory, 'src'), { recursive: true });
    await symlink(world.root, join(worktree.directory, 'src'));
    await symlink(join(world.root, 'secret'), join(worktree.directory, 'link'));
    const made = await commitFiles(world.host, worktree, { parent: world.base, message: 'x', author, at: 1 });
    expect(made).toMatchObject({ kind: 'committed', files: ['link', 'src', 'src/a.ts'] });
    expect(plainGit(worktree.gitDirectory, 'show', 'HEAD:link')).toBe(join(world.root, 'secret'));
    expect(plainGit(worktree.gitDirectory, 'ls-tree', '-r', 'HEAD').match(/^120000/gm)).toHaveLength(2);
  });

  it('what is no file, and what nobody may read, ends as a value or a named error, not in hanging', async () => {
    await using world = await makeWorld();
    const worktree = await world.worktree();
    plainGit(worktree.directory, 'status');
    const { execFileSync } = await import('node:child_process');
    execFileSync('mkfifo', [join(worktree.directory, 'fifo')]);
    await put(worktree.directory, { 'new.txt': '' });
    await chmod(join(worktree.directory, 'new.txt'), 0o755);
    expect(await commitFiles(world.host, worktree, { parent: world.base, message: 'x', author, at: 1 })).toMatchObject({
      kind: 'committed',
      files: ['new.txt'],
    });
  });
});
