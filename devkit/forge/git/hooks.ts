// The one hook of the forge's repositories: it refuses what protection forbids, while the pushed objects are still in quarantine.
// The rules come with the push, by environment; the hook asks only git.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a push by this person may not do to the branches that match. */
export interface PushRule {
  /** fnmatch patterns of branch names, as GitHub's protection has them, and of those that are meant by none. */
  readonly patterns: readonly string[];
  readonly except: readonly string[];
  readonly refuses: readonly ('push' | 'force' | 'delete' | 'create')[];
  /** What the person reads after `remote: `. */
  readonly because: string;
}

export const HOOK_RULES = 'SIGNALBOX_FORGE_PUSH_RULES';

export const hookEnvironment = (rules: readonly PushRule[]): Record<string, string> => ({ [HOOK_RULES]: JSON.stringify(rules) });

/**
 * Writes the hooks folder of a data directory, anew at each start: the paths of Node and of the code may have changed. What Node compiles of
 * the hook is kept beside it, which takes off more than half of what it costs each push.
 */
export function installHooks(dataDirectory: string): void {
  const folder = path.join(dataDirectory, 'hooks');
  mkdirSync(folder, { recursive: true });
  const script = fileURLToPath(new URL(`./pre-receive${path.extname(import.meta.url)}`, import.meta.url));
  const lines = [
    '#!/bin/sh',
    `export NODE_COMPILE_CACHE=${quoted(path.join(folder, 'compiled'))}`,
    `exec ${quoted(process.execPath)} ${quoted(script)}`,
    '',
  ];
  writeFileSync(path.join(folder, 'pre-receive'), lines.join('\n'), { mode: 0o755 });
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
