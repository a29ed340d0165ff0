// Where a job runs: its directories on the host, and how its commands see them. The forge writes only into what no command could write
// to before (the files of a step), so that a link left by one step never leads the forge elsewhere.
import { constants, existsSync } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_LIMITS, type Confinement, type Mount, type Sandbox } from '../../../src/sandbox/confinement.ts';
import { runningNode } from '../../../src/sandbox/node.ts';
import type { Limits } from '../settings.ts';

/** What a step may leave in one of its files (GitHub: 1 MB). */
const MOST_FILE_BYTES = 1024 * 1024;

/** Files of a step, by the variable that names them to its commands. */
export const STEP_FILES = {
  GITHUB_OUTPUT: 'output',
  GITHUB_ENV: 'env',
  GITHUB_PATH: 'path',
  GITHUB_STEP_SUMMARY: 'summary',
  GITHUB_STATE: 'state',
} as const;

export interface JobRoom {
  /** As commands see them. */
  readonly home: string;
  readonly workspace: string;
  readonly temp: string;
  readonly nodePath: string;
  /** Of the files of a step: its script, event.json, and those that STEP_FILES names. */
  readonly files: string;
  /** Makes the files of a step anew. */
  openStep(script: string, event: string): Promise<void>;
  /** What a step left in one of its files; empty if that is no plain file any more. */
  read(file: (typeof STEP_FILES)[keyof typeof STEP_FILES]): Promise<string>;
  /** @param more what only this command sees */
  confinement(env: Readonly<Record<string, string>>, cwd: string, more?: readonly Mount[]): Confinement;
  remove(): Promise<void>;
}

/** Makes the room anew: what an interrupted run of the job has left is removed. */
export async function openRoom(directory: string, repositoryName: string, sandbox: Sandbox, limits: Limits): Promise<JobRoom> {
  await rm(directory, { recursive: true, force: true });
  const host = { home: path.join(directory, 'home'), tmp: path.join(directory, 'tmp'), files: path.join(directory, 'files') };
  const seen = sandbox.kind === 'bubblewrap' ? { home: '/home/runner', tmp: '/tmp', files: '/runner/files' } : host;
  const work = path.join('work', repositoryName, repositoryName);
  await mkdir(path.join(host.home, work), { recursive: true });
  await mkdir(path.join(host.home, 'work/_temp'));
  await mkdir(host.tmp);
  const node = runningNode(sandbox);
  return {
    home: seen.home,
    workspace: path.join(seen.home, work),
    temp: path.join(seen.home, 'work/_temp'),
    nodePath: node.path,
    files: seen.files,
    openStep: async (script, event) => {
      await rm(host.files, { recursive: true, force: true });
      await mkdir(host.files);
      const contents = { script, 'event.json': event, ...Object.fromEntries(Object.values(STEP_FILES).map((name) => [name, ''])) };
      for (const [name, content] of Object.entries(contents)) await writeFile(path.join(host.files, name), content);
    },
    read: (file) => readPlainFile(path.join(host.files, file)),
    confinement: (env, cwd, more = []) => ({
      mounts: [
        { path: host.tmp, at: seen.tmp, access: 'write' },
        { path: host.home, at: seen.home, access: 'write' },
        ...(existsSync(host.files) ? [{ path: host.files, at: seen.files, access: 'write' as const }] : []),
        ...node.mounts,
        ...more,
      ],
      env: { HOME: seen.home, TMPDIR: seen.tmp, ...env },
      cwd,
      limits: {
        ...DEFAULT_LIMITS,
        cpuSeconds: limits.jobMinutes * 60 * 8,
        memoryBytes: limits.jobMemoryBytes,
        processes: limits.jobProcesses,
      },
    }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A step may have put anything in the place of its file: links are not followed, pipes not waited for. */
async function readPlainFile(file: string): Promise<string> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
  try {
    if (!(await handle.stat()).isFile()) return '';
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MOST_FILE_BYTES), 0, MOST_FILE_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
