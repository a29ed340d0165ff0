// A request as GitHub shows it now, everything that a gate asks for: of the head commit only. What can't change (of a commit) may come from
// memory; of what hardly changes, only who decides nothing final by it may bring a memory. Reads only.
import type { Octokit } from 'octokit';
import type { ForgeFacts } from '../../../contracts/gates.ts';
import { repositoryId, type MergeRequestRef } from '../../../contracts/work.ts';
import type { Known, Place, Seen, SeenAgain } from '../provider.ts';
import { checksOf } from './checks.ts';
import { unlessMissing } from './errors.ts';
import { protectionOf } from './protection.ts';
import { repositories } from './repositories.ts';
import { reviewsOf } from './reviews.ts';
import { readTalk, type Told } from './talk.ts';

/** How long after a request was opened or its repository pushed to its first check may take to appear. */
const CHECKS_APPEAR_MS = 2 * 60_000;

/** How long an assessment may be behind the settings of a branch; a merge never is. */
const PROTECTION_FOR_MS = 60_000;

type Pull = Awaited<ReturnType<Octokit['rest']['pulls']['get']>>['data'];

/** @param known without it, everything is asked for */
export async function readFacts(octokit: Octokit, ref: MergeRequestRef, known?: Known): Promise<Seen> {
  const { owner, repo, number } = ref;
  const place = { owner, repo };
  const there = repositoryId(ref);
  const remembered: Known['remembered'] = (key, make, forMs) => known?.remembered(key, make, forMs) ?? make();
  const here = repositories(octokit);
  const treeOfCommit = (commit: string): Promise<string | null> => remembered(`tree ${there} ${commit}`, () => here.treeOf(place, commit));
  const [{ data: pull }, told] = await Promise.all([octokit.rest.pulls.get({ ...place, pull_number: number }), readTalk(octokit, ref)]);
  const head = pull.head.sha;
  const tree = await treeOfCommit(head);
  if (tree === null) throw new Error(`${owner}/${repo} does not have its own head ${head} of #${number} yet.`);
  const merge = mergeOf(pull);
  const readProtection = remembered(
    `protection ${there} ${pull.base.ref}`,
    () => protectionOf(octokit, place, pull.base.ref),
    PROTECTION_FOR_MS,
  );
  const readTip = async (): Promise<string | null> =>
    merge === 'conflict' || merge === 'behind' || (await readProtection).queue ? tipOf(octokit, place, pull.base.ref) : null;
  const [checks, protection, reviews, files, tip] = await Promise.all([
    checksOf(octokit, place, head),
    readProtection,
    reviewsOf(octokit, ref, {
      head,
      tree,
      treeOf: treeOfCommit,
      mayWrite: (login) => known?.mayWrite(ref, login) ?? here.mayWrite(place, login),
    }),
    remembered(`files ${there}#${number} ${head} ${pull.base.ref} ${pull.base.sha}`, () => filesOf(octokit, place, number)),
    // The request itself tells where its base was when the head was pushed; asked for where something is to be done about it.
    readTip(),
  ]);
  const now: Seen['now'] = {
    ...shownBy(pull),
    author: pull.user.login,
    head,
    tree,
    base: { branch: pull.base.ref, commit: tip ?? pull.base.sha },
    merge,
    checks,
    required: protection.checks,
    checksMayCome:
      checks.length === 0 && isNew(pull) && (await remembered(`workflows ${there} ${head}`, () => hasWorkflows(octokit, place, head))),
    approvalsRequired: protection.approvals,
    alsoRequired: protection.also,
    queue: protection.queue,
    ...saidIn(told, protection.resolution),
    reviews,
    files,
    merged: pull.merged ? { sha: pull.merge_commit_sha ?? '', by: pull.merged_by?.login ?? 'somebody', at: pull.merged_at ?? '' } : null,
  };
  return { now, description: pull.body ?? '', talk: told.talk };
}

/** As a rule three calls. */
export async function readFactsAgain(octokit: Octokit, ref: MergeRequestRef, before: ForgeFacts): Promise<SeenAgain> {
  const { owner, repo, number } = ref;
  const place = { owner, repo };
  const { head, tree } = before;
  const here = repositories(octokit);
  const [{ data: pull }, reviews, told] = await Promise.all([
    octokit.rest.pulls.get({ ...place, pull_number: number }),
    reviewsOf(octokit, ref, {
      head,
      tree,
      treeOf: async (commit) => (before.reviews.some((one) => one.commit === commit && one.sameTree) ? tree : here.treeOf(place, commit)),
      mayWrite: async (login) => before.reviews.find(({ by }) => by === login)?.mayWrite ?? here.mayWrite(place, login),
    }),
    readTalk(octokit, ref),
  ]);
  return { now: { ...shownBy(pull), ...saidIn(told, before.conversations.mustBeResolved), reviews }, talk: told.talk };
}

const shownBy = (pull: Pull): Pick<ForgeFacts, 'state' | 'closedAt' | 'title' | 'draft' | 'labels'> => ({
  state: pull.merged ? 'merged' : pull.state === 'closed' ? 'closed' : 'open',
  closedAt: pull.closed_at,
  title: pull.title,
  draft: pull.draft === true,
  labels: pull.labels.map(({ name }) => name).sort(),
});

const saidIn = ({ talk, decision }: Told, mustBeResolved: boolean): Pick<ForgeFacts, 'reviewDecision' | 'conversations'> => ({
  reviewDecision: decision === null ? null : DECISIONS[decision],
  conversations: { open: talk.threads.filter(({ isResolved }) => !isResolved).length, mustBeResolved },
});
const DECISIONS = { APPROVED: 'approved', CHANGES_REQUESTED: 'changes requested', REVIEW_REQUIRED: 'review required' } as const;

/** Paths that it changes, and those that it moves away from. */
async function filesOf(octokit: Octokit, place: Place, number: number): Promise<string[]> {
  const files = await octokit.paginate(octokit.rest.pulls.listFiles, { ...place, pull_number: number, per_page: 100 });
  return [...new Set(files.flatMap(({ filename, previous_filename }) => [filename, previous_filename ?? filename]))].sort();
}

/** Null as well where it is not shown to us. */
const tipOf = (octokit: Octokit, place: Place, branch: string): Promise<string | null> =>
  unlessMissing(() => repositories(octokit).branchAt(place, branch));

function mergeOf({ mergeable, mergeable_state: state }: Pull): ForgeFacts['merge'] {
  if (mergeable === false || state === 'dirty') return 'conflict';
  if (mergeable === null || state === 'unknown') return 'pending';
  return state === 'behind' || state === 'blocked' ? state : 'clean';
}

/** Not by when the request was changed last: we change its description ourselves. */
const isNew = ({ created_at, head }: Pull): boolean =>
  [created_at, pushedAt(head.repo) ?? created_at].some((at) => Date.now() - Date.parse(at) < CHECKS_APPEAR_MS);

/** @param repository null where a fork is gone, whatever GitHub's description says */
const pushedAt = (repository: { readonly pushed_at: string | null } | null): string | null => repository?.pushed_at ?? null;

async function hasWorkflows(octokit: Octokit, place: Place, ref: string): Promise<boolean> {
  const found = await unlessMissing(() => octokit.rest.repos.getContent({ ...place, path: '.github/workflows', ref }));
  return found !== null;
}
