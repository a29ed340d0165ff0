// The effects of a request on the forge and beyond, but for the merge itself. How sure each is: docs/guarantees.md.
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import type { MergeContext } from '../../contracts/merge-lane.ts';
import type { Aftermath, MergeRequestEffect, NewMergeRequest } from '../../contracts/merge-request.ts';
import { inHandId, mergeRequestId } from '../../contracts/work.ts';
import type { Call, Convergent, Effect, Guarded, Identified, Marked, Unprobeable } from '../effects/effect.ts';
import { graphqlRefusal, statusOf } from '../forge/client.ts';
import type { GateDeps } from '../merge-lane/gate-facts.ts';
import { logMerge, publishProof } from '../proof/publish.ts';
import { neutralise } from '../publish/neutralise.ts';
import { marker, ours } from '../publish/ours.ts';
import { outputOf } from '../session/output.ts';
import { STATUS } from '../../policies/merge-request-facts.ts';
import { putFooter } from './footer.ts';
import { editStatus, statusText } from './status.ts';

export interface EffectDeps extends GateDeps {
  /** Where notices are posted; nowhere when undefined. */
  readonly notifyUrl: string | undefined;
  /** Where the forge has its pages for people. */
  readonly web: string;
  /** Page that says what Signalbox is, here; null: there is none. */
  readonly home: string | null;
}

type RequestEffect = Exclude<MergeRequestEffect, { kind: 'askMerge' | 'conclude' }>;
type Result = Identified | { readonly comments: readonly string[] } | null;
type Part<E> = Omit<E, 'kind' | 'target' | 'cause' | 'deadlineMs'>;

const DEADLINE_MS = 20_000;
/** Lists of forges lag by a few seconds. */
const VISIBLE_WITHIN_MS = 5_000;
const done = <R>(result: R): EffectOutcome<R> => ({ state: 'done', result });

/** Where something is said: in the conversation of a request, or in a thread of it. */
interface SpeechPlace {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
  /** Comment that the thread began with; null in the conversation. */
  readonly thread: number | null;
}

/** Undefined for an action that a newer version has decided. */
export function requestEffect(deps: EffectDeps, request: NewMergeRequest, action: RequestEffect, cause: Cause): Effect<Result> | undefined {
  const { owner, repo, number } = request.ref;
  const common = { kind: `request.${action.kind}`, target: { owner, repo, number }, cause, deadlineMs: DEADLINE_MS };
  switch (action.kind) {
    case 'rerun':
      return { ...common, ...rerun(deps, request, action) };
    case 'take':
      // Nothing outside is touched: the row itself is the effect, and the first one holds.
      return { ...common, class: 'convergent', act: () => Promise.resolve(done({ comments: action.comments })) };
    case 'reply': {
      const target: SpeechPlace = { owner, repo, number, thread: action.place.in === 'thread' ? action.place.first : null };
      return {
        ...common,
        target,
        ...speech(
          deps,
          target,
          said(() => replyOf(deps, request, action)),
        ),
      };
    }
    case 'proof':
      return { ...common, ...publishProof(deps, { ref: request.ref, context: contextOf(request, action.escalated) }) };
    case 'status': {
      const text = statusText(request.ref, action.status, deps);
      if (action.comment !== null) return { ...common, kind: 'request.editStatus', ...editStatus(deps, request.ref, action.comment, text) };
      const target: SpeechPlace = { owner, repo, number, thread: null };
      return { ...common, target, ...speech(deps, target, (call) => Promise.resolve(`${text}\n\n${marker(call)}`)) };
    }
    case 'aftermath':
      return { ...common, ...recordAftermath(deps, request, action.seen) };
    case 'log':
      return { ...common, ...logMerge(deps, { ref: request.ref, context: contextOf(request, action.escalated) }) };
    case 'footer':
      return { ...common, ...putFooter(deps, request) };
    case 'say': {
      const target: SpeechPlace = { owner, repo, number, thread: null };
      return {
        ...common,
        target,
        ...speech(
          deps,
          target,
          said(() => Promise.resolve(neutralise(action.text))),
        ),
      };
    }
    case 'resolve':
      return { ...common, ...resolveThread(deps, action.thread) };
    case 'askReviewer':
      return { ...common, ...askReviewer(deps, request, action.reviewer) };
    case 'retarget':
      return { ...common, ...retarget(deps, request, action) };
    case 'closeIssue':
      return { ...common, ...closeIssue(deps, request, action.issue) };
    case 'deleteBranch':
      return { ...common, ...deleteBranch(deps, request, action) };
    case 'notify':
      return { ...common, ...notify(deps, request, action.text) };
    default:
      return undefined;
  }

  /** Under what is said stands where the status comment tells more. */
  function said(words: () => Promise<string>): (call: Call) => Promise<string> {
    return async (call) => ours(await words(), { home: deps.home, about: await statusPage(deps, request) }, call);
  }
}

/** The request's status comment, or as long as there is none the request. */
async function statusPage({ store, web }: EffectDeps, request: NewMergeRequest): Promise<string> {
  const { owner, repo, number } = request.ref;
  const page = `${web}/${owner}/${repo}/pull/${number}`;
  const made = await store.ledger.settled({ prefix: `${inHandId(request)}/${STATUS}` });
  const comment = made.map(({ outcome }) => (outcome.state === 'done' ? (outcome.result as Identified).id : undefined)).find(Boolean);
  return comment === undefined ? page : `${page}#issuecomment-${comment}`;
}

/** What the merge lane can't see on the forge. */
export const contextOf = ({ tell, author, classification, goal, issue }: NewMergeRequest, escalated: string | null): MergeContext => ({
  ...{ ours: tell !== null && author !== null, classification, goal, issue, escalated },
});

/** The marked ones, built again from their targets for the sweep (effects/sweep.ts). */
export const sweptRequestEffects = (deps: Pick<EffectDeps, 'forge'>): Record<string, (target: unknown) => Marked<Identified>> =>
  Object.fromEntries(
    ['request.reply', 'request.say', 'request.status'].map((kind) => [
      kind,
      (target: unknown): Marked<Identified> => ({
        ...{ kind, target, cause: { askedBy: 'sweep', rule: 'doubles-go' }, deadlineMs: DEADLINE_MS },
        ...speech(deps, target as SpeechPlace, () => Promise.reject(new Error('a sweep says nothing'))),
      }),
    ]),
  );

type Rerun = Extract<RequestEffect, { kind: 'rerun' }>;

/** The forge refuses to run a job again that runs: the newest run of the check tells whether it does, or has. */
const rerun = ({ forge }: EffectDeps, { ref: { owner, repo } }: NewMergeRequest, action: Rerun): Part<Guarded<Identified>> => ({
  class: 'guarded',
  async probe(call) {
    const { data: before } = await forge(call).rest.checks.get({ owner, repo, check_run_id: Number(action.run) });
    const { data } = await forge(call).rest.checks.listForRef({
      owner,
      repo,
      ref: before.head_sha,
      check_name: action.check,
      filter: 'latest',
    });
    return data.check_runs.some(({ id }) => String(id) === action.run) ? undefined : { id: action.run };
  },
  async act(call) {
    try {
      await forge(call).rest.actions.reRunJobForWorkflowRun({ owner, repo, job_id: action.job });
      return done({ id: action.run });
    } catch (error) {
      if (![403, 404, 422].includes(statusOf(error) ?? 0)) throw error;
      return { state: 'refused', because: String(error) };
    }
  },
});

/** Words of a session go out neutralised, in the thread that they answer. */
async function replyOf(
  { store }: EffectDeps,
  request: NewMergeRequest,
  { comment, session, commit, place }: Extract<RequestEffect, { kind: 'reply' }>,
): Promise<string> {
  const output = await outputOf(store, `${inHandId(request)}/${session}`);
  const words = output?.kind === 'handOver' ? output.value.replies.find(({ to }) => to === comment)?.text : undefined;
  const about = place.in === 'conversation' ? `About ${place.url}:\n\n` : '';
  return `${about}${neutralise(words ?? 'Done.')}${commit === null ? '' : `\n\nIn ${commit}.`}`;
}

/** Something that is said once, in the conversation or in a thread. */
function speech(
  { forge }: Pick<EffectDeps, 'forge'>,
  place: SpeechPlace,
  words: (call: Call) => Promise<string>,
): Part<Marked<Identified>> {
  const { owner, repo, number, thread } = place;
  return {
    class: 'marked',
    visibleWithinMs: VISIBLE_WITHIN_MS,
    async find(call) {
      const octokit = forge(call);
      const { data: me } = await octokit.rest.users.getAuthenticated();
      const there = { owner, repo, per_page: 100 };
      const comments =
        thread === null
          ? await octokit.paginate(octokit.rest.issues.listComments, { ...there, issue_number: number })
          : await octokit.paginate(octokit.rest.pulls.listReviewComments, { ...there, pull_number: number });
      const ours = comments.filter(({ body, user }) => user?.login === me.login && body?.includes(marker(call)) === true);
      return ours.map(({ id }) => ({ id }));
    },
    async act(call) {
      const { rest } = forge(call);
      const body = await words(call);
      if (thread === null) return done({ id: (await rest.issues.createComment({ owner, repo, issue_number: number, body })).data.id });
      try {
        const { data } = await rest.pulls.createReplyForReviewComment({ owner, repo, pull_number: number, comment_id: thread, body });
        return done({ id: data.id });
      } catch (error) {
        // 422: what the thread began with is no comment that can be replied to any more.
        if (![404, 422].includes(statusOf(error) ?? 0)) throw error;
        return { state: 'refused', because: 'The comment is gone.' };
      }
    },
    async remove(call, { id }) {
      const { rest } = forge(call);
      const which = { owner, repo, comment_id: Number(id) };
      try {
        await (thread === null ? rest.issues.deleteComment(which) : rest.pulls.deleteReviewComment(which));
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    },
  };
}

const RESOLVE = /* GraphQL */ `
  mutation ($thread: ID!) {
    resolveReviewThread(input: { threadId: $thread }) {
      thread {
        isResolved
      }
    }
  }
`;

const resolveThread = ({ forge }: EffectDeps, thread: string): Part<Convergent<null>> => ({
  class: 'convergent',
  async act(call) {
    try {
      await forge(call).graphql(RESOLVE, { thread });
      return done(null);
    } catch (error) {
      // Resolved where we may; a thread that is gone needs it no more.
      const because = graphqlRefusal(error, ['NOT_FOUND', 'FORBIDDEN']);
      if (because === undefined) throw error;
      return { state: 'refused', because };
    }
  },
});

const askReviewer = (
  { forge }: EffectDeps,
  { ref: { owner, repo, number } }: NewMergeRequest,
  reviewer: string,
): Part<Convergent<null>> => ({
  class: 'convergent',
  async act(call) {
    try {
      await forge(call).rest.pulls.requestReviewers({ owner, repo, pull_number: number, reviewers: [reviewer] });
      return done(null);
    } catch (error) {
      if (statusOf(error) !== 422) throw error;
      return { state: 'refused', because: String(error) };
    }
  },
});

const closeIssue = ({ forge }: EffectDeps, { ref: { owner, repo } }: NewMergeRequest, issue: number): Part<Convergent<null>> => ({
  class: 'convergent',
  async act(call) {
    try {
      await forge(call).rest.issues.update({ owner, repo, issue_number: issue, state: 'closed', state_reason: 'completed' });
      return done(null);
    } catch (error) {
      if (![301, 404, 410].includes(statusOf(error) ?? 0)) throw error;
      return { state: 'refused', because: 'The issue was deleted or moved away.' };
    }
  },
});

/** Refused where the forge will not have it: a request from that branch into that base is open already, say. */
const retarget = (
  { forge }: EffectDeps,
  { ref: { owner, repo } }: NewMergeRequest,
  { number, base }: Extract<RequestEffect, { kind: 'retarget' }>,
): Part<Convergent<null>> => ({
  class: 'convergent',
  async act(call) {
    try {
      await forge(call).rest.pulls.update({ owner, repo, pull_number: number, base });
      return done(null);
    } catch (error) {
      if (statusOf(error) !== 422) throw error;
      return { state: 'refused', because: String(error) };
    }
  },
});

type DeleteBranch = Extract<RequestEffect, { kind: 'deleteBranch' }>;

/** Only where it still is where we know it: what somebody has pushed since is theirs. */
const deleteBranch = ({ forge }: EffectDeps, { ref: { owner, repo } }: NewMergeRequest, action: DeleteBranch): Part<Convergent<null>> => ({
  class: 'convergent',
  async act(call) {
    const { rest } = forge(call);
    const ref = `heads/${action.branch}`;
    try {
      const { data } = await rest.git.getRef({ owner, repo, ref });
      if (data.object.sha !== action.head) return { state: 'refused', because: `${action.branch} has moved to ${data.object.sha}.` };
      await rest.git.deleteRef({ owner, repo, ref });
    } catch (error) {
      // 422: it was gone when the call came.
      if (![404, 422].includes(statusOf(error) ?? 0)) throw error;
    }
    return done(null);
  },
});

/** Rows of ours alone: asked for again, they are the same ones. The notice waits also when the owner of the request has ended. */
const recordAftermath = ({ store }: EffectDeps, { ref }: NewMergeRequest, seen: Aftermath): Part<Convergent<null>> => ({
  class: 'convergent',
  async act() {
    const request = mergeRequestId(ref);
    await store.merges.noteAftermath({ request, ...seen });
    const [id, askedBy] = [`aftermath/${request}/${seen.kind}/${seen.what}`, `${request}/aftermath`];
    const question = `${ref.owner}/${ref.repo}#${ref.number} was merged; now ${seen.kind}: ${seen.what} by ${seen.by} ("${seen.title}").`;
    await store.outbox.ask({ id, askedBy, question, accepts: [] });
    return done(null);
  },
});

const notify = ({ notifyUrl }: EffectDeps, { ref }: NewMergeRequest, text: string): Part<Unprobeable<null>> => ({
  class: 'unprobeable',
  async act(call) {
    if (notifyUrl === undefined) return done(null);
    const response = await call.fetch(notifyUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'webhook-id': call.mark, 'idempotency-key': call.mark },
      body: JSON.stringify({ source: `${ref.owner}/${ref.repo}#${ref.number}`, text }),
    });
    if (!response.ok) throw new Error(`${notifyUrl} answered ${response.status}.`);
    return done(null);
  },
});
