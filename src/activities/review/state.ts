// Where a review stands: from what its sessions have reported, what the ledger has, and git. The same of these gives the same state.
import { fixKey, REVIEW_FAMILIES, reviewerKey, type ReviewFamily, type ReviewInput, type TrackedFinding } from '../../contracts/review.ts';
import { track, type Report, type Round } from '../../policies/findings.ts';
import type { ReviewFacts } from '../../policies/review.ts';
import { outputOf } from '../session/output.ts';
import { changedLines } from '../work/diff.ts';
import { requireWorktree, type WorkDeps } from '../work/place.ts';
import { getJson } from '../work/texts.ts';

export interface ReviewState extends Pick<ReviewFacts, 'round' | 'head' | 'reported' | 'findings' | 'done'> {
  /** Head of the round before; null in the first one. */
  readonly before: string | null;
}

export async function stateOf(deps: WorkDeps, review: ReviewInput, sessions: ReviewInput['sessions']): Promise<ReviewState> {
  const { store } = deps;
  const settled = await store.ledger.settled({ prefix: `${review.id}/` });
  const done = Object.fromEntries(settled.map(({ key, outcome }) => [key.slice(review.id.length + 1), outcome]));
  const rounds: Round[] = [];
  let before: string | null = null;
  let head = review.head;
  for (let round = 1; ; round++) {
    const reports = await reportsOf(round);
    const complete = reports.length === REVIEW_FAMILIES.length;
    if (complete) rounds.push({ reports, changed: before === null ? null : await changedSince(before), fixed: round > 1 });
    const fix = done[`commit/${fixKey(round)}`];
    if (!complete || fix === undefined)
      return { round, head, before, reported: reports.map(({ family }) => family), findings: track(rounds, await earlier()), done };
    before = head;
    if (fix.state === 'done') head = (fix.result as { commit: string }).commit;
  }

  async function reportsOf(round: number): Promise<Report[]> {
    const reports = await Promise.all(
      REVIEW_FAMILIES.map(async (family: ReviewFamily): Promise<Report[]> => {
        const key = reviewerKey(round, family);
        if (sessions[key]?.outcome !== 'completed') return [];
        const output = await outputOf(store, `${review.id}/${key}`);
        return output?.kind === 'findings' ? [{ family, findings: output.value }] : [];
      }),
    );
    return reports.flat();
  }

  async function changedSince(commit: string): Promise<NonNullable<Round['changed']>> {
    return commit === head ? {} : changedLines(deps.git, await requireWorktree(deps, review.work), commit, head);
  }

  function earlier(): Promise<readonly TrackedFinding[]> {
    return review.earlier === null ? Promise.resolve([]) : getJson<readonly TrackedFinding[]>(store, review.earlier);
  }
}
