// Which code this is, beyond its version: in a clone that stays the same over every change; and with which settings it runs. A worker that runs
// for days may be of another, and have others.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/config.ts';

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

/** Digest of what was set, of what the process looks at; without what `up` itself finds: where Temporal answers, and a free port. */
export function settingsDigest(of: 'worker' | 'gateway', config: Config): string {
  const { temporal: _temporal, gateway, anthropic, openai, models, ...both } = config;
  const { port: _port, ...hears } = gateway;
  const own = of === 'worker' ? { anthropic, openai, models } : hears;
  const text = JSON.stringify({ both, own }, (_key, value: unknown) => (value instanceof RegExp ? String(value) : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
