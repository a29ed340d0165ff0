// What the owner of a request does where its worktree is: prepare sessions and reviews, commit what sessions leave, push, clean up.
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import type { Committed, MergeRequestHostEffect } from '../../contracts/merge-request-actions.ts';
import type { MergeRequestSnapshot } from '../../contracts/merge-request-snapshot.ts';
import type { MergeRequestHostActivities, NewMergeRequest } from '../../contracts/merge-request.ts';
import { rowOf } from '../../contracts/identity.ts';
import { inHandId, mergeRequestId } from '../../contracts/work.ts';
import type { Worktree } from '../../git/command.ts';
import { conflictsOf, layMerge, withMarks } from '../../git/base.ts';
import { moveWorktree } from '../../git/move.ts';
import type { Effect } from '../effects/effect.ts';
import type { Once } from '../effects/once.ts';
import { mayDo } from '../../policies/merge-request-custody.ts';
import type { Forge } from '../forge/provider.ts';
import { unlessRefused } from '../forge/refusals.ts';
import { limitsWithin, type BudgetDeps } from '../session/budget.ts';
import { outputOf } from '../session/output.ts';
import { prepare, type PrepareDeps } from '../session/prepare.ts';
import { withOurs } from '../merge-lane/gate-facts.ts';
import { keepWork } from '../work/checkpoints.ts';
import { commitWork, timeAfter } from '../work/commit.ts';
import { patch } from '../work/diff.ts';
import { ensureWorktree, fetchFor, fitForSession, forkPoint, requireWorktree, type WorkDeps } from '../work/place.ts';
import { pushEffect } from '../work/push.ts';
import { retire } from '../work/retire.ts';
import { getText } from '../work/texts.ts';
import { coordinatorOf, custodyOfRequest } from './facts.ts';
import { conflictsAsText, takeBaseEffect } from './base.ts';
import { readRequest } from './read.ts';
import type { Reader } from './reader.ts';
import { commentsAsText } from './comments-text.ts';

export interface MergeRequestHostDeps extends WorkDeps, PrepareDeps, BudgetDeps, Omit<Reader, 'forge'> {
  readonly once: Once;
  /** Lists of the forge lag by no more than this. */
  readonly lagSeconds: number;
}

const DEADLINE_MS = 60_000;
const LOOK_AGAIN_MS = 500;

/**
 * A comment that was seen when this was decided may be in none of the forge's lists a moment later: they lag, each by itself. What is missing for
 * longer than that is gone.
 * @throws ApplicationFailure, retryable
 */
function requireShown(comments: readonly string[], said: ReadonlyMap<string, unknown>, lagSeconds: number): void {
  const missing = comments.filter((key) => !said.has(key));
  const decidedAt = activityInfo().scheduledTimestampMs; // of the first attempt
  if (missing.length === 0 || Date.now() - decidedAt >= lagSeconds * 1_000) return;
  const message = `The forge does not show ${missing.join(', ')} yet.`;
  throw ApplicationFailure.create({ type: 'ForgeLags', message, nextRetryDelay: LOOK_AGAIN_MS });
}

export function createMergeRequestHostActivities(deps: MergeRequestHostDeps): MergeRequestHostActivities {
  const { store, once, git, accounts } = deps;
  const forgeOf = ({ work }: NewMergeRequest): Forge => accounts.of(work.as, 'comments').forge;
  return {
    prepareForMergeRequest: ({ request, action }) =>
      unlessRefused(deps, coordinatorOf(request), async () => {
        const [id, mailbox] = [inHandId(request), mergeRequestId(request.ref)];
        const { work } = request;
        const { base, head } = action;
        const worktree = await ensureWorktree(deps, work);
        // A session begins with what is published. What a killed review has left was never that.
        const cause = { askedBy: mailbox, rule: 'begins-with-the-head' };
        await once(`${id}/ready/${action.key}`, await moveTo(request, head, cause, { base }));
        const unfit = await fitForSession(deps, work, {
          session: `${id}/${action.key}`,
          owner: mergeRequestId(request.ref),
          goesOn: base !== undefined,
        });
        if (unfit !== null) return unfit;
        const seen = await forgeOf(request)().facts(request.ref, deps.memory);
        const based = { ...work, base: seen.now.base.branch };
        const [{ snapshot, said }, goal, diff] = await Promise.all([
          readRequest({ ...deps, forge: forgeOf(request) }, request, withOurs(seen), [head], seen.talk),
          getText(store, request.goal),
          forkPoint(deps, based, worktree, head).then((from) => patch(git, worktree, from, head)),
        ]);
        await answersAsWords(mailbox, `${id}/${action.key}`);
        const common = { work: based, directory: worktree.directory, session: `${id}/${action.key}`, mailbox };
        const within = await limitsWithin(deps, request.tell);
        switch (action.playbook) {
          case 'fix-checks':
            return prepare(within, {
              ...common,
              playbook: action.playbook,
              variables: { goal, diff, checks: await failuresAsText(snapshot, action.about) },
            });
          case 'resolve-conflicts': {
            const conflicts = await conflictsAsText(deps, worktree, { head, base: base ?? '', files: action.about });
            return prepare(within, { ...common, playbook: action.playbook, variables: { goal, diff, conflicts } });
          }
          case 'answer-comments':
            requireShown(action.about, said, deps.lagSeconds);
            return prepare(within, {
              ...common,
              playbook: action.playbook,
              variables: { goal, diff, comments: commentsAsText(said, action.about) },
            });
        }
      }),

    prepareReviewOfMergeRequest: ({ request, action, earlier }) =>
      unlessRefused(deps, coordinatorOf(request), async () => {
        const { goal, author, ref } = request;
        const { key, head } = action;
        // Not what it was opened for: a person may have given it another base.
        const work = { ...request.work, base: (await forgeOf(request)().request(ref)).base };
        const worktree = await ensureWorktree(deps, work);
        const from = await forkPoint(deps, work, worktree, head);
        const id = `${inHandId(request)}/${key}`;
        return { id, work, goal, from, head, author, earlier, sessions: {}, decisions: 0, applied: null, paused: false };
      }),

    async actOnMergeRequestHost({ request, rule, action }) {
      if (!mayDo(await custodyOfRequest(store, request), action)) return 'done';
      const id = mergeRequestId(request.ref);
      const acted = await unlessRefused(deps, coordinatorOf(request), async () => {
        const effect = await effectOf(request, action, { askedBy: id, rule });
        if (effect === undefined) return 'unknown';
        await once(action.key, effect);
        return 'done';
      });
      return acted ?? 'done';
    },
  };

  /** Undefined for an action that a newer version has decided. */
  async function effectOf(request: NewMergeRequest, action: MergeRequestHostEffect, cause: Cause): Promise<Effect<unknown> | undefined> {
    const { work } = request;
    const kind = `request.${action.kind}`;
    switch (action.kind) {
      case 'commit':
        return {
          ...commonOf(request, kind, cause),
          target: { worktree: work.worktree, ...rowOf(work.as, 'commits') },
          act: () => commit(request, action),
        };
      case 'push': {
        const { commit: wanted, expected, rewrites = false } = action;
        return pushEffect(deps, work, await requireWorktree(deps, work), { kind, cause, commit: wanted, expected, rewrites });
      }
      case 'takeUp':
        return moveTo(request, action.commit, cause, { kind });
      case 'takeBase':
        return takeBaseEffect(deps, work, action, cause);
      case 'removeWorktree':
        return {
          ...commonOf(request, kind, cause),
          async act() {
            const retired = await retire(deps, work.worktree, Math.floor(Date.now() / 1_000));
            return retired.kind === 'kept' ? { state: 'refused', because: retired.because } : { state: 'done', result: retired };
          },
        };
      default:
        return undefined;
    }
  }

  /** @param base commit whose merge is laid into the files */
  async function moveTo(
    request: NewMergeRequest,
    commit: string,
    cause: Cause,
    { kind = 'request.ready', base }: { readonly kind?: string; readonly base?: string | undefined } = {},
  ): Promise<Effect<unknown>> {
    const worktree = await ensureWorktree(deps, request.work);
    return {
      ...commonOf(request, kind, cause),
      async act() {
        await fetchFor(deps, request.work);
        await moveWorktree(git, worktree, commit);
        await store.checkpoints.forget({ worktree: request.work.worktree });
        if (base !== undefined) {
          await layMerge(git, worktree, commit, base);
          await keepWork(deps, worktree, mergeRequestId(request.ref));
        }
        return { state: 'done', result: { commit } };
      },
    };
  }

  async function commit(
    request: NewMergeRequest,
    { session, parent, discard, merges }: Extract<MergeRequestHostEffect, { kind: 'commit' }>,
  ): Promise<EffectOutcome<Committed>> {
    const worktree = await requireWorktree(deps, request.work);
    if (discard !== null) return left(request, worktree, parent, [], discard);
    const id = `${inHandId(request)}/${session}`;
    const output = await outputOf(store, id);
    const handOver = output?.kind === 'handOver' ? output.value : null;
    const replies = handOver?.replies.map(({ to }) => to) ?? [];
    const also = merges === undefined ? {} : { merges };
    const marks = merges === undefined ? [] : await withMarks(git, worktree, await conflictsOf(git, worktree, parent, merges));
    if (marks.length > 0) return left(request, worktree, parent, replies, `${session} has left conflicts in ${marks.join(', ')}.`);
    const at = Math.max(...(await Promise.all([parent, merges ?? parent].map((commit) => timeAfter(git, worktree, commit)))));
    const outcome = await commitWork(deps, worktree, {
      as: request.work.as,
      session: id,
      parent,
      ...also,
      handOver,
      otherwise: titleOf(session),
      at,
    });
    if (outcome.state === 'refused') return left(request, worktree, parent, replies, outcome.because);
    await keepWork(deps, worktree, id);
    return { state: 'done', result: { parent, commit: outcome.result.commit, replies, because: `${session} has ended.` } };
  }

  /** Nothing of the session becomes a commit: the worktree is as it was before. */
  async function left(
    request: NewMergeRequest,
    worktree: Worktree,
    parent: string,
    replies: readonly string[],
    because: string,
  ): Promise<EffectOutcome<Committed>> {
    await moveWorktree(git, worktree, parent);
    await keepWork(deps, worktree, mergeRequestId(request.ref));
    return { state: 'done', result: { parent, commit: null, replies, because } };
  }

  /** What the operator answers to a question is for the session. */
  async function answersAsWords(request: string, session: string): Promise<void> {
    const answers = (await store.mail.take({ address: request })).filter(({ kind }) => kind === 'answer');
    for (const letter of answers) {
      await store.mail.post({ ...letter, id: `${letter.id}/${session}`, to: session, kind: 'tell', ifClosed: 'return' });
      await store.mail.acted({ mail: [letter.id], by: session });
    }
  }

  async function failuresAsText({ failures }: MergeRequestSnapshot, about: readonly string[]): Promise<string> {
    const texts = failures
      .filter(({ name }) => about.includes(name))
      .map(async ({ name, step, url, summary, log }) => {
        const head = [`Check: ${name}`, ...(step === null ? [] : [`Step: ${step}`]), `Result: ${summary}`, ...(url === null ? [] : [url])];
        return [...head, ...(log === null ? ['There is no log.'] : [await getText(store, log)])].join('\n');
      });
    return (await Promise.all(texts)).join('\n\n');
  }
}

/** Of the commit of a session that says nothing. */
const titleOf = (session: string): string =>
  session.startsWith('fix-checks/')
    ? 'fix: failed checks'
    : session.startsWith('resolve/')
      ? 'fix: conflicts with the base'
      : 'fix: comments of the review';

const commonOf = ({ work }: NewMergeRequest, kind: string, cause: Cause) =>
  ({ kind, cause, class: 'convergent', target: { worktree: work.worktree }, deadlineMs: DEADLINE_MS }) as const;
