// Which process holds a key, so that the keys of one that was killed are free at once and not only when its lease ends. Told only where
// it is certain: on the same boot of the same machine, in the same space of process ids. Where there is no /proc, leases have to do.
import { readFile, readlink } from 'node:fs/promises';
import { isAlive } from '../../jobs/processes.ts';

/** "space boot pid start" of this process, or null where such things are not known. */
export async function thisProcess(): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  const [space, boot, stat] = await Promise.all([
    readlink('/proc/self/ns/pid'),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readFile('/proc/self/stat', 'utf8'),
  ]);
  // "pid (name) state … start": the name may hold anything, so count from its end.
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return `${space} ${boot.trim()} ${process.pid} ${start}`;
}

/** True only if that process certainly runs no more. */
export async function isGone(holder: string | null, self: string | null): Promise<boolean> {
  if (holder === null || self === null || place(holder) !== place(self)) return false;
  return !(await isAlive(holder.slice(holder.indexOf(' ') + 1)));
}

const place = (holder: string): string => holder.split(' ').slice(0, 2).join(' ');
