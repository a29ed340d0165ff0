// The secret that signs our marks in the world, made once for an installation. Losing it means not to recognise what we did before.
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const BYTES = 32;

/** Reads the key, or makes it; of several processes that make it at once, one wins. */
export async function installationKey(data: string): Promise<Uint8Array> {
  const file = join(data, 'installation.key');
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, randomBytes(BYTES), { mode: 0o600 });
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  const key = await readFile(file);
  if (key.byteLength !== BYTES)
    throw new Error(`${file} is damaged: it has ${key.byteLength} bytes, not ${BYTES}. Restore it from a backup.`);
  return key;
}
