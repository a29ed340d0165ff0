// What a review looks at and does. All of it on the host of its worktree: facts about commits come from git.
import { activityInfo } from '@temporalio/activity';
import {
  escalatedKey,
  REVIEW_FAMILIES,
  reviewerKey,
  type ReviewActivities,
  type ReviewFamily,
  type ReviewInput,
  type TrackedFinding,
} from '../../contracts/review.ts';
import { rowOf } from '../../contracts/identity.ts';
import { NOT_READY } from '../../contracts/session.ts';
import { repositoryId } from '../../contracts/work.ts';
import { whyEscalated } from '../../policies/findings.ts';
import { reviewPolicy, toFix } from '../../policies/review.ts';
import { assess } from '../assess/assess.ts';
import type { Once } from '../effects/once.ts';
import { limitsWithin, taskOf, type BudgetDeps } from '../session/budget.ts';
import { outputOf } from '../session/output.ts';
import { prepare, type PrepareDeps } from '../session/prepare.ts';
import { keepWork } from '../work/checkpoints.ts';
import { commitWork, timeAfter, treeOf } from '../work/commit.ts';
import { changedFiles, patch } from '../work/diff.ts';
import { fitForSession, requireWorktree, type WorkDeps } from '../work/place.ts';
import { getText, putJson } from '../work/texts.ts';
import { keepTypedFor } from '../work/typed.ts';
import { stateOf } from './state.ts';

export interface ReviewDeps extends WorkDeps, PrepareDeps, BudgetDeps {
  readonly once: Once;
  /** Host of the forge: part of the name that checks are kept under. */
  readonly forgeHost: string;
}

const LIMITS = { rounds: 3, fixes: 3 };
const DEADLINE_MS = 60_000;

export function createReviewActivities(deps: ReviewDeps): ReviewActivities {
  const { store, once, git } = deps;
  return {
    async assessReview({ review, understands, sessions, running, decision, applied }) {
      const state = await stateOf(deps, review, sessions);
      return assess(store, {
        policy: reviewPolicy,
        facts: { id: review.id, families: REVIEW_FAMILIES, limits: LIMITS, running, sessions, ...state },
        workflow: review.id,
        decision,
        attempt: activityInfo().attempt,
        applied,
        understands,
        wait: (forWhom) => ({ kind: 'wait', forWhom, atMostMinutes: 24 * 60 }),
      });
    },

    async prepareReviewer({ review, round, head, family, sessions }) {
      const { work, from } = review;
      const session = `${review.id}/${reviewerKey(round, family)}`;
      const unfit = await fitForSession(deps, work, { session, owner: review.id, goesOn: hasFixes(sessions) });
      if (unfit !== null) return unfit;
      const worktree = await requireWorktree(deps, work);
      const { findings, before } = await stateOf(deps, review, sessions);
      const [goal, diff, files, since] = await Promise.all([
        getText(store, review.goal),
        patch(git, worktree, from, head),
        changedFiles(git, worktree, from, head),
        before === null ? '' : patch(git, worktree, before, head),
      ]);
      return prepare(await limitsWithin(deps, taskOf(review.id)), {
        work,
        directory: worktree.directory,
        playbook: `review-${family}`,
        variables: { goal, diff, outside: await outsideOf(review, files), verify: listed(openOf(findings, family)), since },
        session,
      });
    },

    async prepareFix({ review, round, sessions }) {
      const session = `${review.id}/fix-${round}`;
      const unfit = await fitForSession(deps, review.work, { session, owner: review.id, goesOn: hasFixes(sessions) });
      if (unfit !== null) return unfit;
      const worktree = await requireWorktree(deps, review.work);
      const { directory } = worktree;
      const { findings, head } = await stateOf(deps, review, sessions);
      const [goal, diff] = await Promise.all([getText(store, review.goal), patch(git, worktree, review.from, head)]);
      const variables = { goal, diff, findings: listed(toFix({ findings, round, limits: LIMITS })) };
      return prepare(await limitsWithin(deps, taskOf(review.id)), {
        work: review.work,
        directory,
        playbook: 'fix',
        variables,
        session,
        mailbox: review.id,
      });
    },

    async actOnReview({ review, rule, action }) {
      const { key, parent, session } = action;
      const worktree = await requireWorktree(deps, review.work);
      await once(key, {
        kind: 'review.commit',
        class: 'convergent',
        deadlineMs: DEADLINE_MS,
        target: { worktree: review.work.worktree, ...rowOf(review.work.as, 'commits') },
        cause: { askedBy: review.id, rule },
        async act() {
          const id = `${review.id}/${session}`;
          const output = await outputOf(store, id);
          const handOver = output?.kind === 'handOver' ? output.value : null;
          const at = await timeAfter(git, worktree, parent);
          const committed = await commitWork(deps, worktree, {
            as: review.work.as,
            session: id,
            parent,
            handOver,
            otherwise: 'fix: findings of the review',
            at,
          });
          await keepWork(deps, worktree, key);
          return committed;
        },
      });
    },

    keepTypedForReview: ({ review, running, typed }) =>
      keepTypedFor(
        store,
        review,
        running.map((key) => `${review}/${key}`),
        typed,
      ),

    async endReview({ review, end, sessions }) {
      const { id, work } = review;
      const worktree = await requireWorktree(deps, work);
      const { findings } = await stateOf(deps, review, sessions);
      const digest = await putJson(store, findings);
      await store.checks.add({
        id: `${id}/verdict`,
        repository: repositoryId({ host: deps.forgeHost, owner: work.owner, repo: work.repo }),
        commit: end.head,
        tree: await treeOf(git, worktree, end.head),
        kind: 'review',
        name: REVIEW_FAMILIES.join('+'),
        outcome: end.verdict === 'clean' ? 'passed' : 'failed',
        because: end.because,
        findings: digest,
        session: id,
        evidence: digest,
      });
      const escalated = whyEscalated(findings, end);
      // For the whole life of the request, whatever later reviews of other heads say.
      if (escalated !== null)
        await once(escalatedKey(id), {
          kind: 'review.escalated',
          class: 'convergent',
          target: { review: id },
          deadlineMs: 1_000,
          cause: { askedBy: id, rule: 'review-wants-a-person' },
          act: () => Promise.resolve({ state: 'done', result: { because: escalated } }),
        });
      await store.mail.giveBack({ address: id, because: `The review has ended: ${end.because}` });
      return digest;
    },

    async closeReview({ review, because }) {
      await store.mail.giveBack({ address: review, because });
    },
  };

  /** What the author has changed beyond the goal, as it says itself, and what it did not say that git shows (T7). */
  async function outsideOf(review: ReviewInput, files: readonly string[]): Promise<string> {
    const output = review.author === null ? null : await outputOf(store, review.author);
    if (output?.kind !== 'handOver') return 'The author has not said which files it meant to change.';
    const declared = new Set([...output.value.files, ...output.value.outsideTheGoal.map(({ file }) => file)]);
    const undeclared = files.filter((file) => !declared.has(file));
    const said = output.value.outsideTheGoal.map(({ file, why }) => `- ${file}: ${why}`);
    return [
      said.length === 0
        ? 'The author says that nothing was changed beyond the goal.'
        : `Changed beyond the goal, says the author:\n${said.join('\n')}`,
      undeclared.length === 0
        ? ''
        : `Changed and not declared by the author, shows git:\n${undeclared.map((file) => `- ${file}`).join('\n')}`,
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  }
}

/** One whose commit was refused leaves its work to the next. */
const hasFixes = (sessions: ReviewInput['sessions']): boolean =>
  Object.entries(sessions).some(([key, { rule }]) => key.startsWith('fix-') && rule !== NOT_READY);

const openOf = (findings: readonly TrackedFinding[], family: ReviewFamily): TrackedFinding[] =>
  findings.filter((finding) => finding.state === 'open' && finding.family === family);

/** Findings as a session reads them. */
function listed(findings: readonly TrackedFinding[]): string {
  return findings
    .map(({ fingerprint, severity, category, file, line, title, detail, suggestion }) =>
      [
        `- ${severity} (${category}) ${file}${line === null ? '' : `:${line}`}: ${title}`,
        `  fingerprint: ${fingerprint}`,
        `  ${detail}`,
        ...(suggestion === null ? [] : [`  suggestion: ${suggestion}`]),
      ].join('\n'),
    )
    .join('\n');
}
