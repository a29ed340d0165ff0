// For how long a request is watched after its end, and what became of its merge: commits on its base that revert it, requests that propose to, issues that are labelled as bugs and name it (M14).
// What is only said, by whoever it is, counts for nothing: a commit is on the base because it was let there, a label because somebody who
// may set it did.
import type { ForgeFacts } from '../../contracts/gates.ts';
import type { Aftermath } from '../../contracts/merge-request-actions.ts';
import type { MergeRequestRef } from '../../contracts/work.ts';
import type { MergeRequestFacts } from '../../policies/merge-request-facts.ts';
import type { Forge } from '../forge/provider.ts';

interface Merge {
  readonly ref: MergeRequestRef;
  readonly sha: string;
  readonly base: string;
  /** Milliseconds since 1970; what came before is not looked at. */
  readonly since: number;
}

/** Of the newest commits on the base; a base that moves by more between two looks hides what is beyond. */
const MOST_HUNDREDS = 3;
const DAY_MS = 24 * 60 * 60_000;
const BUG = /^(?:(?:type|kind|t)[:/ -]*)?(?:bug|regression|incident)$/i;
const LONGEST = 200;

/**
 * Whether a request that has ended is still watched, and what became of its merge, from the moment on that all was done that follows it at once.
 * @param concluded that moment, in milliseconds since 1970
 */
export async function afterEnd(
  forge: Forge,
  trackDays: number,
  ref: MergeRequestRef,
  { state, closedAt, merged, base }: Pick<ForgeFacts, 'state' | 'closedAt' | 'merged' | 'base'>,
  concluded: number | undefined,
): Promise<Pick<MergeRequestFacts, 'tracking' | 'aftermath'>> {
  if (trackDays === 0) return { tracking: 'off', aftermath: [] };
  const isOver = (since: number): 'on' | 'over' => (Date.now() >= since + trackDays * DAY_MS ? 'over' : 'on');
  if (state === 'closed') return { tracking: isOver(closedAt === null ? Date.now() : Date.parse(closedAt)), aftermath: [] };
  if (merged === null || concluded === undefined) return { tracking: 'on', aftermath: [] };
  // Clocks differ, and a commit brings the time of whoever made it.
  const aftermath = await readAftermath(forge, { ref, sha: merged.sha, base: base.branch, since: concluded - DAY_MS });
  return { tracking: isOver(concluded), aftermath };
}

/** Sorted; each thing once. */
async function readAftermath(forge: Forge, merge: Merge): Promise<Aftermath[]> {
  const [reverts, mentions] = await Promise.all([revertsOf(forge, merge), mentionsOf(forge, merge)]);
  return [...reverts, ...mentions].sort((a, b) => (`${a.kind} ${a.what}` < `${b.kind} ${b.what}` ? -1 : 1));
}

/** As git and forges write it: by the commit, or by the number of the request. */
export function reverts(message: string, { ref: { owner, repo, number }, sha }: Pick<Merge, 'ref' | 'sha'>): boolean {
  const commits = [...message.matchAll(/\bThis reverts commit ([0-9a-f]{7,40})\b/gi)].map(([, commit = '']) => commit.toLowerCase());
  const requests = [...message.matchAll(/^Reverts (?:([\w.-]+\/[\w.-]+))?#(\d+)\b/gim)];
  return (
    commits.some((commit) => sha.startsWith(commit)) ||
    requests.some(
      ([, place, named]) => Number(named) === number && (place ?? `${owner}/${repo}`).toLowerCase() === `${owner}/${repo}`.toLowerCase(),
    )
  );
}

async function revertsOf(forge: Forge, merge: Merge): Promise<Aftermath[]> {
  const commits = await forge().commitsSince(merge.ref, merge.base, new Date(merge.since), MOST_HUNDREDS);
  return commits
    .filter(({ sha, message }) => sha !== merge.sha && reverts(message, merge))
    .map(({ sha, message, by }) => ({ kind: 'reverted', what: sha, title: titleOf(message), by }));
}

async function mentionsOf(forge: Forge, merge: Merge): Promise<Aftermath[]> {
  const found = new Map<string, Aftermath>();
  for (const { number, isRequest, title, body, labels, by, createdAt } of await forge().mentions(merge.ref)) {
    if (Date.parse(createdAt) < merge.since) continue;
    const common = { what: `#${number}`, title: titleOf(title), by };
    if (isRequest) {
      if (reverts(body, merge)) found.set(common.what, { kind: 'revert proposed', ...common });
    } else if (labels.some((label) => BUG.test(label))) found.set(common.what, { kind: 'bug', ...common });
  }
  return [...found.values()];
}

const titleOf = (text: string): string => (text.split('\n')[0] ?? '').slice(0, LONGEST);
