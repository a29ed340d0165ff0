// The effects of a request on the forge and beyond, but for the merge itself. How sure each is: docs/guarantees.md.
import type { Cause } from '../../contracts/effect.ts';
import { rowOf } from '../../contracts/identity.ts';
import type { MergeContext } from '../../contracts/merge-lane.ts';
import type { MergeRequestEffect } from '../../contracts/merge-request-actions.ts';
import type { NewMergeRequest } from '../../contracts/merge-request.ts';
import { done, type Call, type Convergent, type Effect, type Guarded, type Identified, type Marked, type Part } from '../effects/effect.ts';
import type { Pages } from '../forge/pages.ts';
import { speakingFor, type Accounts } from '../forge/accounts.ts';
import type { GateDeps } from '../merge-lane/gate-facts.ts';
import { logMerge, publishProof } from '../proof/publish.ts';
import { comment, type CommentTarget } from '../publish/comment.ts';
import { neutralise } from '../publish/neutralise.ts';
import { notice } from '../publish/notice.ts';
import { marker, ours } from '../publish/ours.ts';
import { putFooter } from './footer.ts';
import { replyOf, statusPage } from './speech.ts';
import { editStatus, statusText } from './status.ts';
import { closeIssue, deleteBranch, recordAftermath, retarget } from './tidy-up.ts';

export interface EffectDeps extends GateDeps {
  /** Where notices are posted; nowhere when undefined. */
  readonly notifyUrl: string | undefined;
  readonly pages: Pages;
  /** Page that says what Signalbox is, here; null: there is none. */
  readonly home: string | null;
}

type RequestEffect = Exclude<MergeRequestEffect, { kind: 'askMerge' | 'conclude' }>;
type Result = Identified | { readonly comments: readonly string[] } | null;

const DEADLINE_MS = 20_000;

/** Whose account does it: what a description says is of who opens requests. */
export const purposeOf = ({ kind }: Pick<RequestEffect, 'kind'>): 'requests' | 'comments' =>
  kind === 'proof' || kind === 'footer' ? 'requests' : 'comments';

/** Undefined for an action that a newer version has decided. */
export function requestEffect(
  given: Omit<EffectDeps, 'forge'> & { readonly accounts: Accounts },
  request: NewMergeRequest,
  action: RequestEffect,
  cause: Cause,
): Effect<Result> | undefined {
  const { owner, repo, number } = request.ref;
  const { as } = request.work;
  const deps = speakingFor(given, as);
  const common = {
    kind: `request.${action.kind}`,
    cause,
    deadlineMs: DEADLINE_MS,
    target: { owner, repo, number, ...(action.kind === 'notify' ? {} : rowOf(as, purposeOf(action))) },
  };
  switch (action.kind) {
    case 'rerun':
      return { ...common, ...rerun(deps, request, action) };
    case 'take':
      // Nothing outside is touched: the row itself is the effect, and the first one holds.
      return { ...common, class: 'convergent', act: () => Promise.resolve(done({ comments: action.comments })) };
    case 'reply':
      return say(action.place.in === 'thread' ? action.place.first : null, () => replyOf(deps, request, action));
    case 'proof':
      return {
        ...common,
        ...publishProof(deps, given.accounts.of(as, 'requests'), { ref: request.ref, context: contextOf(request, action.escalated) }),
      };
    case 'status': {
      const text = statusText(request.ref, action.status, deps);
      if (action.comment !== null) return { ...common, kind: 'request.editStatus', ...editStatus(deps, request.ref, action.comment, text) };
      const target: CommentTarget = { owner, repo, number, thread: null, ...rowOf(as, 'comments') };
      return { ...common, target, ...comment(deps, target, (call) => Promise.resolve(`${text}\n\n${marker(call)}`)) };
    }
    case 'aftermath':
      return { ...common, ...recordAftermath(deps, request, action.seen) };
    case 'log':
      return { ...common, ...logMerge(deps, { ref: request.ref, context: contextOf(request, action.escalated) }) };
    case 'footer':
      return { ...common, ...putFooter(given.accounts.of(as, 'requests'), request) };
    case 'say':
      return say(null, () => Promise.resolve(neutralise(action.text)));
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
      return { ...common, ...notice(deps.notifyUrl, `${owner}/${repo}#${number}`, action.text) };
    default:
      return undefined;
  }

  /** Under what is said stands where the status comment tells more. */
  function say(thread: number | null, words: () => Promise<string>): Marked<Identified> {
    const target: CommentTarget = { owner, repo, number, thread, ...rowOf(as, 'comments') };
    const said = async (call: Call): Promise<string> =>
      ours(await words(), { home: deps.home, about: await statusPage(deps, request) }, call);
    return { ...common, target, ...comment(deps, target, said) };
  }
}

/** The marked ones, built again from their targets for the sweep (effects/sweep.ts). */
export const sweptRequestEffects = ({
  accounts,
}: {
  readonly accounts: Accounts;
}): Record<string, (target: unknown) => Marked<Identified>> =>
  Object.fromEntries(
    ['request.reply', 'request.say', 'request.status'].map((kind) => [
      kind,
      (target: unknown): Marked<Identified> => ({
        kind,
        target,
        cause: { askedBy: 'sweep', rule: 'doubles-go' },
        deadlineMs: DEADLINE_MS,
        ...comment(accounts.of((target as CommentTarget).as, 'comments'), target as CommentTarget, () =>
          Promise.reject(new Error('a sweep says nothing')),
        ),
      }),
    ]),
  );

/** What the merge lane can't see on the forge. */
export const contextOf = (
  { tell, author, classification, goal, issue, work: { as } }: NewMergeRequest,
  escalated: string | null,
): MergeContext => ({
  ours: tell !== null && author !== null,
  classification,
  goal,
  issue,
  escalated,
  ...(as !== undefined && { as }),
});

type Rerun = Extract<RequestEffect, { kind: 'rerun' }>;

/** The forge refuses to run a job again that runs: the newest run of the check tells whether it does, or has. */
const rerun = ({ forge }: EffectDeps, { ref }: NewMergeRequest, { check, run, job }: Rerun): Part<Guarded<Identified>> => ({
  class: 'guarded',
  probe: async (call) => ((await forge(call).hasRerun(ref, check, run)) ? { id: run } : undefined),
  async act(call) {
    const outcome = await forge(call).rerun(ref, job);
    return outcome.state === 'done' ? done({ id: run }) : outcome;
  },
});

/** Resolved where we may; a thread that is gone needs it no more. */
const resolveThread = ({ forge }: EffectDeps, thread: string): Part<Convergent<null>> => ({
  class: 'convergent',
  act: (call) => forge(call).resolveThread(thread),
});

const askReviewer = ({ forge }: EffectDeps, { ref }: NewMergeRequest, reviewer: string): Part<Convergent<null>> => ({
  class: 'convergent',
  act: (call) => forge(call).askReviewers(ref, [reviewer]),
});
