// What a confined command may see and use. The two sandboxes (bubblewrap, unsandboxed) turn the same description into an invocation,
// so callers never ask which one is at work. Nothing here reads the environment: what a command gets is in the description.
import type { Invocation, Launch } from './launcher/launch.ts';

/** A directory or file of the host that the command sees. Later mounts cover earlier ones; a path that does not exist is an error. */
export interface Mount {
  readonly path: string;
  /** Where it appears; the same path unless given. */
  readonly at?: string;
  readonly access: 'read' | 'write';
}

/** Enforced by the kernel for each process, and inherited. The whole job's wall time, memory and output are limited by `src/jobs`. */
export interface Limits {
  readonly cpuSeconds: number;
  /** Private writable memory of one process (RLIMIT_DATA: reserved address space, of which Node and Go take a lot, does not count). */
  readonly memoryBytes: number;
  /** Processes and threads in the sandbox. The kernel exempts hosts that run as root; `src/jobs` counts there. */
  readonly processes: number;
  /** The largest file a command may write. */
  readonly fileBytes: number;
  /** Size of each of /tmp and /dev/shm, which are in memory and end with the command. */
  readonly scratchBytes: number;
}

export interface Confinement {
  readonly mounts: readonly Mount[];
  /** Everything the command gets besides PATH, HOME, LANG and TMPDIR. An allow-list: never a spread of `process.env`, never a secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory as the command sees it. */
  readonly cwd: string;
  readonly limits: Limits;
  /** Hosts that it may reach, through a proxy (network/reach.ts says how they are written). Default: no network at all. */
  readonly network?: readonly string[];
}

export interface Sandbox {
  readonly kind: 'bubblewrap' | 'unsandboxed';
  /** Who starts what is run to its end (run.ts). Default: this process itself. */
  readonly launch?: Launch;
  /** Pure: builds the invocation, starts nothing. */
  invocation(confinement: Confinement, command: readonly [string, ...string[]]): Invocation;
}

export const DEFAULT_LIMITS: Limits = {
  cpuSeconds: 30 * 60,
  memoryBytes: 4 * 1024 ** 3,
  processes: 512,
  fileBytes: 2 * 1024 ** 3,
  scratchBytes: 512 * 1024 ** 2,
};

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
