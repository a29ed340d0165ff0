// The same interface where the system has no bubblewrap and the operator said `--unsandboxed`. Promised: the environment is the
// allow-list, and each process has its limits (Linux). Not promised: everything else; the command sees the home directory, other
// worktrees and the network, and may leave processes behind.
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { perProcess } from './bubblewrap.ts';
import { DEFAULT_PATH, type Confinement, type Mount, type Sandbox } from './confinement.ts';

export function unsandboxed(): Sandbox {
  return {
    kind: 'unsandboxed',
    invocation(confinement, command) {
      const limits = process.platform === 'linux' ? [...perProcess(confinement.limits), '--'] : [];
      const [file, ...args] = [...limits, ...command] as [string, ...string[]];
      const env = { PATH: DEFAULT_PATH, HOME: homedir(), TMPDIR: tmpdir(), LANG: 'C.UTF-8', ...confinement.env };
      return { file, args, env, cwd: onHost(confinement.cwd, confinement.mounts) };
    },
  };
}

/** Where a path of the sandbox lies on the host: under the last mount that contains it. */
const onHost = (path: string, mounts: Confinement['mounts']): string => {
  const below = (mount: Mount): string => relative(mount.at ?? mount.path, path);
  const mount = mounts.findLast((candidate) => !below(candidate).startsWith('..'));
  return mount === undefined ? path : join(mount.path, below(mount));
};
