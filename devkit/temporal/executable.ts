// Finds Temporal's command line (which contains the development server) on this machine, or gets it. In order: `temporal` on the PATH,
// our cache, the SDK's download, a build from Go modules. What was fetched is kept in the user's cache directory.
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Version of the command line that is fetched; go.mod beside this file names the same one. */
export const CLI_VERSION = '1.8.2';

/** Where the executable came from and where it is. */
export interface Executable {
  readonly path: string;
  readonly origin: 'PATH' | 'cache' | 'download' | 'go build';
}

export interface ResolveOptions {
  /** The environment to look in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called with one line of progress for people. */
  readonly progress: (line: string) => void;
}

/**
 * Returns a `temporal` executable. May take minutes the first time (a build), and no time after that.
 * @throws Error that names everything that was tried and what a person can do
 */
export async function temporalExecutable({ env, progress }: ResolveOptions): Promise<Executable> {
  const found = await findExecutable(env);
  if (found !== undefined) return found;
  const cache = cacheDirectory(env);
  const cached = join(cache, executableName('temporal'));

  await mkdir(cache, { recursive: true });
  progress(`Downloading Temporal ${CLI_VERSION} …`);
  const notDownloaded = await problem(() => download(cache, cached));
  if (notDownloaded === undefined) return { path: cached, origin: 'download' };

  const go = await findOnPath('go', env);
  const notBuilt = go === undefined ? 'no `go` on the PATH' : await problem(() => build(go, cache, cached, env, progress));
  if (notBuilt === undefined) return { path: cached, origin: 'go build' };

  throw new Error(
    [
      'Temporal has no server to run on. Tried, in order:',
      '- TEMPORAL_ADDRESS: not set',
      '- `temporal` on the PATH: not found',
      `- cache (${cached}): not there`,
      `- download of ${CLI_VERSION}: ${notDownloaded}`,
      `- build from Go modules: ${notBuilt}`,
      'Set TEMPORAL_ADDRESS to a server, install the command line (https://docs.temporal.io/cli), or install Go 1.26 or later.',
    ].join('\n'),
  );
}

/** The one that is on this machine, if there is one: on the PATH, or fetched before. */
export async function findExecutable(env: ResolveOptions['env']): Promise<Executable | undefined> {
  const onPath = await findOnPath('temporal', env);
  if (onPath !== undefined) return { path: onPath, origin: 'PATH' };
  const cached = join(cacheDirectory(env), executableName('temporal'));
  return (await isExecutable(cached)) ? { path: cached, origin: 'cache' } : undefined;
}

const cacheDirectory = (env: ResolveOptions['env']): string =>
  join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'signalbox', `temporal-${CLI_VERSION}`);

const executableName = (name: string): string => (process.platform === 'win32' ? `${name}.exe` : name);

async function findOnPath(name: string, env: ResolveOptions['env']): Promise<string | undefined> {
  for (const directory of (env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const candidate = join(directory, executableName(name));
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

const isExecutable = async (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** What went wrong, for people; undefined when nothing did. */
async function problem(attempt: () => Promise<void>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The SDK downloads only as a part of starting a server: start one, stop it, keep the file. */
async function download(cache: string, target: string): Promise<void> {
  const downloadDir = join(cache, `download-${process.pid}`);
  await mkdir(downloadDir, { recursive: true });
  try {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing'); // half a second of every start otherwise
    const executable = { type: 'cached-download', downloadDir, version: `v${CLI_VERSION}` } as const;
    const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await environment.teardown();
    const [file] = await readdir(downloadDir);
    if (file === undefined) throw new Error('the SDK left no file');
    await rename(join(downloadDir, file), target);
  } finally {
    await rm(downloadDir, { recursive: true, force: true });
  }
}

async function build(
  go: string,
  cache: string,
  target: string,
  env: ResolveOptions['env'],
  progress: ResolveOptions['progress'],
): Promise<void> {
  const output = join(cache, `build-${process.pid}`);
  progress(`Building Temporal ${CLI_VERSION} from Go modules: 3 to 6 minutes on two cores, once.`);
  try {
    // A directory as target: the tool's package decides the file's name.
    const flags = ['-buildvcs=false', '-trimpath', '-ldflags', '-s -w', '-v', '-o', `${output}/`, 'tool'];
    const child = spawn(go, ['build', ...flags], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: { ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let lines: string[] = [];
    let packages = 0;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const before = packages;
      packages += text.split('\n').length - 1;
      lines = [...lines, ...text.split('\n').filter((line) => line !== '')].slice(-5);
      if (Math.floor(packages / 200) > Math.floor(before / 200)) progress(`… ${packages} packages`);
    });
    const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(`go build ended with ${code}: ${lines.join(' | ')}`);
    const [file] = await readdir(output);
    if (file === undefined) throw new Error('go build left no file');
    await rename(join(output, file), target);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}
