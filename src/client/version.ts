// Which Signalbox this is.
import { readFileSync } from 'node:fs';

/** Compiled code lies one folder deeper, in `dist`. */
const file = import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json';
const manifest = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as { version: string };

export const VERSION = manifest.version;
