// What `up` started on this machine: one small file a process under `<data>/run`, so that other commands find it and can tell whether it lives.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RunRecord {
  readonly pid: number;
  /** Boot, process id and start time (`identityOf`): a process id alone may since be somebody else's. */
  readonly identity: string;
  readonly startedAt: number;
  /** Of Signalbox when it was started. */
  readonly version: string;
  /** Of the Temporal server: where it answers, or whom the worker asks. Of the gateway: where it listens. */
  readonly address?: string;
  readonly ui?: string;
  /** It was told to end: a process that is gone without this has died. */
  readonly stopped?: true;
  /** Digest of the code that it was started from. */
  readonly build?: string;
  /** Digest of the settings that it was started with. */
  readonly settings?: string;
  /** Of the worker: keys of models that its environment did not have. */
  readonly lacks?: readonly string[];
  /** Of the gateway: the Temporal server that it asks. */
  readonly temporal?: string;
}

/** `forge` and `model`: of a sandbox or a demo. */
export type ProcessName = 'temporal' | 'worker' | 'gateway' | 'forge' | 'model';

const fileOf = (data: string, name: ProcessName): string => join(data, 'run', `${name}.json`);

/** Undefined where nothing was ever started. The process may have ended since. */
export function readRunRecord(data: string, name: ProcessName): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(data, name), 'utf8')) as RunRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function writeRunRecord(data: string, name: ProcessName, record: RunRecord): void {
  mkdirSync(join(data, 'run'), { recursive: true });
  writeFileSync(`${fileOf(data, name)}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${fileOf(data, name)}.new`, fileOf(data, name));
}

/** What `up` waits for, and what takes seconds to load its code. */
type LoadingName = 'worker' | 'gateway';

const loaded = (data: string, name: LoadingName): string => join(data, 'run', `${name}.loaded`);

/** A process says that its code is loaded: what takes longer from then on is not the machine's slowness. */
export function sayLoaded(data: string, name: LoadingName): void {
  mkdirSync(join(data, 'run'), { recursive: true });
  writeFileSync(loaded(data, name), `${process.pid}`);
}

/** Whether the process of this id has said so. */
export function isLoaded(data: string, name: LoadingName, pid: number): boolean {
  try {
    return readFileSync(loaded(data, name), 'utf8') === `${pid}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
