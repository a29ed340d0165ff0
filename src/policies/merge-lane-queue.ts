// Where the base takes changes by the forge's merge queue only: what passes its gates is put there and followed, and is taken out again when
// something speaks against it. What people have put there is followed, and never taken out.
import type { MergeLaneAction } from '../contracts/merge-lane.ts';
import type { LeftQueueFor, QueueFacts } from '../contracts/merge-queue.ts';
import {
  about,
  isEnded,
  isInQueue,
  leftQueue,
  missing,
  refusalOf,
  saying,
  settling,
  subject,
  whyNot,
  type MergeLaneFacts,
  type WishFacts,
} from './merge-lane-facts.ts';
import { verdictOf } from './gates.ts';
import type { Rule } from './policy.ts';

type LaneRule = Rule<MergeLaneFacts, MergeLaneAction>;

/** Whoever puts a request in, takes it out or ends its checks is told of by webhook or poll; this is for what neither shows. */
const QUEUE_S = 60;
/** How often is looked for what the forge is about to show. */
const UNSEEN_S = 5;
/** As whom GitHub merges what was in its queue. */
const QUEUE_ACCOUNT = /^github-merge-queue(\[bot\])?$/;

const enqueueing = (facts: MergeLaneFacts): MergeLaneAction => {
  const { id, queue } = subject(facts);
  return { kind: 'enqueue', key: `${id}/enqueue`, ask: id, before: queue?.added.times ?? 0 };
};

/** What has ended, by the queue or before it. */
export const MERGE_QUEUE_ENDS: readonly LaneRule[] = [
  {
    id: 'enqueue-unrecorded',
    when: about(({ enqueued }) => enqueued === 'begun'),
    because: saying(({ number }) => `#${number} was being put into the merge queue: whether it got there will be looked up.`),
    then: enqueueing,
  },
  {
    id: 'merged-by-queue',
    when: about(
      ({ now, head, enqueued, queue }) =>
        now.state === 'merged' && now.head === head && isEnded(enqueued) && enqueued.state === 'done' && isByQueue(now.merged?.by, queue),
    ),
    because: saying(({ number, head }) => `#${number} is merged at ${head}, by the merge queue.`),
    then: settling(({ now }) => ({ state: 'merged', sha: now.merged?.sha ?? '', method: 'queue', by: now.merged?.by ?? '' })),
  },
  {
    id: 'enqueue-refused',
    when: about(({ now, enqueued }) => now.state !== 'merged' && isEnded(enqueued) && enqueued.state === 'refused'),
    because: saying(({ number, enqueued }) => `#${number} was not put into the merge queue: ${refusalOf(enqueued)}`),
    then: settling(({ enqueued }) => ({ state: 'refused', because: refusalOf(enqueued) })),
  },
];

/** From an open request on: what speaks against it, how it stands in the queue. */
export const MERGE_QUEUE_FOLLOWED: readonly LaneRule[] = [
  {
    id: 'to-leave-queue',
    when: about((wish) => isOursInQueue(wish) && !isEnded(wish.dequeued) && whyNot(wish) !== null),
    because: saying((wish) => `#${wish.number} is taken out of the merge queue. ${whyNot(wish)}`),
    then: (facts) => {
      const wish = subject(facts);
      return { kind: 'dequeue', key: `${wish.id}/dequeue`, ask: wish.id, because: whyNot(wish) ?? '' };
    },
  },
  {
    id: 'head-moved',
    when: about(({ head, now }) => now.head !== head),
    because: saying(({ number, head, now }) => `#${number} was to be merged at ${head}, and its head is ${now.head} now.`),
    then: settling(({ now }) => ({ state: 'refused', because: `The head has moved to ${now.head}.` })),
  },
  {
    id: 'not-ours-any-more',
    when: about(({ notOurs }) => notOurs !== null),
    because: saying(({ number, notOurs }) => `#${number} is not merged. ${notOurs}`),
    then: settling(({ notOurs }) => ({ state: 'refused', because: notOurs ?? '' })),
  },
  {
    id: 'gate-unmet',
    when: about(({ gates }) => verdictOf(gates).state === 'unmet'),
    because: saying(({ number, gates }) => `#${number} is not merged. ${missing(gates)}`),
    then: settling(({ gates }) => ({ state: 'refused', because: missing(gates) })),
  },
  {
    id: 'left-queue',
    when: about((wish) => leftQueue(wish) !== null),
    because: saying((wish) => `#${wish.number} is not merged. ${whyLeft(wish)}`),
    then: settling((wish) => ({
      state: 'refused',
      because: whyLeft(wish),
      queue: { for: leftFor(wish), base: wish.now.base.commit },
    })),
  },
  {
    id: 'taken-out-of-queue',
    when: about(({ dequeued }) => isEnded(dequeued)),
    because: saying(({ number }) => `#${number} was taken out of the merge queue, and nothing speaks against it any more.`),
    then: settling(({ now }) => ({
      state: 'refused',
      because: 'It was taken out of the merge queue for what is settled now.',
      queue: { for: 'other', base: now.base.commit },
    })),
  },
  {
    id: 'queue-lags',
    when: about((wish) => isInQueue(wish) && wish.queue?.entry === null),
    because: saying(({ number }) => `#${number} was put into the merge queue, and the forge does not show what became of it yet.`),
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostSeconds: UNSEEN_S }),
  },
  {
    id: 'in-queue',
    when: about(isInQueue),
    because: saying(
      ({ number, now, queue }) =>
        `#${number} is in the merge queue of ${now.base.branch} (place ${queue?.entry?.position}, put there by ${queue?.entry?.by}).`,
    ),
    then: () => ({ kind: 'wait', forWhom: 'forge', atMostSeconds: QUEUE_S }),
  },
];

export const MERGE_QUEUE_TAKES: readonly LaneRule[] = [
  {
    id: 'queue-takes-it',
    when: about(({ now }) => now.base.queue),
    because: saying(
      ({ number, head, now }) => `Every gate of #${number} passes for ${head}; ${now.base.branch} is merged into by its queue.`,
    ),
    then: enqueueing,
  },
];

const isByQueue = (by: string | undefined, queue: QueueFacts | null): boolean =>
  by !== undefined && (by === queue?.us || QUEUE_ACCOUNT.test(by));

const isOursInQueue = ({ queue, enqueued }: WishFacts): boolean =>
  isEnded(enqueued) && enqueued.state === 'done' && queue?.entry?.by === enqueued.result.by;

/** Whether a queue has let go of a request because of its checks, in the forge's words. */
export const isOfChecks = (why: string): boolean => /ci_|check|timeout|timed/i.test(why);

/** In the words of a forge that has some of its own. */
function leftFor(wish: WishFacts): LeftQueueFor {
  const left = leftQueue(wish);
  const why = left?.why ?? '';
  if (/conflict|tree_invalid|merge_commit/i.test(why)) return 'conflict';
  if (isOfChecks(why)) return 'checks';
  return /manual/i.test(why) && left?.by !== wish.queue?.us ? 'person' : 'other';
}

function whyLeft(wish: WishFacts): string {
  const failedAt = wish.queue?.failedAt ?? null;
  const queue = `the merge queue of ${wish.now.base.branch}`;
  const left = leftQueue(wish);
  switch (leftFor(wish)) {
    case 'person':
      return `${left?.by ?? 'Somebody'} has taken it out of ${queue}.`;
    case 'conflict':
      return `It has left ${queue}, because it conflicts there with what is before it.`;
    case 'checks':
      return `It has left ${queue}, because its checks failed there or did not end in time${failedAt === null ? '' : ` (${failedAt})`}.`;
    case 'other':
      return `It has left ${queue} (${left?.why}).`;
  }
}
