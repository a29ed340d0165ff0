// Confines a command with bubblewrap: new namespaces for processes, network, users, IPC and host name, and a file system that holds
// the system's programs read-only and the given mounts, nothing else. The command dies with whoever started it (src/jobs detaches the
// starter instead), and everything that it leaves running dies with it.
import { throughProxy } from './network/way-out.ts';
import { DEFAULT_PATH, type Confinement, type Limits, type Mount, type Sandbox } from './confinement.ts';

/** Programs and libraries. Directories that are links into /usr on merged systems are mounted as what they point to. */
const PROGRAMS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64'];

/** Of /etc only what programs need to start: on a host that runs as root, /etc/shadow would be readable. */
const SETTINGS = [
  'alternatives',
  'ca-certificates',
  'group',
  'hosts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nsswitch.conf',
  'passwd',
  'pki',
  'protocols',
  'services',
  'ssl',
];

/** Of /proc what speaks to the kernel. On a host that runs as root the command is root to it, and /proc/sys could be written to. */
const KERNEL = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'];

const NOBODY = 65534;
const HOME = '/tmp/home';

/** Who the command is inside. Root becomes nobody; others stay who they are, so that programs find them in /etc/passwd. */
const defaultUser = (): { uid: number; gid: number } => ({ uid: process.getuid?.() || NOBODY, gid: process.getgid?.() || NOBODY });

export function bubblewrap(options: { readonly program?: string; readonly user?: { uid: number; gid: number } } = {}): Sandbox {
  const user = options.user ?? defaultUser();
  return {
    kind: 'bubblewrap',
    invocation: (confinement, command) => {
      const { network = [], ...inside } = confinement;
      const program = options.program ?? 'bwrap';
      const confined = (more: Confinement, last: readonly string[]): string[] => [
        ...namespaces(user),
        ...fileSystem(more),
        ...environment(more),
        '--',
        ...limited(more.limits),
        ...last,
      ];
      const [file = '', ...args] =
        network.length === 0 ? [program, ...confined(inside, command)] : throughProxy(network, program, inside, command, confined);
      return { file, args, env: { PATH: DEFAULT_PATH }, cwd: '/' }; // finds bwrap; the command's own environment is in the arguments
    },
  };
}

const namespaces = ({ uid, gid }: { uid: number; gid: number }): string[] => [
  ...['--unshare-all', '--unshare-user', '--uid', String(uid), '--gid', String(gid), '--hostname', 'sandbox'],
  ...['--cap-drop', 'ALL', '--new-session', '--die-with-parent'],
];

const fileSystem = ({ mounts, limits, cwd }: Confinement): string[] => [
  ...PROGRAMS.flatMap((path) => ['--ro-bind-try', path, path]),
  ...SETTINGS.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
  ...['--proc', '/proc', '--dev', '/dev'],
  ...KERNEL.flatMap((name) => ['--ro-bind-try', `/proc/${name}`, `/proc/${name}`]),
  ...['--size', String(limits.scratchBytes), '--tmpfs', '/tmp', '--size', String(limits.scratchBytes), '--tmpfs', '/dev/shm'],
  ...mounts.flatMap(mountArguments),
  // After the mounts, because one of them may be /tmp. The rest of the tree is memory without a limit: not writable.
  ...['--dir', HOME, '--remount-ro', '/dev', '--remount-ro', '/', '--chdir', cwd],
];

const mountArguments = ({ path, at, access }: Mount): string[] => [access === 'write' ? '--bind' : '--ro-bind', path, at ?? path];

const environment = ({ env }: Confinement): string[] => {
  const all = { PATH: DEFAULT_PATH, HOME, TMPDIR: '/tmp', LANG: 'C.UTF-8', ...env };
  return ['--clearenv', ...Object.entries(all).flatMap(([name, value]) => ['--setenv', name, value])];
};

/** Inside the sandbox, where the process limit counts the sandbox's own processes and not all of the user's. */
const limited = (limits: Limits): string[] => [...perProcess(limits), `--nproc=${limits.processes}`, '--'];

/** Soft and hard limits that hold for each process, for either sandbox. */
export const perProcess = (limits: Limits): string[] => [
  ...['prlimit', '--core=0', `--cpu=${limits.cpuSeconds}`, `--data=${limits.memoryBytes}`, `--fsize=${limits.fileBytes}`],
];
