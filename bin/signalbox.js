#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
// Starts the command line: of the published package its compiled code, in a clone (by the shell script beside this file, which brings its own
// Node) the TypeScript as it is. Compiled code is kept in the user's cache, so that a command answers in a moment.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`signalbox: this is Node ${process.versions.node}; Signalbox needs Node 24 or later.\n`);
  process.exit(1);
}
module.enableCompileCache(join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'signalbox', 'compiled'));
const source = new URL('../src/client/cli/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : '../dist/src/client/cli/main.js');
