// The log of a job: a file a step, a time on each line, as GitHub shows it; no more than a given size. It is written as the job goes on.
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export class JobLog {
  readonly #directory: string;
  readonly #masks = new Set<string>();
  #left: number;
  #file: number | undefined;
  #lines = 0;

  /** Begins anew: what an interrupted run of the job has left is removed. */
  constructor(directory: string, limitBytes: number) {
    this.#directory = directory;
    this.#left = limitBytes;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }

  /** Lines that follow belong to this step. */
  step(number: number): void {
    this.close();
    this.#file = openSync(path.join(this.#directory, `${number}.txt`), 'w');
    this.#lines = 0;
  }

  /** How many lines the step has so far. */
  get lines(): number {
    return this.#lines;
  }

  /** From now on the text is shown as ***. */
  mask(text: string): void {
    for (const line of text.split(/\r?\n/)) if (line.trim() !== '') this.#masks.add(line.trim());
  }

  write(...lines: readonly string[]): void {
    if (this.#left <= 0) return;
    const time = new Date().toISOString().replace('Z', '0000Z');
    for (const line of lines) {
      if (this.#left <= 0) return;
      let shown = line;
      for (const mask of this.#masks) shown = shown.replaceAll(mask, '***');
      const entry = Buffer.from(`${time} ${shown}\n`);
      this.#left -= entry.length;
      this.#append(
        this.#left > 0 ? entry : Buffer.from(`${time} ##[warning]The log is too long: the rest of what the job prints is not kept.\n`),
      );
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #append(entry: Buffer): void {
    if (this.#file === undefined) throw new Error('a log is written to in a step');
    writeSync(this.#file, entry);
    this.#lines++;
  }
}

export interface StepLog {
  readonly number: number;
  readonly text: string;
}

/** What a job has logged, step by step; empty for one that never ran. */
export async function readJobLog(directory: string): Promise<StepLog[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const numbers = names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
  return Promise.all(numbers.map(async (number) => ({ number, text: await readFile(path.join(directory, `${number}.txt`), 'utf8') })));
}
