// A request as the forge shows it now, everything that a gate asks for: of the head commit only. What can't change (of a commit) may come from
// memory; of what hardly changes, only who decides nothing final by it may bring a memory. Reads only.
import type { Octokit } from 'octokit';
import type { ForgeCheck, ForgeFacts, ForgeReview } from '../../contracts/gates.ts';
import { repositoryId, type MergeRequestRef } from '../../contracts/work.ts';
import { digestOf } from '../../store/digest.ts';
import { footersIn } from '../publish/footer.ts';
import { showsProof } from '../proof/section.ts';
import { statusOf } from '../forge/client.ts';
import type { Memory } from '../merge-request/memory.ts';
import { readTalk, type Talk } from '../merge-request/query.ts';

/** How long after a request was opened or its repository pushed to its first check may take to appear. */
const CHECKS_APPEAR_MS = 2 * 60_000;

/** How long an assessment may be behind the settings of a branch; a merge never is. */
const PROTECTION_FOR_MS = 60_000;

type Place = Pick<MergeRequestRef, 'owner' | 'repo'>;
type Pull = Awaited<ReturnType<Octokit['rest']['pulls']['get']>>['data'];

/** What is known of commits, and for a short time of branches and people. */
export type Known = Pick<Memory, 'remembered' | 'mayWrite' | 'authorOf'>;

/** A request, and what people have said in it: some of that holds a merge too. */
export interface Seen {
  readonly now: ForgeFacts;
  readonly talk: Talk;
}

/** @param known without it, everything is asked for */
export async function readForgeFacts(octokit: Octokit, ref: MergeRequestRef, known?: Known): Promise<Seen> {
  const { owner, repo, number } = ref;
  const place = { owner, repo };
  const there = repositoryId(ref);
  const remembered: Known['remembered'] = known?.remembered ?? ((_key, make) => make());
  const treeOfCommit = (commit: string): Promise<string | null> =>
    remembered(`tree ${there} ${commit}`, () => treeOf(octokit, place, commit));
  const [{ data: pull }, talk] = await Promise.all([octokit.rest.pulls.get({ ...place, pull_number: number }), readTalk(octokit, ref)]);
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
    reviewsOf(octokit, place, number, {
      ...{ head, tree, treeOfCommit },
      mayWrite: (login) => known?.mayWrite(ref, login) ?? mayWrite(octokit, place, login),
    }),
    remembered(`files ${there}#${number} ${head} ${pull.base.ref} ${pull.base.sha}`, () => filesOf(octokit, place, number)),
    // The request itself tells where its base was when the head was pushed; asked for where something is to be done about it.
    readTip(),
  ]);
  const now: ForgeFacts = {
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
    ...saidIn(talk, protection.resolution),
    reviews,
    files,
    showsProof: showsProof(pull.body ?? ''),
    footers: footersIn(pull.body ?? ''),
    merged: pull.merged ? { sha: pull.merge_commit_sha ?? '', by: pull.merged_by?.login ?? 'somebody', at: pull.merged_at ?? '' } : null,
  };
  return { now, talk };
}

/** The same facts, with what people can change at any moment read once more: as a rule three calls. */
export async function readAgain(octokit: Octokit, ref: MergeRequestRef, before: ForgeFacts): Promise<Seen> {
  const { owner, repo, number } = ref;
  const place = { owner, repo };
  const { head, tree } = before;
  const [{ data: pull }, reviews, talk] = await Promise.all([
    octokit.rest.pulls.get({ ...place, pull_number: number }),
    reviewsOf(octokit, place, number, {
      ...{ head, tree },
      treeOfCommit: async (commit) =>
        before.reviews.some((one) => one.commit === commit && one.sameTree) ? tree : treeOf(octokit, place, commit),
      mayWrite: async (login) => before.reviews.find(({ by }) => by === login)?.mayWrite ?? mayWrite(octokit, place, login),
    }),
    readTalk(octokit, ref),
  ]);
  return { now: { ...before, ...shownBy(pull), ...saidIn(talk, before.conversations.mustBeResolved), reviews }, talk };
}

const shownBy = (pull: Pull): Pick<ForgeFacts, 'state' | 'closedAt' | 'title' | 'draft' | 'labels'> => ({
  state: pull.merged ? 'merged' : pull.state === 'closed' ? 'closed' : 'open',
  closedAt: pull.closed_at,
  title: pull.title,
  draft: pull.draft === true,
  labels: pull.labels.map(({ name }) => name).sort(),
});

const saidIn = ({ reviewDecision, threads }: Talk, mustBeResolved: boolean): Pick<ForgeFacts, 'reviewDecision' | 'conversations'> => ({
  reviewDecision: reviewDecision === null ? null : DECISIONS[reviewDecision],
  conversations: { open: threads.filter(({ isResolved }) => !isResolved).length, mustBeResolved },
});
const DECISIONS = { APPROVED: 'approved', CHANGES_REQUESTED: 'changes requested', REVIEW_REQUIRED: 'review required' } as const;

/** Paths that it changes, and those that it moves away from. */
async function filesOf(octokit: Octokit, place: Place, number: number): Promise<string[]> {
  const files = await octokit.paginate(octokit.rest.pulls.listFiles, { ...place, pull_number: number, per_page: 100 });
  return [...new Set(files.flatMap(({ filename, previous_filename }) => [filename, previous_filename ?? filename]))].sort();
}

/** Tree of a commit, or null where the repository does not have it. */
export async function treeOf(octokit: Octokit, place: Place, commit: string): Promise<string | null> {
  return unlessMissing(async () => (await octokit.rest.git.getCommit({ ...place, commit_sha: commit })).data.tree.sha);
}

const tipOf = (octokit: Octokit, place: Place, branch: string): Promise<string | null> =>
  unlessMissing(async () => (await octokit.rest.git.getRef({ ...place, ref: `heads/${branch}` })).data.object.sha);

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

/** Of one name the worst: two workflows may have a job of the same name, and only reruns replace each other. */
async function checksOf(octokit: Octokit, place: Place, ref: string): Promise<ForgeCheck[]> {
  const [runs, { data: combined }] = await Promise.all([
    octokit.paginate(octokit.rest.checks.listForRef, { ...place, ref, filter: 'latest', per_page: 100 }),
    octokit.rest.repos.getCombinedStatusForRef({ ...place, ref, per_page: 100 }),
  ]);
  const all: ForgeCheck[] = [
    ...runs.map(({ id, name, head_sha: commit, status, conclusion, app, html_url: url, completed_at: at, output }) => ({
      ...{ name, state: status === 'completed' ? stateOf(conclusion) : ('pending' as const), ran: conclusion === 'success' },
      ...{ app: app?.slug ?? '', run: String(id), url },
      evidence: digestOf({ id, name, commit, status, conclusion, at, title: output.title, summary: output.summary }),
    })),
    ...combined.statuses.map(({ id, context, state, description, target_url: url, updated_at: at }) => ({
      ...{ name: context, state: stateOf(state), ran: state === 'success', app: null, run: null, url },
      evidence: digestOf({ id, name: context, commit: ref, state, at, summary: description }),
    })),
  ];
  return [...new Set(all.map(({ name }) => name))].sort().flatMap((name) => {
    const same = all.filter((check) => check.name === name);
    return (
      same.find(({ state }) => state === 'failed') ??
      same.find(({ state }) => state === 'pending') ??
      same.find(({ ran }) => ran) ??
      same[0] ??
      []
    );
  });
}

function stateOf(conclusion: string | null): ForgeCheck['state'] {
  if (conclusion === 'success' || conclusion === 'neutral' || conclusion === 'skipped') return 'passed';
  return conclusion === 'pending' ? 'pending' : 'failed';
}

interface Protection {
  /** Names, sorted. */
  readonly checks: string[];
  readonly approvals: number;
  readonly resolution: boolean;
  readonly also: string[];
  readonly queue: boolean;
}

/**
 * What a branch asks for, as far as it shows it to us: who may not administer it sees of a protection only the checks. What it hides shows in
 * what the forge makes of the reviews, and in that it blocks the merge.
 */
async function protectionOf(octokit: Octokit, place: Place, branch: string): Promise<Protection> {
  const [shown, rules, classic] = await Promise.all([
    unlessMissing(async () => (await octokit.rest.repos.getBranch({ ...place, branch })).data.protection.required_status_checks),
    unlessMissing(() => octokit.paginate(octokit.rest.repos.getBranchRules, { ...place, branch, per_page: 100 })),
    unlessMissing(async () => (await octokit.rest.repos.getBranchProtection({ ...place, branch })).data),
  ]);
  const reviews = classic?.required_pull_request_reviews;
  const checks = [...(shown?.contexts ?? [])];
  let approvals = reviews?.required_approving_review_count ?? 0;
  let resolution = classic?.required_conversation_resolution?.enabled === true;
  const also = new Set<string>();
  if (reviews?.require_code_owner_reviews === true) also.add(CODE_OWNERS);
  if (reviews?.require_last_push_approval === true) also.add(LAST_PUSH);
  if (classic?.required_signatures?.enabled === true) also.add(SIGNATURES);
  for (const rule of rules ?? []) {
    if (rule.type === 'required_status_checks')
      checks.push(...(rule.parameters?.required_status_checks ?? []).map(({ context }) => context));
    if (rule.type === 'required_signatures') also.add(SIGNATURES);
    if (rule.type === 'required_deployments')
      also.add(`deployments to ${(rule.parameters?.required_deployment_environments ?? []).join(', ')}`);
    if (rule.type !== 'pull_request') continue;
    approvals = Math.max(approvals, rule.parameters?.required_approving_review_count ?? 0);
    resolution ||= rule.parameters?.required_review_thread_resolution === true;
    if (rule.parameters?.require_code_owner_review === true) also.add(CODE_OWNERS);
    if (rule.parameters?.require_last_push_approval === true) also.add(LAST_PUSH);
  }
  const queue = rules?.some(({ type }) => type === 'merge_queue') === true;
  return { checks: [...new Set(checks)].sort(), approvals, resolution, also: [...also].sort(), queue };
}

const CODE_OWNERS = 'approval by code owners';
const LAST_PUSH = 'approval by somebody else than who has pushed last';
const SIGNATURES = 'signed commits';

/** What each person said last. A verdict that was dismissed counts for nothing, nor does what came before it. */
async function reviewsOf(
  octokit: Octokit,
  place: Place,
  number: number,
  {
    head,
    tree,
    treeOfCommit,
    mayWrite,
  }: {
    readonly head: string;
    readonly tree: string;
    readonly treeOfCommit: (commit: string) => Promise<string | null>;
    readonly mayWrite: (login: string) => Promise<boolean>;
  },
): Promise<ForgeReview[]> {
  const all = await octokit.paginate(octokit.rest.pulls.listReviews, { ...place, pull_number: number, per_page: 100 });
  const last = new Map<string, { readonly state: string; readonly commit: string; readonly isBot: boolean }>();
  for (const { user, state, commit_id: commit } of all)
    if (user !== null && VERDICTS.has(state)) last.set(user.login, { state, commit: commit ?? '', isBot: user.type === 'Bot' });
  const standing = [...last].filter(([, { state }]) => state !== 'DISMISSED').sort(([a], [b]) => (a < b ? -1 : 1));
  return Promise.all(
    standing.map(async ([by, { state, commit, isBot }]) => ({
      ...{ by, isBot },
      state: state === 'APPROVED' ? ('approved' as const) : ('changes requested' as const),
      commit,
      sameTree: commit === head || (await treeOfCommit(commit)) === tree,
      mayWrite: await mayWrite(by),
    })),
  );
}

const VERDICTS: ReadonlySet<string> = new Set(['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED']);

async function mayWrite(octokit: Octokit, place: Place, username: string): Promise<boolean> {
  const permission = await unlessMissing(async () => {
    return (await octokit.rest.repos.getCollaboratorPermissionLevel({ ...place, username })).data.permission;
  });
  return permission === 'admin' || permission === 'write';
}

/** Null for what is not there or not shown to us. */
async function unlessMissing<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    const status = statusOf(error);
    if (status === 404 || status === 403 || status === 422) return null;
    throw error;
  }
}
