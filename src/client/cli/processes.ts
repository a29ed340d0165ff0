// Processes of this machine that `up` starts and `down` stops. A record says which; whether it is still that process is asked of the system.
import { setTimeout as sleep } from 'node:timers/promises';
import { readRunRecord, writeRunRecord, type ProcessName, type RunRecord } from '../../config/run-records.ts';
import { claimOf, isAlive } from '../../jobs/processes.ts';

/** The record of a process, if it lives. That of a dead one stays: its address is used again. */
export async function running(data: string, name: ProcessName): Promise<RunRecord | undefined> {
  const record = readRunRecord(data, name);
  return record !== undefined && (await isAlive(record.identity)) ? record : undefined;
}

/** @returns false if the process is gone already */
export async function remember(
  data: string,
  name: ProcessName,
  pid: number,
  more: Pick<RunRecord, 'version'> & Partial<RunRecord>,
): Promise<boolean> {
  const identity = await claimOf(pid);
  if (identity === undefined) return false;
  writeRunRecord(data, name, { ...more, pid, identity, startedAt: Date.now() });
  return true;
}

/** SIGTERM, and SIGKILL after `graceMs`. Returns how it ended, or undefined if it did not run. */
export async function stop(data: string, name: ProcessName, graceMs: number): Promise<'stopped' | 'killed' | undefined> {
  const record = await running(data, name);
  if (record === undefined) return undefined;
  writeRunRecord(data, name, { ...record, stopped: true });
  process.kill(record.pid, 'SIGTERM');
  const stopped = await ends(record, graceMs);
  if (!stopped) {
    process.kill(record.pid, 'SIGKILL');
    await ends(record, 5_000);
  }
  return stopped ? 'stopped' : 'killed';
}

async function ends({ identity }: RunRecord, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (await isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}
