// Commands that another process starts: the same as started here, whatever ends.
import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/sandbox/confinement.ts';
import { launchHere, type Launch } from '../../src/sandbox/launcher/launch.ts';
import { createLauncher, type Launcher } from '../../src/sandbox/launcher/launcher.ts';
import { run, type RunOptions } from '../../src/sandbox/run.ts';
import { unsandboxed } from '../../src/sandbox/unsandboxed.ts';
import { until } from '../support/until.ts';

let folder: string;
let launcher: Launcher;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-launcher-'));
  launcher = createLauncher();
});

afterAll(async () => {
  launcher.end();
  await rm(folder, { recursive: true, force: true });
});

const confinement = () => ({ mounts: [], env: { GREETING: 'hello' }, cwd: folder, limits: DEFAULT_LIMITS });
const shell = (launch: Launch, script: string, options: Partial<RunOptions> = {}) =>
  run({ ...unsandboxed(), launch }, confinement(), ['sh', '-c', script], { timeoutMs: 20_000, ...options });
const text = (file: string): Promise<string> => readFile(join(folder, file), 'utf8').catch(() => '');
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.each([
  ['this process', (): Launch => launchHere],
  ['a launcher', (): Launch => launcher.launch],
])('a command that %s starts', (_, launch) => {
  it('gets its input, environment and directory, and its output and status come back', async () => {
    const result = await shell(launch(), 'cat; echo "$GREETING from $PWD"; echo oh >&2; exit 7', { input: 'read\n' });
    expect({ ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString() }).toEqual({
      status: 7,
      stdout: `read\nhello from ${folder}\n`,
      stderr: 'oh\n',
      truncated: false,
      timedOut: false,
    });
  });

  it('may print more than is kept, and more than is read at once', async () => {
    const result = await shell(launch(), 'head -c 30000000 /dev/zero; echo end >&2', { outputBytes: 1_000 });
    expect([result.stdout.length, result.truncated, result.stderr.toString()]).toEqual([1_000, true, 'end\n']);
    let told = 0;
    const onOutput: RunOptions['onOutput'] = (_stream, chunk) => void (told += chunk?.length ?? 0);
    await shell(launch(), 'head -c 30000000 /dev/zero', { onOutput });
    expect(told).toBe(30_000_000);
  });

  it('ends with all that it has started when its time is over, or it is wanted no more', async () => {
    // Several at once: none may get to its next step because its child has ended a moment before it.
    const late = Array.from({ length: 10 }, () => shell(launch(), 'sleep 1000 & echo $!; wait; echo went on', { timeoutMs: 1_000 }));
    for (const { stdout, ...end } of await Promise.all(late)) {
      expect([end, stdout.toString()]).toMatchObject([{ status: 137, timedOut: true }, expect.stringMatching(/^(\d+\n)?$/)]);
      await until('what it started is gone', () => stdout.length === 0 || !isAlive(Number(stdout)));
    }

    const wanted = new AbortController();
    const onOutput: RunOptions['onOutput'] = () => wanted.abort(new Error('wanted no more'));
    await expect(shell(launch(), 'echo; sleep 1000', { signal: wanted.signal, onOutput })).rejects.toThrow('wanted no more');
  });

  it('tells its process before anything else, and fails as Node does where it can’t be started', async () => {
    const pids: number[] = [];
    const { stdout } = await shell(launch(), 'echo $$', { onStart: (pid) => pids.push(pid) });
    expect(stdout.toString()).toBe(`${pids[0]}\n`);
    const missing = launch()(
      { file: '/nowhere/program', args: [], env: {}, cwd: '/' },
      { input: '', onStart: () => undefined, onOutput: () => undefined },
    );
    await expect(missing.ended).rejects.toMatchObject({ code: 'ENOENT', message: expect.stringContaining('/nowhere/program') });
  });
});

describe('a launcher', () => {
  it('that is killed fails what it ran, and is replaced for what comes', async () => {
    const failed = expect(shell(launcher.launch, 'echo $PPID $$ > launcher; exec sleep 1000')).rejects.toThrow('has ended (SIGKILL)');
    const written = await until('it runs', async () => (await text('launcher')).trim() || undefined);
    const [itself = 0, command = 0] = written.split(' ').map(Number);
    process.kill(itself, 'SIGKILL');
    await failed;
    process.kill(command, 'SIGKILL'); // nobody else does
    expect((await shell(launcher.launch, 'echo again')).stdout.toString()).toBe('again\n');
  });

  it.each(['kill', 'finish'] as const)('goes with its process when that is killed; what runs then: %s', async (atOurEnd) => {
    const [begun, ended] = [`begun-${atOurEnd}`, `ended-${atOurEnd}`];
    const script = `echo $$ $PPID > ${begun}; while [ ! -e go ]; do sleep 0.05; done; echo > ${ended}`;
    const program = `
      const { createLauncher } = await import(${JSON.stringify(new URL('../../src/sandbox/launcher/launcher.ts', import.meta.url).href)});
      const watch = { input: '', onStart: () => undefined, onOutput: () => undefined };
      const { PATH } = process.env;
      createLauncher({ atOurEnd: '${atOurEnd}' }).launch({ file: 'sh', args: ['-c', ${JSON.stringify(script)}], env: { PATH }, cwd: ${JSON.stringify(folder)} }, watch);`;
    const owner = fork('data:text/javascript,0', { execArgv: ['--input-type=module', '--eval', program], stdio: 'inherit' });
    const written = await until('it runs', async () => (await text(begun)).trim() || undefined);
    const [command = 0, itsLauncher = 0] = written.split(' ').map(Number);
    owner.kill('SIGKILL');
    if (atOurEnd === 'kill') await until('the command is gone', () => !isAlive(command));
    else {
      expect(isAlive(command)).toBe(true);
      await shell(launcher.launch, 'touch go');
      await until('it has finished', () => text(ended));
    }
    await until('the launcher is gone', () => !isAlive(itsLauncher));
    expect(await text(ended)).toBe(atOurEnd === 'kill' ? '' : '\n');
  });
});
