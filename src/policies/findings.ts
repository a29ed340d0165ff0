// Findings over the rounds of a review: which are the same, which count, which are open. Pure: the same reports give the same findings.
import type { Finding, Findings, Severity } from '../contracts/outputs.ts';
import type { ReviewEnd, ReviewFamily, TrackedFinding } from '../contracts/review.ts';

/** Critical findings that were still open after a fix was tried (T12), whatever became of them since. */
export const outlived = (findings: readonly TrackedFinding[]): TrackedFinding[] =>
  findings.filter(({ severity, state, fixes }) => severity === 'critical' && (fixes > 1 || (fixes === 1 && state === 'open')));

/**
 * Why what such a review was about is never merged without a person, whatever later reviews of other heads say; null where there is no reason.
 * A review that could not judge, or was not satisfied after all its rounds, is not made good by the next one.
 */
export function whyEscalated(
  findings: readonly TrackedFinding[],
  { verdict, because }: Pick<ReviewEnd, 'verdict' | 'because'>,
): string | null {
  const [first, ...others] = outlived(findings);
  if (first === undefined) return verdict === 'person' ? `A review of it has asked for a person: ${because}` : null;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `A critical finding has outlived a fix ("${first.title}"${more}); the audits that would follow (production, architecture, security) are left out, so a person decides.`;
}

/** What one reviewer said in one round. */
export interface Report {
  readonly family: ReviewFamily;
  readonly findings: Findings;
}

/** A round of which every reviewer has reported. */
export interface Round {
  readonly reports: readonly Report[];
  /** Lines that differ from the head of the round before, by file; null in the first round, where every line is new. */
  readonly changed: ChangedLines | null;
  /** A fix was tried between the round before and this one. */
  readonly fixed: boolean;
}

/** First and last line of each stretch, by file. */
export type ChangedLines = Readonly<Record<string, readonly (readonly [number, number])[]>>;

const RANK: Record<Severity, number> = { critical: 3, major: 2, minor: 1, nit: 0 };

export const isBlocking = ({ severity }: Pick<Finding, 'severity'>): boolean => RANK[severity] >= RANK.major;

/**
 * The findings after these rounds. A finding keeps its identity; from the second round on only those count that are still open, and new
 * critical or major ones on lines that changed since. Severity can't grow where nothing changed.
 * @param earlier findings of an earlier review of the same request: what is found again keeps its count of fixes
 */
export function track(rounds: readonly Round[], earlier: readonly TrackedFinding[] = []): TrackedFinding[] {
  const fixesBefore = new Map(earlier.map(({ fingerprint, fixes }) => [fingerprint, fixes]));
  let tracked: TrackedFinding[] = [];
  for (const [index, round] of rounds.entries()) {
    const number = index + 1;
    const known = tracked.map((finding) => verified(finding, round));
    const seen = new Set(known.map(({ fingerprint }) => fingerprint));
    const added: TrackedFinding[] = [];
    for (const { family, findings } of round.reports) {
      for (const finding of findings.findings) {
        const fingerprint = fingerprintOf(finding);
        if (seen.has(fingerprint) || !counts(finding, round.changed)) continue;
        seen.add(fingerprint);
        added.push({ ...finding, fingerprint, family, found: number, state: 'open', reason: '', fixes: fixesBefore.get(fingerprint) ?? 0 });
      }
    }
    tracked = [...known.map((finding) => reopened(finding, round)), ...added];
  }
  return tracked;
}

/**
 * From file, category and title, without what a model may write differently the next time: case, digits, punctuation. Short, because models
 * have to say it again.
 */
export function fingerprintOf({ file, category, title }: Pick<Finding, 'file' | 'category' | 'title'>): string {
  const words = title
    .toLowerCase()
    .replaceAll(/[^\p{L}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return `f-${hash(`${file}\n${category}\n${words}`)}`;
}

/** 64 bits of FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/): enough to tell the findings of a request apart, and it needs no library. */
function hash(text: string): string {
  let state = 0xcbf29ce484222325n;
  for (const character of text) state = BigInt.asUintN(64, (state ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n);
  return state.toString(36);
}

/** What the reviewers of this round say of a finding of an earlier one; the family that found it has the last word. */
function verified(finding: TrackedFinding, { reports, fixed }: Round): TrackedFinding {
  if (finding.state !== 'open') return finding;
  const fixes = finding.fixes + (fixed ? 1 : 0);
  const words = reports
    .filter(({ family }) => family === finding.family)
    .flatMap(({ findings }) => findings.verified)
    .filter(({ fingerprint }) => fingerprint === finding.fingerprint);
  const word = words.at(-1);
  // Said nothing of: nobody has seen it go.
  if (word === undefined || word.state === 'open') return { ...finding, fixes };
  return { ...finding, fixes, state: word.state, reason: word.reason };
}

/** A finding that was closed and is found again on lines that changed is open again: it came back. */
function reopened(finding: TrackedFinding, { reports, changed }: Round): TrackedFinding {
  if (finding.state === 'open' || changed === null) return finding;
  const again = reports
    .flatMap(({ findings }) => findings.findings)
    .find((found) => fingerprintOf(found) === finding.fingerprint && isBlocking(found) && isOn(found, changed));
  return again === undefined ? finding : { ...finding, state: 'open', reason: '', line: again.line };
}

/** In the first round everything counts, later only what is grave and on changed lines. */
const counts = (finding: Finding, changed: ChangedLines | null): boolean =>
  changed === null || (isBlocking(finding) && isOn(finding, changed));

/** A finding without a line is about its whole file. */
function isOn({ file, line }: Pick<Finding, 'file' | 'line'>, changed: ChangedLines): boolean {
  const stretches = changed[file];
  if (stretches === undefined) return false;
  return line === null || stretches.some(([first, last]) => first <= line && line <= last);
}
