// What tests of pull requests do over and over, as people do it: a clone, a branch with a commit, a push, a request.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Octokit } from 'octokit';
import { git, type TestForge } from './harness.ts';

type Place = { owner: string; repo: string };
export type PullView = Awaited<ReturnType<Octokit['rest']['pulls']['get']>>['data'];

export interface Workbench {
  readonly forge: TestForge;
  readonly place: Place;
  /** A clone of the repository, where git runs as `writer`. */
  readonly clone: string;
  git(...args: string[]): Promise<string>;
  /** Writes files (null: removes) on a branch, made of `from` if it is new, commits and pushes; returns the commit. */
  commit(branch: string, files: Record<string, string | null>, options?: CommitOptions): Promise<string>;
  /** Opens a request from a branch that has one new file of its name. */
  open(branch: string, options?: { as?: string; base?: string; draft?: boolean; body?: string; title?: string }): Promise<PullView>;
  pull(number: number, login?: string): Promise<PullView>;
  /** The commit that the repository's branch is at. */
  tip(branch: string): Promise<string>;
  effects(kind?: string): Promise<EffectView[]>;
  dispose(): void;
}

export interface EffectView {
  readonly sequence: number;
  readonly kind: string;
  readonly actor: string;
  readonly repository: string;
  readonly subject: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface CommitOptions {
  readonly from?: string;
  readonly message?: string;
  readonly login?: string;
  readonly force?: boolean;
  /** A fork. */
  readonly to?: Place;
}

/** @param options.place a repository that is there already, for a forge that was started again */
export async function workbench(forge: TestForge, options: { private?: boolean; place?: Place } = {}): Promise<Workbench> {
  const place = options.place ?? (await forge.repository(undefined, options));
  const clone = mkdtempSync(path.join(tmpdir(), 'workbench-'));
  await git(clone, 'clone', '-q', forge.remote(place, 'writer'), '.');
  const run = (...args: string[]): Promise<string> => git(clone, ...args);
  const bench: Workbench = {
    forge,
    place,
    clone,
    git: run,
    commit: async (
      branch,
      files,
      { from = 'main', message = `Change ${Object.keys(files).join(', ')}`, login = 'writer', force, to = place } = {},
    ) => {
      const remote = forge.remote(to, login);
      await run('fetch', '-q', remote, '+refs/heads/*:refs/remotes/origin/*', '--prune');
      const exists = (await run('branch', '-r', '--list', `origin/${branch}`)) !== '';
      await run('checkout', '-q', '-B', branch, `origin/${exists && force !== true ? branch : from}`);
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(clone, name);
        mkdirSync(path.dirname(file), { recursive: true });
        if (content === null) rmSync(file);
        else writeFileSync(file, content);
      }
      await run('add', '--all');
      await run('commit', '-q', '--allow-empty', '-m', message);
      await run('push', '-q', ...(force === true ? ['--force'] : []), remote, `${branch}:refs/heads/${branch}`);
      return run('rev-parse', 'HEAD');
    },
    open: async (branch, { as = 'writer', base = 'main', draft = false, body, title = `Request ${branch}` } = {}) => {
      await bench.commit(branch, { [`${branch}.txt`]: `${branch}\n` }, { from: base });
      const { data } = await forge
        .as(as)
        .rest.pulls.create({ ...place, head: branch, base, draft, title, ...(body === undefined ? {} : { body }) });
      return data;
    },
    pull: async (number, login = 'writer') => (await forge.as(login).rest.pulls.get({ ...place, pull_number: number })).data,
    tip: async (branch) => (await run('ls-remote', forge.remote(place, 'writer'), `refs/heads/${branch}`)).slice(0, 40),
    effects: async (kind) => {
      const all = await forge.control<EffectView[]>('GET', '/_effects?limit=10000');
      return all.filter((effect) => effect.repository === `${place.owner}/${place.repo}` && (kind === undefined || effect.kind === kind));
    },
    dispose: () => rmSync(clone, { recursive: true, force: true }),
  };
  return bench;
}
