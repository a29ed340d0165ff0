// Reads a workflow file: the workflow, or everything that is wrong with it, each with its key and line.
import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { conditionOf, expressionsIn, problemOfExpression } from './expressions.ts';
import { problemOfPattern } from './filters.ts';
import { workflowSchema, type Events, type Workflow } from './workflow.ts';

export interface Problem {
  /** The key that it is about, for example `jobs.build.container`; empty for the file as a whole. */
  readonly key: string;
  readonly line: number;
  readonly message: string;
}

export type ParsedWorkflow =
  | { readonly ok: true; readonly workflow: Workflow; readonly notes: readonly Problem[] }
  /** `on` is there if at least that could be read. */
  | { readonly ok: false; readonly name: string | undefined; readonly on: Events | undefined; readonly problems: readonly Problem[] };

type Path = readonly PropertyKey[];

/** Larger files are refused unread. */
export const MOST_BYTES = 512 * 1024;

/** Linux takes variables of 128 KB, with their names. */
const MOST_VARIABLE_BYTES = 100_000;

/** Events that GitHub has and that start no run on the forge. */
const NEVER_HERE = new Set(
  (
    'branch_protection_rule check_run check_suite create delete deployment deployment_status discussion discussion_comment fork gollum ' +
    'issue_comment issues label milestone page_build pull_request_review pull_request_review_comment pull_request_target public ' +
    'registry_package release repository_dispatch schedule status watch workflow_call workflow_run'
  ).split(' '),
);

/** @param source the text of the file; null for one of more than MOST_BYTES */
export function parseWorkflow(source: string | null): ParsedWorkflow {
  try {
    return parsedFrom(source);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the stack is full
    return { ok: false, name: undefined, on: undefined, problems: [{ key: '', line: 1, message: 'the file is nested too deeply' }] };
  }
}

function parsedFrom(source: string | null): ParsedWorkflow {
  const refused = (problems: readonly Problem[], raw?: Record<string, unknown>): ParsedWorkflow => ({
    ok: false,
    name: typeof raw?.['name'] === 'string' ? raw['name'] : undefined,
    on: readableEvents(raw?.['on']),
    problems,
  });
  if (source === null || Buffer.byteLength(source) > MOST_BYTES)
    return refused([{ key: '', line: 1, message: `the file is larger than ${MOST_BYTES} bytes` }]);
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    return refused(
      document.errors.map((error) => ({ key: '', line: lines.linePos(error.pos[0]).line, message: `invalid YAML: ${error.message}` })),
    );
  const raw = plainOf(document);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return refused([{ key: '', line: 1, message: typeof raw === 'string' ? raw : 'a workflow file is a mapping with name, on and jobs' }]);
  const lineOf = (path: Path): number => lineIn(document, lines, path);
  const { on, notes } = eventsOf((raw as Record<string, unknown>)['on']);
  const value = { ...raw, on };
  const parsed = workflowSchema.safeParse(value);
  const located = (problems: readonly { path: Path; message: string }[]): Problem[] =>
    problems.map(({ path, message }) => ({ key: keyOf(path), line: lineOf(path), message }));
  if (!parsed.success) return refused(located(parsed.error.issues.flatMap((issue) => saying(issue))), value);
  const problems = [
    ...problemsOfNeeds(parsed.data),
    ...problemsOfSteps(parsed.data),
    ...problemsOfPatterns(parsed.data.on),
    ...problemsOfTexts(parsed.data, []),
  ];
  if (problems.length > 0) return refused(located(problems), value);
  return { ok: true, workflow: parsed.data, notes: located(notes) };
}

/** `on`, if it can be held against events. */
function readableEvents(on: unknown): Events | undefined {
  const events = workflowSchema.shape.on.safeParse(on).data;
  return events === undefined || [...problemsOfPatterns(events)].length > 0 ? undefined : events;
}

/** The document as plain values; a text that says why it has none (aliases that would grow without end). */
function plainOf(document: Document): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    if (error instanceof ReferenceError) return `invalid YAML: ${error.message}`;
    throw error;
  }
}

/** `on` in its longest form, and what is in it that starts no run here. */
function eventsOf(on: unknown): { on: unknown; notes: { path: Path; message: string }[] } {
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on : undefined;
  const long: unknown = names === undefined ? on : Object.fromEntries(names.map((name) => [String(name), null]));
  if (typeof long !== 'object' || long === null) return { on: long, notes: [] };
  const elsewhere = Object.keys(long).filter((name) => NEVER_HERE.has(name));
  return {
    on: Object.fromEntries(Object.entries(long).filter(([name]) => !NEVER_HERE.has(name))),
    notes: elsewhere.map((name) => ({ path: ['on', name], message: `the forge starts no run by the event ${name}` })),
  };
}

/** A problem of the schema in words; of alternatives, those of the one that fits best. */
function saying(issue: z.core.$ZodIssue, base: Path = []): { path: Path; message: string }[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: 'the forge does not know this key here (devkit/forge/ci/README.md lists what it knows)',
    }));
  if (issue.code === 'invalid_union') {
    const fitting = issue.errors.filter((errors) => errors.every(({ code, path: inner }) => code !== 'invalid_type' || inner.length > 0));
    const [best] = fitting.length > 0 ? fitting : [];
    return best === undefined
      ? [{ path, message: 'the value is of a kind that does not belong here' }]
      : best.flatMap((inner) => saying(inner, path));
  }
  return [{ path, message: issue.message }];
}

function* problemsOfNeeds({ jobs }: Workflow): Generator<{ path: Path; message: string }> {
  for (const [id, job] of Object.entries(jobs)) {
    for (const need of job.needs ?? [])
      if (!Object.hasOwn(jobs, need)) yield { path: ['jobs', id, 'needs'], message: `there is no job "${need}"` };
    if (ancestorsOf(jobs, id).has(id)) yield { path: ['jobs', id, 'needs'], message: 'the job needs itself, by way of others' };
  }
}

/** Every job that a job needs, directly or not. */
export function ancestorsOf(jobs: Workflow['jobs'], id: string): Set<string> {
  const found = new Set<string>();
  const open = [...(jobs[id]?.needs ?? [])];
  for (let need = open.pop(); need !== undefined; need = open.pop()) {
    if (found.has(need)) continue;
    found.add(need);
    open.push(...(jobs[need]?.needs ?? []));
  }
  return found;
}

function* problemsOfSteps({ jobs }: Workflow): Generator<{ path: Path; message: string }> {
  for (const [id, { steps }] of Object.entries(jobs))
    for (const [index, { id: stepId }] of steps.entries())
      if (stepId !== undefined && steps.findIndex((other) => other.id === stepId) < index)
        yield { path: ['jobs', id, 'steps', index, 'id'], message: `there is another step "${stepId}"` };
}

function* problemsOfPatterns(on: Events): Generator<{ path: Path; message: string }> {
  for (const [event, filters] of Object.entries(on))
    for (const [filter, patterns] of Object.entries(filters ?? {})) {
      if (!Array.isArray(patterns) || filter === 'types') continue;
      for (const pattern of patterns as string[]) {
        const message = problemOfPattern(pattern);
        if (message !== undefined) yield { path: ['on', event, filter], message };
      }
    }
}

/** Expressions anywhere in the file that can't be parsed, and texts that no process can be given. */
function* problemsOfTexts(value: unknown, path: Path): Generator<{ path: Path; message: string }> {
  if (typeof value === 'string') {
    if (value.includes('\0')) yield { path, message: 'the text has a NUL character' };
    if (path.at(-2) === 'env' && Buffer.byteLength(value) > MOST_VARIABLE_BYTES)
      yield { path, message: `the value of a variable has at most ${MOST_VARIABLE_BYTES} bytes` };
    const expressions =
      path.at(-1) === 'if' && path[0] === 'jobs' ? [conditionOf(value)].filter((condition) => condition !== '') : expressionsIn(value);
    for (const expression of expressions) {
      const message = expression === undefined ? 'an expression ${{ is not closed' : problemOfExpression(expression);
      if (message !== undefined) yield { path, message };
    }
  } else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries<unknown>({ ...value })) {
      if (key.includes('\0')) yield { path, message: 'a key has a NUL character' };
      yield* problemsOfTexts(inner, [...path, key]);
    }
}

const keyOf = (path: Path): string => path.map(String).join('.');

/** The line where the deepest part of a path that exists begins. */
function lineIn(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(last)) : undefined;
    const node = (pair?.key ?? document.getIn(path.slice(0, length), true)) as { range?: readonly number[] | null } | undefined;
    if (node?.range?.[0] !== undefined) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
