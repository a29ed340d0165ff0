// Keeps a log short: 10 MB, and the two that were full before it (`worker.log.1`, `worker.log.2`). Full ones are copied and the file is
// emptied, not replaced: whoever writes holds it open (what crashes beneath Node.js, Temporal's server) and goes on in it.
// Killed at any point it loses nothing; what was copied and not yet emptied stands in two files then.
import { constants, copyFileSync, renameSync, statSync, truncateSync } from 'node:fs';

export const LOG_BYTES = 10 * 1024 * 1024;
const KEPT = 2;

/** Does nothing where the file is missing or shorter than `most` bytes. Who writes has to append. */
export function rotate(file: string, most = LOG_BYTES): void {
  const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size < most) return;
  const aside = `${file}.part`;
  copyFileSync(file, aside, constants.COPYFILE_FICLONE);
  for (let at = KEPT; at > 1; at--) moveIfThere(`${file}.${at - 1}`, `${file}.${at}`);
  renameSync(aside, `${file}.1`);
  truncateSync(file);
}

function moveIfThere(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, to);
}
