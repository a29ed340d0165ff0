// One bare repository, by git's plumbing. Every call is a process with an environment of our own: no global configuration, no prompts.
import { execa } from 'execa';

export const NO_SHA = '0'.repeat(40);

export class GitFailure extends Error {
  readonly exitCode: number | undefined;
  readonly stderr: string;
  constructor(args: readonly string[], exitCode: number | undefined, stderr: string) {
    super(`git ${args.join(' ')} failed (${exitCode ?? 'killed'}): ${stderr.trim()}`);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

export const GIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
};

export interface Identity {
  readonly name: string;
  readonly email: string;
}

interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
}

export class GitRepository {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Output of a command that must succeed. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.attempt(args, options);
    if (exitCode !== 0) throw new GitFailure(args, exitCode, stderr);
    return stdout;
  }

  /** Output and exit code of a command that may fail: the code is part of its answer. */
  async attempt(
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
    const { exitCode, stdout, stderr } = await this.#execute(args, options, 'utf8');
    return { exitCode, stdout: stdout as string, stderr: Buffer.from(stderr).toString('utf8') };
  }

  /** As `run`, for what may not be text. */
  async bytes(args: readonly string[], options: RunOptions = {}): Promise<Uint8Array> {
    const { exitCode, stdout, stderr } = await this.#execute(args, options, 'buffer');
    if (exitCode !== 0) throw new GitFailure(args, exitCode, Buffer.from(stderr).toString('utf8'));
    return stdout as Uint8Array;
  }

  /** The object id that a revision names, or undefined. */
  async resolve(revision: string): Promise<string | undefined> {
    if (revision.startsWith('-')) return undefined;
    const { exitCode, stdout } = await this.attempt(['rev-parse', '--verify', '--quiet', '--end-of-options', revision]);
    return exitCode === 0 ? stdout.trim() : undefined;
  }

  /** The commit that a branch, tag or (abbreviated) id names, or undefined. */
  async commit(revision: string): Promise<string | undefined> {
    return (await this.resolve(`refs/heads/${revision}^{commit}`)) ?? (await this.resolve(`${revision}^{commit}`));
  }

  /** Every ref with its object id. */
  async refs(): Promise<Map<string, string>> {
    const lines = (await this.run(['for-each-ref', '--format=%(objectname) %(refname)'])).split('\n').filter((line) => line !== '');
    return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
  }

  /**
   * Moves refs, all or none. `old` must be what the ref is at, NO_SHA if it must not exist yet; a `new` of NO_SHA deletes it.
   * @returns false if one of them was elsewhere
   */
  async moveRefs(...moves: readonly { name: string; old: string; new: string }[]): Promise<boolean> {
    const input = ['start', ...moves.map((move) => `update ${move.name}\0${move.new}\0${move.old}`), 'prepare', 'commit'].join('\0') + '\0';
    const { exitCode, stderr } = await this.attempt(['update-ref', '-z', '--stdin'], { input });
    if (exitCode === 0) return true;
    if (/cannot lock ref|but expected|already exists|unable to resolve/.test(stderr)) return false;
    throw new GitFailure(['update-ref', ...moves.map(({ name }) => name)], exitCode, stderr);
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return (await this.attempt(['merge-base', '--is-ancestor', ancestor, descendant])).exitCode === 0;
  }

  async mergeBase(one: string, other: string): Promise<string | undefined> {
    const { exitCode, stdout } = await this.attempt(['merge-base', one, other]);
    return exitCode === 0 ? stdout.trim() : undefined;
  }

  async #execute(args: readonly string[], options: RunOptions, encoding: 'utf8' | 'buffer') {
    return execa('git', ['--git-dir', this.directory, ...args], {
      env: { ...GIT_ENVIRONMENT, ...options.environment },
      extendEnv: false,
      ...(options.input === undefined ? {} : { input: options.input }),
      encoding,
      reject: false,
      stripFinalNewline: false,
      maxBuffer: 256 * 1024 * 1024,
    });
  }
}
