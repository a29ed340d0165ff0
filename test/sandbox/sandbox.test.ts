// Drives real commands in the real sandbox. Each thing that is unseen inside is first shown to be there outside.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { DEFAULT_LIMITS, type Confinement, type Limits, type Sandbox } from '../../src/sandbox/confinement.ts';
import { chooseSandbox } from '../../src/sandbox/probe.ts';
import { run, type RunResult } from '../../src/sandbox/run.ts';
import { unsandboxed } from '../../src/sandbox/unsandboxed.ts';
import { until } from '../support/until.ts';

let root: string;
let worktree: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'signalbox-sandbox-')));
  worktree = join(root, 'worktree');
  await mkdir(worktree);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const confinement = (limits: Partial<Limits> = {}, env: Record<string, string> = {}): Confinement => ({
  mounts: [{ path: worktree, at: '/workspace', access: 'write' }],
  env,
  cwd: '/workspace',
  limits: { ...DEFAULT_LIMITS, ...limits },
});

const bash = async (script: string, options: { in?: Confinement; sandbox?: Sandbox; timeoutMs?: number } = {}): Promise<RunResult> =>
  run(options.sandbox ?? bubblewrap(), options.in ?? confinement(), ['bash', '-c', script], { timeoutMs: options.timeoutMs ?? 20_000 });

const isRunning = (command: string): boolean => spawnSync('pgrep', ['-f', command]).status === 0;

const text = (result: RunResult): string => result.stdout.toString().trim();

describe('a command in the sandbox', () => {
  it('works in its worktree, as somebody who is not root and has a name', async () => {
    const result = await bash('echo hello > made; pwd; id -u; whoami; cat made; touch "$HOME/x" /tmp/y && echo scratch');
    const lines = text(result).split('\n');
    expect(lines[0]).toBe('/workspace');
    expect(lines[1]).not.toBe('0');
    expect(lines.slice(3)).toEqual(['hello', 'scratch']);
    expect(await readFile(join(worktree, 'made'), 'utf8')).toBe('hello\n');
  });

  it('does not see the home directory, other worktrees, or a secret beside its own', async () => {
    await writeFile(join(root, 'secret'), 'hunter2');
    const paths = [homedir(), join(root, 'secret'), join(worktree, '..', 'secret'), '/etc/shadow', '/var/log', '/run'];
    const outside = spawnSync('ls', ['-d', ...paths.filter((path) => path !== '/etc/shadow')]);
    expect(outside.status).toBe(0);
    for (const path of paths) expect((await bash(`ls -d ${path}`)).status).not.toBe(0);
    const search = await bash(
      'grep -rl --devices=skip hunter2 $(ls -d /* | grep -vxE "/(proc|dev|usr|bin|sbin|lib.*)") 2>/dev/null; echo searched',
    );
    expect(text(search)).toBe('searched');
  });

  it('can write nothing but its worktree and scratch space', async () => {
    const result = await bash('for d in / /usr /etc /dev /proc/sys/kernel /proc; do touch $d/x 2>/dev/null && echo "wrote $d"; done; true');
    expect(text(result)).toBe('');
    expect(result.status).toBe(0);
  });

  it('cannot change settings of the kernel, not even to what they are', async () => {
    const settings = ['kernel/core_pattern', 'kernel/pid_max', 'vm/overcommit_memory'].map((name) => `/proc/sys/${name}`);
    const result = await bash(`for f in ${settings.join(' ')}; do now=$(cat $f) || exit 1; echo "$now" >$f && echo "wrote $f"; done; true`);
    expect([result.status, text(result)]).toEqual([0, '']);
    expect(text(await bash('test -w /proc/sysrq-trigger && echo writable; true'))).toBe('');
  });

  it('gets the environment that was allowed and nothing of ours', async () => {
    process.env['SIGNALBOX_TEST_TOKEN'] = 'hunter2';
    try {
      const names = text(await bash('env | cut -d= -f1 | sort', { in: confinement({}, { CI: 'true' }) })).split('\n');
      expect(names).toEqual(['CI', 'HOME', 'LANG', 'PATH', 'PWD', 'SHLVL', 'TMPDIR', '_']);
      expect(text(await bash('cat /proc/*/environ | tr "\\0" "\\n" | grep -c hunter2'))).toBe('0');
    } finally {
      delete process.env['SIGNALBOX_TEST_TOKEN'];
    }
  });

  it('has no network: neither the outside nor a server on loopback', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connect = `timeout 5 cat < /dev/tcp/127.0.0.1/${port}`;
    try {
      expect(text(await bash(connect, { sandbox: unsandboxed() }))).toBe('hello'); // it would answer
      expect((await bash(connect)).status).not.toBe(0);
      expect(text(await bash('cat /proc/net/route | tail -n +2'))).toBe('');
    } finally {
      server.close();
    }
  });

  it('neither sees nor signals processes outside', async () => {
    const victim = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      const result = await bash(`ls -d /proc/${victim.pid}; kill -9 ${victim.pid}; kill -9 -1; true`);
      expect(result.stdout.toString()).not.toContain(`/proc/${victim.pid}`);
      expect(victim.exitCode).toBeNull();
      expect(victim.signalCode).toBeNull();
      expect(victim.kill(0)).toBe(true);
    } finally {
      victim.kill('SIGKILL');
    }
  });

  it('leaves nothing running, not even what it detached', async () => {
    const mark = `61.${process.pid}`;
    await bash(`setsid nohup sleep ${mark} >/dev/null 2>&1 & disown`);
    await until(`the detached command to end`, () => !isRunning(`sleep ${mark}`));
  });
});

describe('limits', () => {
  it('memory: an allocation beyond it fails, and a Node program still runs below it', async () => {
    const limited = confinement({ memoryBytes: 1024 ** 3 });
    const allocate = (megabytes: number): string => `head -c ${megabytes}M /dev/zero | tail -c ${megabytes}M | wc -c`;
    expect(text(await bash(allocate(100), { in: limited }))).toBe(String(100 * 1024 ** 2));
    expect(text(await bash(allocate(2000), { in: limited }))).not.toBe(String(2000 * 1024 ** 2));
    const mounts = [...limited.mounts, { path: process.execPath, at: '/tmp/node', access: 'read' as const }];
    expect(text(await bash('/tmp/node -p 6*7', { in: { ...limited, mounts } }))).toBe('42');
  });

  it('processes, on a host that does not run as root', () => {
    // A root that drops to nobody is such a host; the kernel exempts root itself (src/jobs counts there).
    const { file, args, env } = bubblewrap({ user: { uid: 65534, gid: 65534 } }).invocation(
      { mounts: [], env: {}, cwd: '/', limits: { ...DEFAULT_LIMITS, processes: 20 } },
      ['bash', '-c', 'for i in $(seq 50); do sleep 5 & done'],
    );
    const asUser = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', file] : [file];
    const result = spawnSync(asUser[0] ?? file, [...asUser.slice(1), ...args], { env, encoding: 'utf8' });
    expect(result.stderr).toContain('fork');
  });

  it('CPU time', async () => {
    const result = await bash('while :; do :; done', { in: confinement({ cpuSeconds: 1 }) });
    expect(result.timedOut).toBe(false);
    expect(result.status).toBeGreaterThan(128);
  });

  it('file size, scratch space', async () => {
    const limited = confinement({ fileBytes: 1024 ** 2, scratchBytes: 2 * 1024 ** 2 });
    await bash('head -c 5M /dev/zero > big', { in: limited });
    expect((await readFile(join(worktree, 'big'))).length).toBe(1024 ** 2);
    const scratch = await bash('for i in 1 2 3 4; do head -c 1M /dev/zero > /tmp/$i; done; du -sm /tmp | cut -f1', { in: limited });
    expect(Number(text(scratch))).toBeLessThanOrEqual(2);
    expect(scratch.stderr.toString()).toContain('No space left');
  });

  it('wall time: the whole tree dies', async () => {
    const mark = `62.${process.pid}`;
    const result = await bash(`(sleep ${mark} &) ; sleep ${mark}`, { timeoutMs: 500 });
    expect(result.timedOut).toBe(true);
    await until('the tree to end', () => !isRunning(`sleep ${mark}`));
  });

  it('output: the beginning is kept and memory stays flat', async () => {
    const result = await run(bubblewrap(), confinement(), ['head', '-c', '200M', '/dev/zero'], { timeoutMs: 20_000, outputBytes: 1000 });
    expect(result).toMatchObject({ status: 0, truncated: true });
    expect(result.stdout.length).toBe(1000);
  });
});

describe('both sandboxes', () => {
  const sandboxes: Sandbox[] = [bubblewrap(), unsandboxed()];
  it.each(sandboxes.map((sandbox) => [sandbox.kind, sandbox] as const))(
    '%s: status, streams, input, working directory, allow-listed environment',
    async (_kind, sandbox) => {
      const inside = confinement({}, { WHO: 'agent' });
      const result = await run(sandbox, inside, ['bash', '-c', 'cat; touch here; echo "$WHO" >&2; exit 3'], {
        timeoutMs: 10_000,
        input: 'in',
      });
      expect(result).toMatchObject({ status: 3, timedOut: false, truncated: false });
      expect([result.stdout.toString(), result.stderr.toString()]).toEqual(['in', 'agent\n']);
      expect(await readFile(join(worktree, 'here'), 'utf8')).toBe('');
      expect(text(await bash('echo "$NODE_ENV"', { sandbox, in: inside }))).toBe('');
    },
  );

  it.each(sandboxes.map((sandbox) => [sandbox.kind, sandbox] as const))('%s: an abort ends the command', async (_kind, sandbox) => {
    const abort = new AbortController();
    const ending = run(sandbox, confinement(), ['sleep', '60'], { timeoutMs: 60_000, signal: abort.signal });
    abort.abort(new Error('cancelled by a person'));
    await expect(ending).rejects.toThrow('cancelled by a person');
  });

  it('bubblewrap: an abort while the sandbox is being made leaves nothing behind that would hold the output open', async () => {
    const aborted = async (afterMs: number): Promise<void> => {
      const abort = new AbortController();
      const ending = expect(
        run(bubblewrap(), confinement(), ['sleep', '1000'], { timeoutMs: 1_000_000, signal: abort.signal }),
      ).rejects.toThrow('cancelled');
      setTimeout(() => abort.abort(new Error('cancelled')), afterMs);
      await ending;
    };
    // One in sixty is late where only the group is killed.
    for (let round = 0; round < 15; round++) await Promise.all(Array.from({ length: 12 }, (__, at) => aborted(at * 3)));
  });
});

describe('choosing', () => {
  it('takes bubblewrap where it works', async () => {
    expect(await chooseSandbox({ unsandboxed: false })).toMatchObject({ ok: true, sandbox: { kind: 'bubblewrap' } });
  });

  it('says what to do where it is missing, and what is not promised without', async () => {
    const choice = await chooseSandbox({ unsandboxed: false, program: '/nowhere/bwrap' });
    if (choice.ok) throw new Error('a missing program was chosen');
    expect(choice.problem).toContain('apt-get install bubblewrap');
    expect(choice.problem).toContain('--unsandboxed');
    expect(choice.problem).toContain('can read the home directory');
  });

  it('never falls back by itself', async () => {
    const refusing = join(root, 'bwrap');
    await writeFile(refusing, '#!/bin/sh\necho "setting up uid map: Permission denied" >&2; exit 1\n', { mode: 0o755 });
    const choice = await chooseSandbox({ unsandboxed: false, program: refusing });
    if (choice.ok) throw new Error('a refusing program was chosen');
    expect(choice.problem).toContain('setting up uid map: Permission denied');
  });
});
