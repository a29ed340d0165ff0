// The log of a process: lines of JSON on standard error, without secrets, each written before the next thing happens, so that the last line
// before a kill is there. It says when it has nothing to say, keeps its file short, and tells of what nobody has caught.
import { fstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { destination, pino, stdSerializers, type Logger } from 'pino';
import type { ProcessName } from '../config/run-records.ts';
import type { Redact } from '../secrets/redact.ts';
import { LOG_BYTES, rotate } from './rotate.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly redact: Redact;
  /** Kept short if standard error leads into it (`up` starts processes so); otherwise whoever reads standard error keeps what is written. */
  readonly file: string;
  /** File descriptor. Default: standard error. */
  readonly to?: number;
  /** Bytes of a full file. Default: 10 MB. */
  readonly most?: number;
}

/** Where `up` leads the standard error of a process. */
export const logFile = (data: string, name: ProcessName): string => join(data, 'logs', `${name}.log`);

const STANDARD_ERROR = 2;
/** After so long without a line one says that the process lives. */
export const SILENCE_MS = 5 * 60_000;
const LISTEN_EVERY_MS = 30_000;

export function openLog({ level, redact, file, to = STANDARD_ERROR, most = LOG_BYTES }: LogOptions): Logger {
  const lines = destination({ dest: to, sync: true });
  const isFile = leadsTo(file, to);
  if (isFile) rotate(file, most);
  let last = Date.now();
  const log = pino(
    // Temporal's lines have their errors under `error`.
    { level, serializers: { error: stdSerializers.errWithCause, err: stdSerializers.errWithCause } },
    {
      write(line) {
        last = Date.now();
        lines.write(redact(line));
        if (isFile && fstatSync(to).size >= most) rotate(file, most);
      },
    },
  );
  setInterval(() => {
    if (Date.now() - last < SILENCE_MS) return;
    const { rss } = process.memoryUsage();
    log.info({ uptimeSeconds: Math.round(process.uptime()), rssMb: Math.round(rss / 2 ** 20) }, 'Nothing to say for 5 minutes; it lives.');
  }, LISTEN_EVERY_MS).unref();
  return log;
}

/** What nobody has caught is a bug, or the reason why a process can't run: it is said without secrets, and ends the process with 1. */
export function logCrashes(log: Pick<Logger, 'fatal'>): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, `It ends: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  });
}

function leadsTo(file: string, descriptor: number): boolean {
  const [named, open] = [statSync(file, { throwIfNoEntry: false }), fstatSync(descriptor)];
  return named?.dev === open.dev && named.ino === open.ino;
}
