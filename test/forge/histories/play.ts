// Lets people live through a history against a running forge, by octokit and git, and writes down what each was told and which effects
// the forge lists for each moment. What must be true of it: reckoning.ts as it goes, judge.ts in the end.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { git, type TestForge } from '../harness.ts';
import type { EffectView } from '../pull-request-support.ts';
import { BASES, type Act, type Deed, type History, type MergeMethod, type Person } from './acts.ts';
import { Reckoning, type Pull } from './reckoning.ts';

/** The effect that somebody who was told "done" may expect. */
export interface Claim {
  readonly kinds: readonly string[];
  readonly subject: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Nothing happens to what is so already. */
  readonly orNothing?: boolean;
  /** Of a request that was opened: its head. */
  readonly headRef?: string;
}

export interface Answer {
  readonly deed: Deed;
  /** Undefined: it was refused. */
  readonly claims: readonly Claim[] | undefined;
  readonly because: string;
}

export interface Moment {
  readonly answers: readonly Answer[];
  readonly effects: readonly EffectView[];
}

export interface Stage {
  readonly forge: TestForge;
  readonly place: { readonly owner: string; readonly repo: string };
  /** The bare repository as it is on disk. */
  readonly bare: string;
  /** One folder a person for what they push. */
  readonly folder: string;
}

/** @throws Error for an answer that no act may get: the forge has a bug, or this file has */
export async function play(stage: Stage, history: History): Promise<Reckoning> {
  const reckoning = new Reckoning(stage.bare, await refsOf(stage.bare));
  let seen = (await effectsAfter(stage, 0)).at(-1)?.sequence ?? 0;
  for (const deeds of history) {
    const answers = await Promise.all(deeds.map((deed) => attempt(stage, reckoning, deed)));
    const effects = await effectsAfter(stage, seen);
    seen = effects.at(-1)?.sequence ?? seen;
    await reckoning.live({ answers: answers.filter((answer) => answer !== undefined), effects });
  }
  return reckoning;
}

export async function refsOf(bare: string): Promise<Map<string, string>> {
  const lines = (await git(bare, 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads')).split('\n');
  return new Map(lines.filter((line) => line !== '').map((line) => [line.slice(41), line.slice(0, 40)]));
}

async function effectsAfter({ forge, place }: Stage, sequence: number): Promise<EffectView[]> {
  const effects = await forge.control<EffectView[]>('GET', `/_effects?after=${sequence}&limit=10000&settled=true`);
  return effects.filter(({ repository }) => repository === `${place.owner}/${place.repo}`);
}

/** Undefined if there is nothing yet that the act could be about. */
async function attempt(stage: Stage, reckoning: Reckoning, deed: Deed): Promise<Answer | undefined> {
  const doing = perform(stage, reckoning, deed);
  if (doing === undefined) return undefined;
  try {
    return { deed, claims: await doing(), because: '' };
  } catch (error) {
    const because = refusalIn(error);
    if (because === undefined) throw new Error(`${JSON.stringify(deed)} came to no answer`, { cause: error });
    return { deed, claims: undefined, because };
  }
}

/** The words of a refusal; undefined for anything else, above all for a bug that octokit or git only passes on. */
function refusalIn(error: unknown): string | undefined {
  const { status, message, stderr, errors } = error as { status?: number; message: string; stderr?: string; errors?: { message: string }[] };
  if (stderr !== undefined) return /\[(remote )?rejected\]|denied to|error: 403|Invalid ref name|not a valid|does not exist/.test(stderr) ? stderr : undefined;
  if (errors !== undefined && status === undefined) return errors.map((problem) => problem.message).join();
  return status !== undefined && [403, 404, 405, 409, 422].includes(status) ? `${status} ${message}` : undefined;
}

type Doing = () => Promise<readonly Claim[]>;

function perform(stage: Stage, reckoning: Reckoning, { by, act }: Deed): Doing | undefined {
  const { forge, place } = stage;
  const { rest } = forge.as(by);
  switch (act.kind) {
    case 'push':
      return () => push(stage, reckoning, by, act);
    case 'delete branch':
      return async () => {
        await git(await clone(stage, by), 'push', '-q', forge.remote(place, by), `:refs/heads/${act.branch}`);
        return [{ kinds: ['ref.deleted'], subject: `refs/heads/${act.branch}`, orNothing: true }];
      };
    case 'open': {
      const { base, draft } = act;
      const branches = [...reckoning.refs.keys()].map((ref) => ref.replace('refs/heads/', '')).sort();
      const head = pick(
        branches.filter((branch) => !(BASES as readonly string[]).includes(branch) && !branch.startsWith('gh-readonly-queue/')),
        act.from,
      );
      if (head === undefined) return undefined;
      return async () => {
        const { data } = await rest.pulls.create({ ...place, head, base, draft, title: `From ${head}` });
        const details = { head: data.head.sha, base };
        return [{ kinds: ['pull_request.opened'], subject: `#${data.number}`, details, headRef: head }];
      };
    }
    case 'open issue':
      return async () => {
        const { data } = await rest.issues.create({ ...place, title: 'An issue' });
        return [{ kinds: ['issue.opened'], subject: `#${data.number}` }];
      };
    case 'protect':
      return async () => {
        await rest.repos.updateBranchProtection({ ...place, branch: act.base, ...asGitHubHasIt(act) });
        return [{ kinds: ['branch_protection.created', 'branch_protection.edited'], subject: act.base }];
      };
    case 'unprotect':
      return async () => {
        await rest.repos.deleteBranchProtection({ ...place, branch: act.base });
        return [{ kinds: ['branch_protection.deleted'], subject: act.base }];
      };
    case 'owners':
      return async () => {
        const after = await commit(stage, by, `refs/heads/${act.base}`, `refs/heads/${act.base}`, 'CODEOWNERS', `${act.lines.join('\n')}\n`);
        return [{ kinds: ['ref.updated'], subject: `refs/heads/${act.base}`, details: { after } }];
      };
    case 'queue':
      return async () => {
        await rest.repos.createRepoRuleset({ ...place, ...asRuleset(act) });
        return [{ kinds: ['ruleset.created'], subject: `queue-${act.base}` }];
      };
    case 'no queue':
      return async () => {
        const { data } = await rest.repos.getRepoRulesets(place);
        const ruleset = data.find(({ name }) => name === `queue-${act.base}`);
        if (ruleset === undefined) return [];
        await rest.repos.deleteRepoRuleset({ ...place, ruleset_id: ruleset.id });
        return [{ kinds: ['ruleset.deleted'], subject: ruleset.name }];
      };
    case 'test group': {
      const group = pick(
        reckoning.queues.entries.flatMap((entry) => entry.group ?? []),
        act.on,
      );
      return group === undefined ? undefined : async () => [...(await setStatus(stage, by, group.sha, act.state)), ...(await setCheck(stage, by, group.sha, act.state))];
    }
    case 'comment':
    case 'label':
    case 'unlabel': {
      const number = pick([...reckoning.issues.keys(), ...reckoning.pulls.keys()], act.on);
      return number === undefined ? undefined : () => say(stage, by, number, reckoning.pulls.has(number) ? 'pull_request' : 'issue', act);
    }
    case 'review':
    case 'dismiss':
    case 'status':
    case 'check':
    case 'merge':
    case 'update':
    case 'close':
    case 'reopen':
    case 'draft':
    case 'ready':
    case 'auto-merge':
    case 'no auto-merge':
    case 'enqueue':
    case 'dequeue': {
      const pull = pick([...reckoning.pulls.values()].filter(({ isOpen, merged }) => (act.kind === 'reopen' ? !isOpen && merged === null : isOpen)), act.on);
      return pull === undefined ? undefined : () => toPull(stage, by, pull, act);
    }
  }
}

const pick = <Item>(items: readonly Item[], at: number): Item | undefined => items[at % items.length];

/** A bare repository of the person's own. */
async function clone({ folder, forge, place }: Stage, by: Person): Promise<string> {
  const directory = path.join(folder, `${place.repo}-${by}`);
  if (mkdirSync(directory, { recursive: true }) !== undefined) await git(directory, 'init', '-q', '--bare');
  await git(directory, 'fetch', '-q', '--prune', forge.remote(place, by), '+refs/heads/*:refs/heads/*');
  return directory;
}

let contents = 0;

/** A commit with contents that no other has, on the tip of the branch, or in its place. */
async function push(stage: Stage, reckoning: Reckoning, by: Person, act: Act & { kind: 'push' }): Promise<readonly Claim[]> {
  const isBase = (BASES as readonly string[]).includes(act.branch);
  const ref = `refs/heads/${act.branch}`;
  // Whose request is merged or closed begins anew: what was squashed would conflict with itself for ever.
  const isFresh = ![...reckoning.pulls.values()].some(({ headRef, isOpen }) => isOpen && headRef === act.branch);
  const force = (act.force || isFresh) && !isBase;
  const file = act.file === 3 ? 'shared' : `${act.branch}-${act.file}`;
  const from = force || !reckoning.refs.has(ref) ? 'refs/heads/main' : ref;
  const after = await commit(stage, by, ref, from, file, `${++contents}`, force);
  return [{ kinds: ['ref.created', 'ref.updated'], subject: ref, details: { after } }];
}

/** Pushes a commit that changes one file. Returns the commit. */
async function commit(stage: Stage, by: Person, ref: string, from: string, file: string, content: string, force = false): Promise<string> {
  const directory = await clone(stage, by);
  const message = `Change ${file} to ${content.split('\n')[0] ?? ''}`;
  const stream = [
    'commit refs/work\nmark :1',
    'committer Tester <tester@example.org> now',
    `data ${message.length}\n${message}`,
    `from ${from}^0`,
    `M 644 inline ${file}\ndata ${content.length}\n${content}`,
    'get-mark :1',
    '',
  ];
  const { stdout: after } = await execa('git', ['fast-import', '--quiet', '--date-format=now', '--force'], {
    cwd: directory,
    input: stream.join('\n'),
  });
  await git(directory, 'push', '-q', ...(force ? ['--force'] : []), stage.forge.remote(stage.place, by), `refs/work:${ref}`);
  return after;
}

async function say(
  { forge, place }: Stage,
  by: Person,
  issue_number: number,
  what: 'pull_request' | 'issue',
  act: Act & { kind: 'comment' | 'label' | 'unlabel' },
): Promise<readonly Claim[]> {
  const { issues } = forge.as(by).rest;
  const one = { ...place, issue_number };
  const subject = `#${issue_number}`;
  if (act.kind === 'comment') {
    const { data } = await issues.createComment({ ...one, body: `Said by ${by}` });
    return [{ kinds: ['issue_comment.created'], subject, details: { comment: data.id } }];
  }
  if (act.kind === 'label') await issues.addLabels({ ...one, labels: [act.label] });
  else await issues.removeLabel({ ...one, name: act.label });
  return [{ kinds: [`${what}.${act.kind}ed`], subject, details: { label: act.label }, orNothing: act.kind === 'label' }];
}

type PullAct = Exclude<Extract<Act, { readonly on: number }>, { kind: 'comment' | 'label' | 'unlabel' | 'test group' }>;

async function toPull(stage: Stage, by: Person, pull: Pull, act: PullAct): Promise<readonly Claim[]> {
  const { forge, place } = stage;
  const octokit = forge.as(by);
  const { pulls } = octokit.rest;
  const one = { ...place, pull_number: pull.number };
  const subject = `#${pull.number}`;
  switch (act.kind) {
    case 'review': {
      const { data } = await pulls.createReview({ ...one, event: act.verdict, body: 'Looked at it' });
      const details = { review: data.id, state: data.state, commit: data.commit_id };
      return [{ kinds: ['pull_request_review.submitted'], subject, details }];
    }
    case 'dismiss': {
      const review_id = pull.reviews.findLast(({ state }) => state === 'APPROVED' || state === 'CHANGES_REQUESTED')?.id ?? 0;
      await pulls.dismissReview({ ...one, review_id, message: 'No more' });
      return [{ kinds: ['pull_request_review.dismissed'], subject, details: { review: review_id } }];
    }
    case 'status':
      return setStatus(stage, by, pull.head, act.state);
    case 'check':
      return setCheck(stage, by, pull.head, act.conclusion);
    case 'merge': {
      const sha = { none: undefined, head: pull.head, wrong: '1'.repeat(40) }[act.guard];
      const { data } = await pulls.merge({ ...one, merge_method: act.method, ...(sha === undefined ? {} : { sha }) });
      const details = { sha: data.sha, method: act.method, ...(sha === undefined ? {} : { head: sha }) };
      return [{ kinds: ['pull_request.merged'], subject, details }];
    }
    case 'update':
      await pulls.updateBranch(one);
      return [{ kinds: ['ref.updated'], subject: `refs/heads/${pull.headRef}` }];
    case 'close':
    case 'reopen':
      await pulls.update({ ...one, state: act.kind === 'close' ? 'closed' : 'open' });
      return [{ kinds: [act.kind === 'close' ? 'pull_request.closed' : 'pull_request.reopened'], subject, orNothing: true }];
    case 'draft':
    case 'ready':
    case 'auto-merge':
    case 'no auto-merge':
    case 'enqueue':
    case 'dequeue': {
      const { mutation, field = 'pullRequestId', effect, orNothing = false, details } = byGraphql(act);
      const { node_id } = (await pulls.get(one)).data;
      const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
      const input = { [field]: node_id, ...(act.kind === 'auto-merge' ? { mergeMethod: act.method.toUpperCase() } : {}) };
      await octokit.graphql(`mutation ($input: ${type}!) { ${mutation}(input: $input) { clientMutationId } }`, { input });
      return [{ kinds: [`pull_request.${effect}`], subject, orNothing, ...(details === undefined ? {} : { details }) }];
    }
  }
}

interface Mutation {
  readonly mutation: string;
  readonly field?: string;
  readonly effect: string;
  readonly orNothing?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

function byGraphql(act: Extract<PullAct, { kind: 'draft' | 'ready' | 'auto-merge' | 'no auto-merge' | 'enqueue' | 'dequeue' }>): Mutation {
  switch (act.kind) {
    case 'draft':
      return { mutation: 'convertPullRequestToDraft', effect: 'converted_to_draft', orNothing: true };
    case 'ready':
      return { mutation: 'markPullRequestReadyForReview', effect: 'ready_for_review', orNothing: true };
    case 'auto-merge':
      return { mutation: 'enablePullRequestAutoMerge', effect: 'auto_merge_enabled', details: { method: act.method } };
    case 'no auto-merge':
      return { mutation: 'disablePullRequestAutoMerge', effect: 'auto_merge_disabled' };
    case 'enqueue':
      return { mutation: 'enqueuePullRequest', effect: 'enqueued' };
    case 'dequeue':
      return { mutation: 'dequeuePullRequest', field: 'id', effect: 'dequeued', details: { reason: 'MANUAL' } };
  }
}

async function setStatus({ forge, place }: Stage, by: Person, sha: string, state: 'success' | 'failure' | 'pending'): Promise<Claim[]> {
  await forge.as(by).rest.repos.createCommitStatus({ ...place, sha, context: 'build', state });
  return [{ kinds: ['status.created'], subject: 'build', details: { sha, state } }];
}

async function setCheck({ forge, place }: Stage, by: Person, sha: string, conclusion: 'success' | 'failure' | 'neutral'): Promise<Claim[]> {
  const { data } = await forge.as(by).rest.checks.create({ ...place, head_sha: sha, name: 'lint', status: 'completed', conclusion });
  const details = { id: data.id, sha, conclusion };
  return ['created', 'completed'].map((action) => ({ kinds: [`check_run.${action}`], subject: 'lint', details }));
}

const asRuleset = ({ base, rule: { method, contexts, grouping, atOnce } }: Act & { kind: 'queue' }) => ({
  name: `queue-${base}`,
  enforcement: 'active' as const,
  conditions: { ref_name: { include: [`refs/heads/${base}`], exclude: [] } },
  rules: [
    {
      type: 'merge_queue' as const,
      parameters: {
        check_response_timeout_minutes: 60,
        grouping_strategy: grouping,
        max_entries_to_build: atOnce,
        max_entries_to_merge: atOnce,
        merge_method: method.toUpperCase() as Uppercase<MergeMethod>,
        min_entries_to_merge: 1,
        min_entries_to_merge_wait_minutes: 0,
      },
    },
    {
      type: 'required_status_checks' as const,
      parameters: {
        strict_required_status_checks_policy: false,
        required_status_checks: contexts.map((context) => ({ context })),
      },
    },
  ],
});

const asGitHubHasIt = ({ protection: wish }: Act & { kind: 'protect' }) => ({
  required_status_checks: wish.contexts.length === 0 ? null : { strict: wish.strict, contexts: [...wish.contexts] },
  required_pull_request_reviews:
    wish.approvals === null
      ? null
      : {
          required_approving_review_count: wish.approvals,
          dismiss_stale_reviews: wish.dismissStale,
          require_last_push_approval: wish.lastPush,
          require_code_owner_reviews: wish.codeOwners,
        },
  enforce_admins: wish.holdsAdmins,
  required_linear_history: wish.linear,
  restrictions: null,
});
