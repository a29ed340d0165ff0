// The installation's own secret: signs the marks by which we find our effects again. Losing it makes earlier marks unreadable, so it is
// made once and never replaced; backups of the data directory contain it.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';

const BYTES = 32;

/** Reads the key, making it first if there is none; processes that start at once get the same one. */
export async function installationKey(dataDirectory: string): Promise<Uint8Array> {
  const path = join(dataDirectory, 'installation.key');
  const key = (await readIfThere(path)) ?? (await make(path, dataDirectory));
  if (key.byteLength !== BYTES)
    throw new Error(`${path} has ${key.byteLength} bytes instead of ${BYTES}. Restore it from a backup of the data directory.`);
  return key;
}

/** Names this installation towards others, and tells nothing of the key. */
export async function installationId(dataDirectory: string): Promise<string> {
  return createHash('sha256')
    .update('id')
    .update(await installationKey(dataDirectory))
    .digest('hex')
    .slice(0, 12);
}

/** Written aside and linked into place: whoever links first has made the key, and nobody sees half of one. */
async function make(path: string, directory: string): Promise<Uint8Array> {
  const aside = join(directory, `installation.key.${randomUUID()}`);
  const file = await open(aside, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(BYTES));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(aside, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(aside);
  }
  return readFile(path);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const hasCode = (error: unknown, code: string): boolean => isNativeError(error) && 'code' in error && error.code === code;
