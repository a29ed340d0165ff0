// Takes in what the command of a step prints: lines into the log, workflow commands into what they mean. Constant memory, whatever comes.
import { StringDecoder } from 'node:string_decoder';
import type { Annotation } from '../state/ci-records.ts';
import { annotation } from './jobs.ts';
import type { JobLog } from './job-log.ts';
import { commandIn, type WorkflowCommand } from './workflow-commands.ts';

/** A longer line is cut. */
const MOST_LINE_CHARACTERS = 64 * 1024;
/** GitHub keeps ten of each level and step; fifty in all are kept here. */
const MOST_ANNOTATIONS = 50;

const LEVELS: Readonly<Record<string, Annotation['annotation_level']>> = { error: 'failure', warning: 'warning', notice: 'notice' };

export class StepOutput {
  readonly annotations: Annotation[] = [];
  /** From the old command ::set-output. */
  readonly outputs: Record<string, string> = {};
  readonly #log: JobLog;
  #stopToken: string | undefined;

  constructor(log: JobLog) {
    this.#log = log;
  }

  /** A sink for one stream of the command; call it with null at the end. */
  stream(): (chunk: Buffer | null) => void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    return (chunk) => {
      const lines = (rest + (chunk === null ? decoder.end() : decoder.write(chunk))).split('\n');
      rest = (lines.pop() ?? '').slice(0, MOST_LINE_CHARACTERS);
      for (const line of lines) this.#line(line);
      if (chunk === null && rest !== '') this.#line(rest);
    };
  }

  #line(raw: string): void {
    const line = raw.replace(/\r$/, '').slice(0, MOST_LINE_CHARACTERS);
    const command = line.includes('::') ? commandIn(line) : undefined;
    if (this.#stopToken !== undefined) {
      if (command?.name === this.#stopToken.toLowerCase()) this.#stopToken = undefined;
      else this.#log.write(line);
    } else if (command === undefined) this.#log.write(line);
    else this.#obey(command, line);
  }

  #obey({ name, properties, message }: WorkflowCommand, line: string): void {
    const level = LEVELS[name];
    if (level !== undefined) {
      this.#log.write(...prefixed(`##[${name}]`, message));
      this.annotate(level, message, properties);
    } else if (name === 'group') this.#log.write(`##[group]${message}`);
    else if (name === 'endgroup') this.#log.write('##[endgroup]');
    else if (name === 'debug') this.#log.write(...prefixed('##[debug]', message));
    else if (name === 'add-mask') {
      this.#log.mask(message);
      this.#log.write('::add-mask::***');
    } else if (name === 'stop-commands') this.#stopToken = message;
    else if (name === 'set-output' && properties['name'] !== undefined) this.outputs[properties['name']] = message;
    else this.#log.write(line);
  }

  annotate(level: Annotation['annotation_level'], message: string, properties: Readonly<Record<string, string>> = {}): void {
    if (this.annotations.length >= MOST_ANNOTATIONS) return;
    const number = (text: string | undefined): number | null => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null);
    const line = number(properties['line']);
    // What names no file is put, as on GitHub, beside the line of the log.
    const place = { path: properties['file'] ?? '.github', line: line ?? (properties['file'] === undefined ? this.#log.lines : 1) };
    this.annotations.push({
      ...annotation(level, message, place),
      end_line: number(properties['endline'] ?? properties['endLine']) ?? place.line,
      start_column: number(properties['col']),
      end_column: number(properties['endcolumn'] ?? properties['endColumn']),
      title: properties['title'] ?? null,
    });
  }
}

const prefixed = (prefix: string, message: string): string[] =>
  message.split('\n').map((line, index) => (index === 0 ? prefix + line : line));
