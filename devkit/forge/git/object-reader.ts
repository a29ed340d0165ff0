// Objects of a repository from one lasting `git cat-file`: a process for every question would cost more than all the rest of most requests.
// It only reads and ends with its pipe, so that the next start need not wait for it (leftovers.ts). Names are full ids, refs, or paths and
// types below them: git looks abbreviated ids up in a list that a lasting process has from its start.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { GIT_ENVIRONMENT } from './environment.ts';

export interface ObjectInfo {
  readonly sha: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  /** In bytes. */
  readonly size: number;
}

export interface StoredObject extends ObjectInfo {
  readonly bytes: Buffer;
}

interface Question {
  readonly withContents: boolean;
  readonly answer: (object: StoredObject | undefined) => void;
  readonly fail: (error: Error) => void;
}

/** Whether a lasting process answers for a name as a new one would. */
export const isLasting = (name: string): boolean => /^([0-9a-f]{40}|refs\/[^@:^~\n\0]+)(\^\{\w+\}|:[^\n\0]*)?$/.test(name);

class ObjectReader {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #questions: Question[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  /** Of the object whose contents are on their way. */
  #info: ObjectInfo | undefined;
  isDead = false;

  constructor(directory: string) {
    this.#child = spawn('git', ['--git-dir', directory, 'cat-file', '--batch-command'], { env: GIT_ENVIRONMENT });
    this.#child.stderr.resume();
    this.#child.stdin.on('error', () => undefined); // told by `close`
    this.#child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    const died = (): void => {
      this.isDead = true;
      for (const { fail } of this.#questions.splice(0)) fail(new Error(`git cat-file on ${directory} has ended`));
    };
    this.#child.on('error', died);
    this.#child.on('close', died);
  }

  get isBusy(): boolean {
    return this.#questions.length > 0;
  }

  ask(name: string, withContents: boolean): Promise<StoredObject | undefined> {
    return new Promise((answer, fail) => {
      this.#questions.push({ withContents, answer, fail });
      this.#child.stdin.write(`${withContents ? 'contents' : 'info'} ${name}\n`);
    });
  }

  /** Answers what was asked before it ends. */
  end(): void {
    this.#child.stdin.end();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#questions.length > 0 && this.#step());
  }

  /** Reads one line, or one object; false if there is not enough of it yet. */
  #step(): boolean {
    if (this.#info !== undefined) {
      if (this.#length < this.#info.size + 1) return false; // a newline follows
      const bytes = this.#cut(this.#info.size + 1).subarray(0, -1);
      const info = this.#info;
      this.#info = undefined;
      this.#questions.shift()?.answer({ ...info, bytes });
      return true;
    }
    const waiting = Buffer.concat(this.#chunks);
    this.#chunks = [waiting];
    const end = waiting.indexOf(10);
    if (end < 0) return false;
    const line = this.#cut(end + 1).toString('utf8');
    const [, sha, type, size] = /^([0-9a-f]{40}) (blob|tree|commit|tag) (\d+)\n$/.exec(line) ?? [];
    if (sha === undefined) this.#questions.shift()?.answer(undefined);
    else {
      const info = { sha, type: type as ObjectInfo['type'], size: Number(size) };
      if (this.#questions[0]?.withContents === true) this.#info = info;
      else this.#questions.shift()?.answer({ ...info, bytes: Buffer.alloc(0) });
    }
    return true;
  }

  #cut(length: number): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all.subarray(length)];
    this.#length = all.length - length;
    return all.subarray(0, length);
  }
}

/** So many repositories have a process of their own at once; who has not asked for longest gives way. */
const MOST = 16;

/** The readers of a forge, by the directory of their repository. */
export class ObjectReaders {
  readonly #readers = new Map<string, ObjectReader>();

  /** What the name stands for, or undefined. */
  info(directory: string, name: string): Promise<ObjectInfo | undefined> {
    return this.#of(directory).ask(name, false);
  }

  contents(directory: string, name: string): Promise<StoredObject | undefined> {
    return this.#of(directory).ask(name, true);
  }

  /** To be called before a directory goes or is made anew. */
  forget(directory: string): void {
    this.#readers.get(directory)?.end();
    this.#readers.delete(directory);
  }

  end(): void {
    for (const directory of this.#readers.keys()) this.forget(directory);
  }

  #of(directory: string): ObjectReader {
    const known = this.#readers.get(directory);
    const reader = known === undefined || known.isDead ? new ObjectReader(directory) : known;
    this.#readers.delete(directory);
    this.#readers.set(directory, reader);
    if (this.#readers.size > MOST) {
      const [oldest] = [...this.#readers].find(([, { isBusy }]) => !isBusy) ?? [];
      if (oldest !== undefined && oldest !== directory) this.forget(oldest);
    }
    return reader;
  }
}
