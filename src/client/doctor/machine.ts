// What this machine has to have: Node, git, a sandbox, room on the disk.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from '../../config/config.ts';
import { sshSigner } from '../../git/signing.ts';
import { chooseSandbox } from '../../sandbox/probe.ts';
import { ok, problem, warning, type Finding } from './check.ts';

const NODE = 24;
const GIT = [2, 38] as const;
const GB = 1024 ** 3;
/** Below the first a few worktrees fill the disk, below the second commands are stopped (`JobLimits.spareBytes`). */
const ROOM = { warning: 5 * GB, problem: 2 * GB };

export function node(): Finding {
  const { version } = process;
  return Number.parseInt(version.slice(1), 10) >= NODE
    ? ok('node', version)
    : problem('node', `${version} is too old`, `Install Node ${NODE} or later.`);
}

export async function git(): Promise<Finding> {
  const fix = `Install git ${GIT.join('.')} or later.`;
  try {
    const { stdout } = await promisify(execFile)('git', ['--version']);
    const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
    const isOld = Number(major) < GIT[0] || (Number(major) === GIT[0] && Number(minor) < GIT[1]);
    return isOld ? problem('git', `${stdout.trim()} is too old`, fix) : ok('git', stdout.trim());
  } catch {
    return problem('git', 'not found on the PATH', fix);
  }
}

export async function sandbox({ unsandboxed }: Config): Promise<Finding> {
  const chosen = await chooseSandbox({ unsandboxed });
  if (!chosen.ok) return problem('sandbox', 'commands of agents can not be confined here', oneLine(chosen.problem));
  return unsandboxed
    ? warning('sandbox', 'switched off: agents see your files and the network', 'Unset SIGNALBOX_UNSANDBOXED.')
    : ok('sandbox', chosen.sandbox.kind);
}

export async function disk({ data }: Config): Promise<Finding> {
  let there = data;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = await statfs(there);
  const free = bavail * bsize;
  const says = `${(free / GB).toFixed(1)} GB free for ${data}`;
  const fix = 'Free some, or set SIGNALBOX_DATA to a folder on another disk.';
  if (free < ROOM.problem) return problem('disk', says, fix);
  return free < ROOM.warning ? warning('disk', says, fix) : ok('disk', says);
}

/** Whose commits they are, and whether the key that signs them is usable. */
export async function commits({ authorship: { author }, signingKey }: Config): Promise<Finding> {
  const whose = `by ${author.name} <${author.email}>`;
  if (signingKey === null) return ok('commits', `${whose}, not signed`);
  const signer = await sshSigner(signingKey);
  return 'problem' in signer
    ? problem('commits', signer.problem, 'Mend or unset SIGNALBOX_SIGNING_KEY_FILE: workers do not start without it.')
    : ok('commits', `${whose}, signed with ${signer.fingerprint}`);
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ');
