// What to do about a merge request, given its facts. Read from top to bottom: that is the whole behaviour. What the facts mean is in
// merge-request-facts.ts.
import type { MergeRequestAction } from '../contracts/merge-request-actions.ts';
import { MERGE_REQUEST_CONFLICTS, mergedBy } from './merge-request-base.ts';
import { MERGE_REQUEST_CUSTODY } from './merge-request-custody.ts';
import { MERGE_REQUEST_ENDED } from './merge-request-ended.ts';
import { commentsToTake, dropped, replyDue, resolveDue, takenNow, takes, toTriage } from './merge-request-comments.ts';
import {
  CHECK_MINUTES,
  type MergeRequestFacts,
  escalation,
  failures,
  fixKey,
  fixesTried,
  goOnId,
  headOf,
  isMissing,
  isSetBack,
  isTheirs,
  isReviewed,
  keyOf,
  last,
  nameOf,
  operator,
  pushName,
  reviewEnded,
  reviewKey,
  short,
  toCommit,
  toPush,
  toRerun,
  unmet,
} from './merge-request-facts.ts';
import { footerName } from './merge-request-shown.ts';
import { MERGE_REQUEST_MERGING } from './merge-request-merging.ts';
import { MERGE_REQUEST_WATCHED } from './merge-request-watched.ts';
import { always, policy } from './policy.ts';

const theirDoing = (facts: MergeRequestFacts): string =>
  `${isSetBack(facts) ? 'has set the branch back to' : 'has pushed'} ${short(headOf(facts))}`;

const CHILD_MINUTES = 24 * 60;

const triage = (facts: MergeRequestFacts): MergeRequestAction => {
  const about = toTriage(facts).map(({ by: _, ...one }) => one);
  return { kind: 'triage', key: about[0]?.key ?? '', about };
};
const unclear = (facts: MergeRequestFacts): string =>
  `What ${[...new Set(toTriage(facts).map(({ by }) => by))].join(', ')} said does not tell what is wanted`;

export const mergeRequestPolicy = policy<MergeRequestFacts, MergeRequestAction>(
  ...MERGE_REQUEST_CUSTODY,
  ...MERGE_REQUEST_ENDED,
  {
    id: 'person-holds',
    when: (facts) => unmet(facts).hold !== null,
    because: (facts) => unmet(facts).hold?.because ?? '',
    then: operator,
  },
  ...MERGE_REQUEST_WATCHED,
  {
    id: 'comment-unclear-meanwhile',
    when: (facts) => facts.running !== null && toTriage(facts).length > 0,
    because: (facts) => `${unclear(facts)}: a model is asked, once, while ${facts.running} works.`,
    then: triage,
  },
  {
    id: 'child-runs',
    when: ({ running }) => running !== null,
    because: ({ running }) => `${running} is at work.`,
    then: () => ({ kind: 'wait', forWhom: 'session', atMostMinutes: CHILD_MINUTES }),
  },
  {
    id: 'session-ended',
    when: (facts) => toCommit(facts) !== null,
    because: (facts) => {
      const ended = toCommit(facts);
      return ended?.discard ?? `${ended?.session} has ended (${ended?.outcome}); what it left becomes a commit.`;
    },
    then: (facts) => {
      const { session, discard } = toCommit(facts) ?? { session: '', discard: null };
      const merges = mergedBy(session);
      const also = merges === undefined ? {} : { merges };
      return { kind: 'commit', key: keyOf(facts, `commit/${session}`), session, parent: last(facts), discard, ...also };
    },
  },
  {
    id: 'person-lets-go-on',
    when: (facts) => isTheirs(facts) && facts.answers[goOnId(facts)] === 'approve',
    because: (facts) => `A person ${theirDoing(facts)} and wants work to go on from there.`,
    then: (facts) => ({ kind: 'takeUp', key: keyOf(facts, nameOf.takeUp(facts)), commit: headOf(facts) }),
  },
  {
    id: 'push-of-a-person-unsaid',
    when: (facts) => isTheirs(facts) && isMissing(facts, nameOf.sayTheirs(facts)),
    because: (facts) => `A person ${theirDoing(facts)}; that the branch is left alone is said once.`,
    then: (facts) => ({
      kind: 'say',
      key: keyOf(facts, nameOf.sayTheirs(facts)),
      text:
        `Somebody else ${isSetBack(facts) ? 'has set this branch back to' : 'has pushed'} ${headOf(facts)}, so I leave this branch alone from here on.\n\n` +
        `\`signalbox approve ${goOnId(facts)}\` lets me go on from that commit.`,
    }),
  },
  {
    id: 'person-has-pushed',
    when: isTheirs,
    because: (facts) => `A person ${theirDoing(facts)}: the branch is theirs until they say that work shall go on from there.`,
    then: operator,
  },
  {
    id: 'unpublished',
    when: (facts) => toPush(facts) !== null && isMissing(facts, pushName(facts)),
    because: (facts) => `The forge has not seen ${short(toPush(facts)?.commit ?? '')}.`,
    then: (facts) => {
      const { commit, rewrites } = toPush(facts) ?? { commit: '', rewrites: false };
      return { kind: 'push', key: keyOf(facts, pushName(facts)), commit, expected: last(facts), rewrites };
    },
  },
  {
    id: 'push-refused',
    when: (facts) => facts.done[pushName(facts)]?.state === 'refused',
    because: (facts) => {
      const outcome = facts.done[pushName(facts)];
      return `The branch could not be pushed: ${outcome?.state === 'refused' ? outcome.because : ''}`;
    },
    then: operator,
  },
  {
    id: 'forge-lags',
    when: (facts) => headOf(facts) !== last(facts),
    because: (facts) => `The forge shows ${short(headOf(facts))} and has ${short(last(facts))}.`,
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostMinutes: CHECK_MINUTES }),
  },
  {
    id: 'footer-changed',
    when: (facts) => footerName(facts) !== null,
    because: ({ now }) =>
      `Its description has ${now.forge.footers.length === 0 ? 'no footer' : now.forge.footers.length === 1 ? 'another footer' : 'several footers'} that says who has written it.`,
    then: (facts) => ({ kind: 'footer', key: keyOf(facts, footerName(facts) ?? '') }),
  },
  {
    id: 'draft',
    when: ({ now }) => now.forge.draft,
    because: () => 'It is a draft.',
    then: operator,
  },
  {
    id: 'reply-due',
    when: (facts) => replyDue(facts) !== null,
    because: (facts) => `${replyDue(facts)?.comment.by} waits for an answer.`,
    then: (facts) => {
      const due = replyDue(facts);
      const comment = due?.comment.key ?? '';
      return {
        kind: 'reply',
        key: keyOf(facts, `reply/${comment}`),
        comment,
        place: due?.comment.place ?? { in: 'conversation', url: '' },
        session: due?.session ?? '',
        commit: due?.commit ?? null,
      };
    },
  },
  {
    id: 'thread-answered',
    when: (facts) => resolveDue(facts) !== null,
    because: (facts) => `What ${resolveDue(facts)?.comment.by} asked for is done.`,
    then: (facts) => ({
      kind: 'resolve',
      key: keyOf(facts, `resolve/${resolveDue(facts)?.comment.key}`),
      thread: resolveDue(facts)?.thread ?? '',
    }),
  },
  {
    id: 'comment-blocks',
    when: (facts) => unmet(facts).blocker !== null,
    because: (facts) => `${unmet(facts).blocker?.by} wants it stopped: "${unmet(facts).blocker?.excerpt}"`,
    then: operator,
  },
  {
    id: 'comment-unanswered',
    when: (facts) => dropped(facts) !== null,
    because: (facts) => `Nothing came of what ${dropped(facts)?.comment.by} asked for (${dropped(facts)?.because}).`,
    then: operator,
  },
  ...MERGE_REQUEST_CONFLICTS,
  {
    id: 'comments-taken',
    when: (facts) => takenNow(facts) !== null,
    because: (facts) =>
      `${takenNow(facts)?.session} was given ${takenNow(facts)?.comments.length} comment${takenNow(facts)?.comments.length === 1 ? '' : 's'}.`,
    then: (facts) => ({
      kind: 'session',
      key: takenNow(facts)?.session ?? '',
      playbook: 'answer-comments',
      head: last(facts),
      about: takenNow(facts)?.comments ?? [],
    }),
  },
  {
    id: 'people-have-said-something',
    when: (facts) => commentsToTake(facts).length + facts.told.length > 0,
    because: (facts) => {
      const by = [...new Set(commentsToTake(facts).map((comment) => comment.by)), ...(facts.told.length > 0 ? ['the operator'] : [])];
      return `${by.join(', ')} ${by.length === 1 ? 'wants' : 'want'} something done.`;
    },
    then: (facts) => ({
      kind: 'take',
      key: keyOf(facts, `take/${takes(facts).length + 1}`),
      comments: commentsToTake(facts).map((comment) => comment.key),
    }),
  },
  {
    id: 'comment-unclear',
    when: (facts) => toTriage(facts).length > 0,
    because: (facts) => `${unclear(facts)}: a model is asked, once.`,
    then: triage,
  },
  {
    id: 'check-looks-flaky',
    when: (facts) => toRerun(facts) !== null,
    because: (facts) => {
      const { name, flaky, summary } = toRerun(facts) ?? { name: '', flaky: null, summary: '' };
      return `${name} failed, and ${flaky ?? `not by the change (${summary})`}: it runs once more before it is believed.`;
    },
    then: (facts) => {
      const failed = toRerun(facts);
      const run = failed?.run ?? '';
      return {
        kind: 'rerun',
        key: keyOf(facts, nameOf.rerun(facts, failed?.name ?? '')),
        check: failed?.name ?? '',
        run,
        job: failed?.job ?? 0,
      };
    },
  },
  {
    id: 'check-did-not-run',
    when: (facts) => failures(facts).some(({ kind }) => kind === 'infrastructure'),
    because: (facts) => {
      const failed = failures(facts).filter(({ kind }) => kind === 'infrastructure');
      return `${failed.map(({ name, summary }) => `${name} (${summary})`).join(', ')}: no change of code mends that.`;
    },
    then: operator,
  },
  {
    id: 'checks-failed',
    when: (facts) => failures(facts).length > 0 && isMissing(facts, `commit/${fixKey(facts)}`) && fixesTried(facts) < facts.limits.fixes,
    because: (facts) =>
      `${failures(facts)
        .map(({ name }) => name)
        .join(', ')} failed on ${short(headOf(facts))}.`,
    then: (facts) => ({
      kind: 'session',
      key: fixKey(facts),
      playbook: 'fix-checks',
      head: last(facts),
      about: failures(facts).map(({ name }) => name),
    }),
  },
  {
    id: 'checks-not-fixed',
    when: (facts) => failures(facts).length > 0,
    because: (facts) =>
      `${failures(facts)
        .map(({ name }) => name)
        .join(', ')} still fail after ${fixesTried(facts)} fixes; a person has to look.`,
    then: operator,
  },
  {
    id: 'not-reviewed',
    when: (facts) => !isReviewed(facts) && reviewEnded(facts) === null,
    because: (facts) => `Nobody of ours has reviewed what ${short(headOf(facts))} contains.`,
    then: (facts) => ({ kind: 'review', key: reviewKey(headOf(facts)), head: headOf(facts) }),
  },
  {
    id: 'review-wants-a-person',
    when: (facts) => unmet(facts).review !== null,
    because: (facts) => reviewEnded(facts)?.because ?? unmet(facts).review?.because ?? '',
    then: operator,
  },
  ...MERGE_REQUEST_MERGING,
  {
    id: 'all-gates-pass',
    when: always,
    because: (facts) => `Every gate passes for ${short(headOf(facts))}.`,
    then: (facts) => ({ kind: 'askMerge', key: nameOf.wish(facts), head: headOf(facts), escalated: escalation(facts) }),
  },
);
