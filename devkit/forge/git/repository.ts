// One bare repository, by git's plumbing. What objects say comes from a lasting process (object-reader.ts); any other call is a process with
// an environment of our own: no global configuration, no prompts.
import type { Launch, Stream } from '../../../src/sandbox/launcher/launch.ts';
import { GIT_ENVIRONMENT } from './environment.ts';
import { GIT_MARK } from './leftovers.ts';
import { isLasting, type ObjectInfo, type ObjectReaders, type StoredObject } from './object-reader.ts';

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
  readonly #readers: ObjectReaders;
  readonly #launch: Launch;

  constructor(directory: string, { objects, launch }: { readonly objects: ObjectReaders; readonly launch: Launch }) {
    this.directory = directory;
    this.#readers = objects;
    this.#launch = launch;
  }

  /** The object of a full id or a ref, or at a path below one (`<id>:<path>`); undefined if there is none. */
  async info(name: string): Promise<ObjectInfo | undefined> {
    return isLasting(name) ? this.#readers.info(this.directory, name) : undefined;
  }

  /** The same with what is in it. */
  async contents(name: string): Promise<StoredObject | undefined> {
    return isLasting(name) ? this.#readers.contents(this.directory, name) : undefined;
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
  ): Promise<{ exitCode: number | undefined; signal: string | undefined; stdout: string; stderr: string }> {
    const { exitCode, signal, stdout, stderr } = await this.#execute(args, options);
    return { exitCode, signal, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
  }

  /** As `run`, for what may not be text. */
  async bytes(args: readonly string[], options: RunOptions = {}): Promise<Uint8Array> {
    const { exitCode, stdout, stderr } = await this.#execute(args, options);
    if (exitCode !== 0) throw new GitFailure(args, exitCode, stderr.toString('utf8'));
    return stdout;
  }

  /** The object id that a revision names, or undefined. */
  async resolve(revision: string): Promise<string | undefined> {
    if (revision.startsWith('-') || revision.includes('\0')) return undefined;
    if (isLasting(revision)) return (await this.info(revision))?.sha;
    const { exitCode, stdout } = await this.attempt(['rev-parse', '--verify', '--quiet', '--end-of-options', revision]);
    return exitCode === 0 ? stdout.trim() : undefined;
  }

  /** The commit that a full id, a branch, a tag or an abbreviated id names, or undefined. */
  async commit(revision: string): Promise<string | undefined> {
    return this.peeled(revision, 'commit');
  }

  /** The same for a commit's tree. */
  async peeled(revision: string, type: 'commit' | 'tree'): Promise<string | undefined> {
    const names = /^[0-9a-f]{40}$/.test(revision) ? [revision, `refs/heads/${revision}`] : [`refs/heads/${revision}`, revision];
    const [first = '', second = ''] = names.map((name) => `${name}^{${type}}`);
    return (await this.resolve(first)) ?? (await this.resolve(second));
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

  async #execute(args: readonly string[], { input = '', environment }: RunOptions) {
    const printed: Record<Stream, Buffer[]> = { stdout: [], stderr: [] };
    const env = { ...GIT_ENVIRONMENT, [GIT_MARK]: this.directory, ...environment };
    const { ended } = this.#launch(
      { file: 'git', args: ['--git-dir', this.directory, ...args], env, cwd: '/' },
      { input, onStart: () => undefined, onOutput: (stream, chunk) => void (chunk !== null && printed[stream].push(chunk)) },
    );
    const { code, signal } = await ended;
    const [stdout, stderr] = [Buffer.concat(printed.stdout), Buffer.concat(printed.stderr)];
    return { exitCode: code ?? undefined, signal: signal ?? undefined, stdout, stderr };
  }
}
