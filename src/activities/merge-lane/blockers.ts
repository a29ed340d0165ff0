// Which comments of a request want it stopped: from those who may say so, without those that people have settled since.
import type { GateFacts } from '../../contracts/gates.ts';
import { inHandId, type MergeRequestRef } from '../../contracts/work.ts';
import { blockerId, isBlocker } from '../../policies/merge-request-facts.ts';
import { triage } from '../../policies/triage.ts';
import type { Store } from '../../store/store.ts';
import type { Forge, Talk } from '../forge/provider.ts';
import { commentsOf } from '../merge-request/comments.ts';
import { speakersIn } from '../merge-request/spoken.ts';
import { withTriage } from '../merge-request/triaged.ts';
import { createMemory, type Memory } from '../merge-request/memory.ts';

interface Subject {
  readonly ref: MergeRequestRef;
  /** Issue that the request is for. */
  readonly issue: number | null;
  /** Of its hand-over: people settle a comment for as long as it is in our hands. */
  readonly generation: number;
}

/** @param known without it, who may write is asked for */
export async function blockersIn(
  talk: Talk,
  { store, forge }: { readonly store: Store; readonly forge: Forge },
  { ref, issue, generation }: Subject,
  known: Pick<Memory, 'mayWrite' | 'authorOf'> = createMemory(forge),
): Promise<GateFacts['blockers']> {
  // As a rule there is none: then nobody's rights are asked for.
  if (!bodiesOf(talk).some((body) => ['blocker', 'unsure'].includes(triage(body)))) return [];
  const asker = issue === null ? null : await known.authorOf(ref, issue);
  const id = inHandId({ ref, generation });
  const said = await withTriage(store, ref, await commentsOf(known, ref, talk, asker, await speakersIn(store, ref, talk)));
  const blocking = said.map(({ comment }) => comment).filter(isBlocker);
  const settled = await Promise.all(blocking.map((comment) => store.outbox.find({ id: blockerId({ id }, comment) })));
  return blocking.filter((_, at) => settled[at]?.answer === undefined).map(({ by, excerpt }) => ({ by, excerpt }));
}

const bodiesOf = ({ comments, reviews, threads }: Talk): string[] =>
  [...comments, ...reviews, ...threads.flatMap(({ remarks }) => remarks)].map(({ body }) => body);
