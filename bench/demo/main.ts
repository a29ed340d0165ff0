// `npm run bench -- demo [delayed] [undelayed]`: where the demo's time goes, and how soon a merge is called once its last gate is met. From the
// events that the demo leaves in its store: at each moment one coordinator has the work, and either it acts or it waits for somebody. The
// model is scripted and answers at once, so what sessions take is turns of ours and the repository's own commands.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import type { Event } from '../../src/contracts/event.ts';
import { openStore } from '../../src/store/open.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/signalbox');
const MOST_EVENTS = 10_000;

interface Decided {
  readonly action: { readonly kind: string; readonly forWhom?: string };
}

/** What a coordinator does or waits for from this moment on. */
interface Stand {
  readonly at: number;
  readonly subject: string;
  readonly what: string;
}

/** Whom a wait is for, as a part of the demo; what is not here is passed on to who works meanwhile. */
const WORLD: Readonly<Record<string, string>> = {
  ci: 'the forge: its CI',
  forge: 'the forge: mergeability, lists',
  reviewer: 'the person',
  operator: 'the person',
  people: 'the person',
};
const OWN = 'Signalbox: decisions, effects on forge and git';
const SESSIONS = 'sessions: turns and commands';
const STARTS = 'Signalbox: preparing and starting sessions and reviews';
const STARTING: readonly string[] = ['session', 'review', 'round', 'fix'];

function measure(events: readonly Event[], began: number, ended: number): Record<string, unknown> {
  const stands = events
    .filter(({ kind }) => kind === 'decision')
    .map(({ at, subject, body }): Stand => {
      const { kind, forWhom } = (body as Decided).action;
      return { at, subject, what: kind === 'wait' ? `wait ${forWhom ?? ''}` : kind };
    });
  const [first, last] = [stands[0]?.at ?? began, stands.at(-1)?.at ?? ended];
  const parts: Record<string, number> = { 'set-up: Temporal, forge, model, worker, gateway': first - began };
  for (const [index, stand] of stands.entries()) {
    const until = stands[index + 1]?.at ?? last;
    const part = partOf(stands.slice(0, index + 1));
    parts[part] = (parts[part] ?? 0) + until - stand.at;
  }
  parts['the end: checking the base, stopping'] = ended - last;
  const own = (parts[OWN] ?? 0) + (parts[STARTS] ?? 0);
  return { total: ended - began, work: last - first, own, ownShare: Number((own / (last - first)).toFixed(2)), parts, ...mergeOf(events) };
}

/** Who has the work now: from the task downwards, along what each waits for. */
function partOf(stands: readonly Stand[]): string {
  const now = (is: (subject: string) => boolean): Stand | undefined => stands.findLast(({ subject }) => is(subject));
  const isReview = (subject: string): boolean => /\/review\/[^/]+$/.test(subject);
  let what = now((subject) => /^task(\/[^/]+){5}$/.test(subject))?.what ?? '';
  if (what === 'wait request') what = now((subject) => /^mr(\/[^/]+){4}$/.test(subject))?.what ?? what;
  if (what === 'wait lane') what = now((subject) => subject.startsWith('merge/'))?.what ?? what;
  if (what === 'wait review' || (what === 'wait session' && now(isReview)?.what !== 'end')) what = now(isReview)?.what ?? what;
  if (what === 'wait session') return SESSIONS;
  return WORLD[what.replace('wait ', '')] ?? (STARTING.includes(what) ? STARTS : OWN);
}

/** From the last gate to the merge, in milliseconds. */
function mergeOf(events: readonly Event[]): Record<string, number> {
  const asked = events.findLast(({ kind, body }) => kind === 'decision' && (body as Decided).action.kind === 'askMerge');
  const of = (kind: string): number => events.find((event) => event.kind === kind && event.subject.includes('/merge/'))?.at ?? NaN;
  // Decided anew because something was seen: the check of the last review, or what the person did, by webhook.
  const before = events.findLast(({ at, kind, seq }) => seq < (asked?.seq ?? 0) && at <= (asked?.at ?? 0) && kind === 'check.added');
  const at = asked?.at ?? NaN;
  return {
    'last review → decided to merge': at - (before?.at ?? NaN),
    'decided to merge → merge call': of('effect.claimed') - at,
    'merge call → answer': of('effect.done') - of('effect.claimed'),
  };
}

async function run(undelayed: boolean): Promise<Record<string, unknown>> {
  const data = mkdtempSync(path.join(tmpdir(), 'signalbox-bench-demo-'));
  try {
    const began = Date.now();
    execFileSync(BIN, ['demo', '--json', '--data', data, ...(undelayed ? ['--undelayed'] : [])], { stdio: ['ignore', 'ignore', 'ignore'] });
    const ended = Date.now();
    const store = await openStore({ path: path.join(data, 'store.db') });
    const events = await store.events.after({ seq: 0, limit: MOST_EVENTS });
    await store.close();
    return measure(events, began, ended);
  } finally {
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

const PARTS: readonly string[] = ['delayed', 'undelayed'];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}; there are ${PARTS.join(', ')}`);
const figures: Record<string, unknown> = {};
for (const part of wanted.length > 0 ? wanted : PARTS) {
  figures[part] = await run(part === 'undelayed');
  console.log(part);
  console.dir(figures[part]);
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const results = path.resolve(import.meta.dirname, '../results');
mkdirSync(results, { recursive: true });
const measured = { commit, at: new Date().toISOString(), cores: cpus().length, load: loadavg()[0], node: process.version, figures };
writeFileSync(path.join(results, `demo-${wanted.length > 0 ? wanted.join('-') : 'all'}.json`), `${JSON.stringify(measured, null, 2)}\n`);
