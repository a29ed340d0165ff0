// The part of a job's log that says why it failed, for a session to read; and what in it looks as if the next run might pass. Pure.

export interface ExcerptLimits {
  readonly lines: number;
  readonly characters: number;
}

export const EXCERPT: ExcerptLimits = { lines: 200, characters: 400 };

/** Lines before and after one that tells of a failure, and lines at the end that are kept in any case. */
const BEFORE = 4;
const AFTER = 12;
const END = 40;

const TELLS =
  /##\[error\]|\b(error|errors|failed|failure|failing|fatal|panic|exception|traceback|assert(ion)?|expected|received|undefined|cannot|segmentation fault|not ok)\b|✕|✗|✘|●|(^|\s)FAIL\b/i;
/** Said of what went well, or of everything. */
const TELLS_NOT = /\b(0 (errors?|failed|failures?)|no errors?|error-free|--fail|fail-fast)\b/i;

const CONTROL = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f]/g;
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z /;

/**
 * At most so many lines: the end, what tells of a failure with its surroundings, the latest first; gaps are marked.
 * @param log as the forge gives it: a time on each line
 * @param since second at which the step that failed began, as in the log; the whole log where it is null
 */
export function excerptOf(log: string, since: string | null = null, limits: ExcerptLimits = EXCERPT): string {
  const lines = ofStep(log.split('\n'), since).map((line) => clean(line, limits.characters));
  while (lines.at(-1) === '') lines.pop();
  if (lines.length <= limits.lines) return lines.join('\n');
  return withGaps(lines, chosen(lines, limits.lines));
}

function ofStep(lines: readonly string[], since: string | null): readonly string[] {
  if (since === null) return lines;
  const from = lines.findIndex((line) => (TIME.exec(line)?.[1] ?? '') >= since.slice(0, 19));
  return from === -1 ? lines : lines.slice(from);
}

const clean = (line: string, characters: number): string => {
  const text = line.replace(TIME, '').replace(CONTROL, '').trimEnd();
  return text.length <= characters ? text : `${text.slice(0, characters)} … (${text.length - characters} characters left out)`;
};

/** Which lines are kept. Some places are left for the marks of gaps, at most one before each stretch. */
function chosen(lines: readonly string[], most: number): Set<number> {
  const kept = new Set<number>();
  let gaps = 1;
  const keep = (from: number, to: number): void => {
    const added = [];
    for (let at = Math.max(0, from); at < Math.min(lines.length, to); at++) if (!kept.has(at)) added.push(at);
    if (added.length === 0 || kept.size + added.length + gaps + 1 > most) return;
    for (const at of added) kept.add(at);
    gaps++;
  };
  keep(lines.length - Math.min(END, Math.floor(most / 2)), lines.length);
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at] ?? '';
    if (!kept.has(at) && TELLS.test(line) && !TELLS_NOT.test(line)) keep(at - BEFORE, at + AFTER + 1);
  }
  return kept;
}

function withGaps(lines: readonly string[], kept: ReadonlySet<number>): string {
  const shown: string[] = [];
  let left = 0;
  for (const [at, line] of lines.entries()) {
    if (!kept.has(at)) {
      left++;
      continue;
    }
    if (left > 0) shown.push(`… (${left} lines left out)`);
    left = 0;
    shown.push(line);
  }
  return shown.join('\n');
}

/** What no change of code mends, where a failed run says it of itself. */
const OUTSIDE: readonly (readonly [RegExp, string])[] = [
  [/\b(no space left on device|ENOSPC)\b/i, 'the machine was full'],
  [/(lost communication with the server|runner has received a shutdown signal|the operation was canceled)/i, 'the runner went away'],
];
/** Names of tests say many things of what went well. */
const WENT_WELL = /^\s*(✓|✔|√|ok\b|PASS\b|# )/;

/** What may pass by itself, by what failed runs of it print; each with the words that people are told. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(ECONNRESET|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|socket hang up|connection reset by peer)\b/i, 'a connection broke'],
  [/\b(could not resolve host|temporary failure in name resolution|TLS handshake timeout|i\/o timeout)\b/i, 'the network was away'],
  [/\b(429 too many requests|50[234] (bad gateway|service unavailable|gateway time-?out)|toomanyrequests)\b/i, 'a service was busy'],
  [/\b(out of memory|oom-?kill)/i, 'the machine was full'],
  [
    /\b(flaky|retry(ing)? attempt \d+ of \d+|timeout of \d+ ?ms exceeded|exceeded timeout of \d+ ?ms)\b/i,
    'a test ran out of time, or is known to be flaky',
  ],
];

/**
 * Why the job may pass when it is run again; null where nothing of the excerpt speaks for it.
 * @param known what the workspace knows to be flaky
 */
export function looksFlaky(excerpt: string, known: readonly RegExp[] = []): string | null {
  const ours = known.find((pattern) => excerpt.split('\n').some((line) => pattern.test(line)));
  return PATTERNS.find(([pattern]) => pattern.test(excerpt))?.[1] ?? (ours === undefined ? null : `its log says ${String(ours)}`);
}

/** What was wrong around the job, and not with the change; null where nothing of the excerpt says so. */
export function isOutside(excerpt: string): string | null {
  const lines = excerpt.split('\n').filter((line) => !WENT_WELL.test(line));
  return OUTSIDE.find(([pattern]) => lines.some((line) => pattern.test(line)))?.[1] ?? null;
}
