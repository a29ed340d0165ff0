// Large pushes: one of 100 MB that the forge takes, one above its limit that it refuses, and what either adds to the forge's peak memory.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { git, startTestForge, type TestForge } from '../../test/forge/harness.ts';
import { rounded } from '../kernel/figures.ts';

const LIMIT_MB = 110;
const REASON = `pack exceeds maximum allowed size (${LIMIT_MB}.00 MiB)`;

export interface LargePush {
  readonly megabytes: number;
  readonly isTaken: boolean;
  readonly seconds: number;
  readonly bareSeconds: number;
  readonly peakMemoryGrewMb: number;
}

/** @throws Error for a push that is refused without git's reason */
export async function measurePushes(): Promise<LargePush[]> {
  const forge = await startTestForge({ arguments: ['--undelayed', '--max-push-mb', String(LIMIT_MB)] });
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-pushes-'));
  try {
    return [await pushOf(forge, folder, 100), await pushOf(forge, folder, 120)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await forge.stop();
  }
}

async function pushOf(forge: TestForge, folder: string, megabytes: number): Promise<LargePush> {
  const at = await forge.repository(`pushed-${megabytes}`);
  const clone = path.join(folder, `clone-${megabytes}`);
  const bare = path.join(folder, `bare-${megabytes}.git`);
  await git(folder, 'clone', '-q', forge.remote(at, 'writer'), clone);
  await git(folder, 'clone', '-q', '--bare', clone, bare);
  for (let index = 0; index < megabytes; index++) writeFileSync(path.join(clone, `file-${index}`), randomBytes(1024 * 1024));
  await git(clone, 'config', 'core.compression', '0');
  await git(clone, 'add', '.');
  await git(clone, 'commit', '-q', '-m', `${megabytes} MB`);
  const before = peakMb(forge);
  const [, bareSeconds] = await timed(() => git(clone, 'push', '-q', bare, 'HEAD:refs/heads/large'));
  const [refusal, seconds] = await timed(() => git(clone, 'push', '-q', 'origin', 'HEAD:refs/heads/large').then(() => '', String));
  const isTaken = refusal === '';
  if (isTaken !== megabytes < LIMIT_MB || (!isTaken && !refusal.includes(REASON))) throw new Error(`${megabytes} MB: ${refusal}`);
  return { megabytes, isTaken, seconds, bareSeconds, peakMemoryGrewMb: rounded(peakMb(forge) - before) };
}

async function timed<Result>(work: () => Promise<Result>): Promise<[Result, number]> {
  const began = performance.now();
  return [await work(), rounded((performance.now() - began) / 1_000)];
}

const peakMb = ({ process: { pid } }: TestForge): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1] ?? 0) / 1024;
