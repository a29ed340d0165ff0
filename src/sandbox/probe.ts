// Which sandbox this system can have. A probe runs the real thing once, because a program that is installed may still be forbidden
// (kernels and containers without user namespaces).
import { bubblewrap } from './bubblewrap.ts';
import { DEFAULT_LIMITS, type Sandbox } from './confinement.ts';
import { run } from './run.ts';
import { unsandboxed } from './unsandboxed.ts';

export const NOT_PROMISED_UNSANDBOXED =
  'Without a sandbox, commands of agents and of repositories can read the home directory and its secrets, write outside of their ' +
  'worktree, use the network (this machine and its services included), and leave processes behind.';

export type SandboxChoice = { readonly ok: true; readonly sandbox: Sandbox } | { readonly ok: false; readonly problem: string };

/**
 * Bubblewrap where it works; no sandbox only where it was asked for. The problem says what to do.
 * @param options.flag how the caller's command line asks for no sandbox
 */
export async function chooseSandbox(options: {
  readonly unsandboxed: boolean;
  readonly program?: string;
  readonly flag?: string;
}): Promise<SandboxChoice> {
  if (options.unsandboxed) return { ok: true, sandbox: unsandboxed() };
  const sandbox = bubblewrap(options.program === undefined ? {} : { program: options.program });
  const reason = await whyNot(sandbox);
  if (reason === undefined) return { ok: true, sandbox };
  const remedy = `Install bubblewrap and prlimit (Debian, Ubuntu: apt-get install bubblewrap util-linux) and allow user namespaces, or start with ${options.flag ?? '--unsandboxed'}.`;
  return { ok: false, problem: `Commands can't be confined: ${reason}. ${remedy} ${NOT_PROMISED_UNSANDBOXED}` };
}

const whyNot = async (sandbox: Sandbox): Promise<string | undefined> => {
  try {
    const confinement = { mounts: [], env: {}, cwd: '/', limits: DEFAULT_LIMITS };
    const { status, stderr } = await run(sandbox, confinement, ['true'], { timeoutMs: 10_000 });
    return status === 0 ? undefined : stderr.toString().trim() || `bubblewrap ended with status ${status}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'bubblewrap is not installed';
    throw error;
  }
};
