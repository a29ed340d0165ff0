// Drives a forge as its users do: a real process, octokit, git and plain HTTP. Every answer in JSON is held against GitHub's schemas.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Octokit } from 'octokit';
import { launch } from '../support/launch.ts';
import { checkAgainstGitHub, checkRefusalAgainstGitHub } from './schemas.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

export type Login = 'owner' | 'writer' | 'reader' | 'stranger';

export interface TestForge {
  readonly url: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly controlToken: string;
  readonly dataDirectory: string;
  readonly process: ChildProcess;
  /** octokit as this person, without retries and throttling; answers that deviate from GitHub's description throw. */
  as(login: string): Octokit;
  /** A request to a control route (`/_faults`, `/_effects`, …); throws unless it succeeds. */
  control<Answer>(method: string, route: string, body?: unknown): Promise<Answer>;
  /** Any request, with a token if a login is given. JSON that deviates from GitHub's description throws. */
  fetch(route: string, options?: RequestInit & { login?: string }): Promise<Response>;
  /** A repository of `owner` with a README, `writer` and `reader` as collaborators. Returns octokit's owner and repo. */
  repository(name?: string, options?: { private?: boolean; from?: string }): Promise<{ owner: string; repo: string }>;
  /** Adds a person; `as(login)` is that person from then on. */
  addUser(login: string, type?: 'User' | 'Bot'): Promise<void>;
  /** Address to clone from as this person. */
  remote(repository: { owner: string; repo: string }, login: string): string;
  /** @throws AggregateError of all answers that deviated from GitHub's description */
  stop(): Promise<void>;
}

/** What GitHub's description of REST does not speak of: GraphQL, which is held against its own schema, and the forge's control. */
const isOwnRoute = (pathname: string): boolean => pathname === '/graphql' || pathname.startsWith('/_');

let names = 0;

export interface TestForgeOptions {
  /** Default: only that it is undelayed. */
  readonly arguments?: readonly string[];
  readonly dataDirectory?: string;
  /** Whether answers are held against GitHub's schemas. Default: yes; what is about its users pays a second a file for it. */
  readonly checked?: boolean;
}

/** Starts a forge, undelayed unless other arguments are given, on a directory of its own. */
export async function startTestForge(options: TestForgeOptions = {}): Promise<TestForge> {
  const dataDirectory = options.dataDirectory ?? mkdtempSync(path.join(tmpdir(), 'forge-'));
  const child = spawn(
    process.execPath,
    ['devkit/forge/main.ts', '--data', dataDirectory, '--json', ...(options.arguments ?? ['--undelayed'])],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      // Outside of the suite, which has one place for it, at least those on the same data compile their code once.
      env: { NODE_COMPILE_CACHE: path.join(dataDirectory, 'compiled'), ...process.env },
    },
  );
  const [line] = await Promise.race([
    createInterface({ input: child.stdout })
      [Symbol.asyncIterator]()
      .next()
      .then(({ value }) => [value]),
    new Promise<never>((_resolve, reject) => child.once('exit', (code) => reject(new Error(`the forge ended with ${code ?? 'a signal'}`)))),
  ]);
  const { url, tokens: firstTokens, controlToken } = JSON.parse(line ?? '{}') as Pick<TestForge, 'url' | 'tokens' | 'controlToken'>;
  const tokens: Record<string, string> = { ...firstTokens };
  const headers = (login?: string): Record<string, string> =>
    login === undefined ? {} : { authorization: `Bearer ${tokenOf(tokens, login)}` };
  /** Also told at `stop`: a test that expects a call to fail may have taken what was thrown for that. */
  const deviations: unknown[] = [];
  const checked = (check: () => void): void => {
    if (options.checked === false) return;
    try {
      check();
    } catch (error) {
      deviations.push(error);
      throw error;
    }
  };
  const checkText = (method: string, pathname: string, status: number, text: string, accept?: string): void => {
    if (isOwnRoute(pathname)) return;
    const body: unknown = JSON.parse(text);
    checked(() =>
      status < 400 ? checkAgainstGitHub(method, pathname, status, body, accept) : checkRefusalAgainstGitHub(method, pathname, status, body),
    );
  };
  const forge: TestForge = {
    url,
    tokens,
    controlToken,
    dataDirectory,
    process: child,
    as: (login) => {
      const octokit = new Octokit({
        baseUrl: url,
        auth: tokenOf(tokens, login),
        retry: { enabled: false },
        throttle: { enabled: false },
        log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      });
      octokit.hook.after('request', (response, request) =>
        checked(() => checkAgainstGitHub(request.method, new URL(response.url).pathname, response.status, response.data)),
      );
      octokit.hook.error('request', (error, request) => {
        const { response } = error as { response?: { url: string; status: number; data: unknown } };
        if (response !== undefined && response.status >= 400)
          checked(() => checkRefusalAgainstGitHub(request.method, new URL(response.url).pathname, response.status, response.data));
        throw error;
      });
      return octokit;
    },
    control: async <Answer>(method: string, route: string, body?: unknown): Promise<Answer> => {
      const response = await fetch(`${url}${route}`, {
        method,
        headers: { authorization: `Bearer ${controlToken}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
      return (response.status === 204 ? undefined : await response.json()) as Answer;
    },
    fetch: async (route, { login, ...init } = {}) => {
      const sent = { ...headers(login), ...(init.headers as Record<string, string>) };
      const response = await fetch(`${url}${route}`, { ...init, headers: sent });
      if (init.method !== 'HEAD' && response.headers.get('content-type')?.startsWith('application/json') === true)
        checkText(init.method ?? 'GET', new URL(response.url).pathname, response.status, await response.clone().text(), sent['accept']);
      return response;
    },
    repository: async (name = `app-${++names}`, { private: isPrivate = false, from } = {}) => {
      await forge.control('POST', '/_repositories', {
        owner: 'owner',
        name,
        private: isPrivate,
        ...(from === undefined ? {} : { from }),
        collaborators: { writer: 'write', reader: 'read' },
      });
      return { owner: 'owner', repo: name };
    },
    addUser: async (login, type = 'User') => {
      tokens[login] = (await forge.control<{ token: string }>('POST', '/_users', { login, type })).token;
    },
    remote: ({ owner, repo }, login) => `${url.replace('://', `://${login}:${tokenOf(tokens, login)}@`)}/${owner}/${repo}.git`,
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
      if (options.dataDirectory === undefined) rmSync(dataDirectory, { recursive: true, force: true });
      if (deviations.length > 0) throw new AggregateError(deviations, deviations.map(String).join('\n'));
    },
  };
  return forge;
}

function tokenOf(tokens: Readonly<Record<string, string>>, login: string): string {
  const token = tokens[login];
  if (token === undefined) throw new Error(`there is no token for ${login}`);
  return token;
}

/** git as a person on a machine of their own would run it; returns what it printed, throws with its words. */
export async function git(directory: string, ...args: string[]): Promise<string> {
  const printed = { stdout: '', stderr: '' };
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Tester',
    GIT_AUTHOR_EMAIL: 'tester@example.org',
    GIT_COMMITTER_NAME: 'Tester',
    GIT_COMMITTER_EMAIL: 'tester@example.org',
  };
  const { ended } = launch(
    { file: 'git', args, env, cwd: directory },
    { input: '', onStart: () => undefined, onOutput: (stream, chunk) => void (printed[stream] += chunk?.toString() ?? '') },
  );
  const { code } = await ended;
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${printed.stderr}`);
  return printed.stdout.replace(/\n$/, '');
}

/** Waits until `look` gives something other than undefined or false; fails with `what` after `withinMs`. */
export async function eventually<Value>(what: string, look: () => Promise<Value | undefined | false>, withinMs = 10_000): Promise<Value> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The status and body that a refused octokit call came back with. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ status: number; body: { message: string; errors?: unknown[] }; headers: Record<string, string> }> {
  try {
    await call;
  } catch (error) {
    const { status, response } = error as { status?: number; response?: { data: { message: string }; headers: Record<string, string> } };
    if (status === undefined || response === undefined) throw error;
    return { status, body: response.data, headers: response.headers };
  }
  throw new Error('the call was not refused');
}
