// Whether the demo has kept its word: the merge is on the base branch, and the repository's own tests pass there. Asked of git and of the
// tests, in a clone of their own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { DEFAULT_LIMITS } from '../../sandbox/confinement.ts';
import { runningNode } from '../../sandbox/node.ts';
import { chooseSandbox } from '../../sandbox/probe.ts';
import { run } from '../../sandbox/run.ts';
import { EXIT } from './exit-codes.ts';

export interface BaseCheck {
  readonly ok: boolean;
  readonly because: string;
}

/** What the demo ends with: well only where the change is on the base branch, and its tests pass there. */
export const exitOf = (check: BaseCheck | null): number => (check?.ok === true ? EXIT.done : EXIT.refused);

const TEST_MS = 60_000;

export async function checkBase(
  { path, base }: { readonly path: string; readonly base: string },
  commit: string,
  sandboxed: boolean,
): Promise<BaseCheck> {
  const choice = await chooseSandbox({ unsandboxed: !sandboxed });
  if (!choice.ok) return { ok: false, because: choice.problem };
  const contains = await execa('git', ['--git-dir', path, 'merge-base', '--is-ancestor', commit, `refs/heads/${base}`], { reject: false });
  if (contains.exitCode !== 0) return { ok: false, because: `${commit} is not on ${base}` };
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-check-'));
  try {
    await execa('git', ['clone', '--quiet', '--branch', base, path, directory]);
    const node = runningNode(choice.sandbox);
    const confinement = {
      mounts: [...node.mounts, { path: directory, access: 'write' as const }],
      env: { PATH: node.path },
      cwd: directory,
      limits: DEFAULT_LIMITS,
    };
    const { status, stdout } = await run(choice.sandbox, confinement, ['node', '--test'], { timeoutMs: TEST_MS });
    const passed = /^# pass (\d+)$|ℹ pass (\d+)$/m.exec(stdout.toString());
    return status === 0
      ? { ok: true, because: `the commit is on ${base}, and its ${passed?.[1] ?? passed?.[2] ?? ''} tests pass there` }
      : { ok: false, because: `the tests of ${base} end with status ${status}` };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
