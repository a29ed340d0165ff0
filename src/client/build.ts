// Which code this is, beyond its version: in a clone that stays the same over every change. A worker that runs for days may be of another.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `src`, or what it was compiled to. */
const CODE = fileURLToPath(new URL('..', import.meta.url));

/** Digest of all of our code, from its files: about 1 MB. */
export function buildDigest(): string {
  const hash = createHash('sha256');
  const files = readdirSync(CODE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((file) => join(file.parentPath, file.name)).sort())
    hash.update(path.slice(CODE.length)).update(readFileSync(path));
  return hash.digest('hex').slice(0, 12);
}
