// As whom we have spoken in a request. It may have been in our hands as several identities, one after the other, and what any of them has said is
// ours: nobody answers it, and nothing of it is said twice. By the ledger, and not by asking who the accounts are: theirs may be gone by now.
import { mergeRequestId, type MergeRequestRef } from '../../contracts/work.ts';
import type { Store } from '../../store/store.ts';
import type { Identified } from '../effects/effect.ts';
import type { Talk } from '../forge/provider.ts';
import type { CommentTarget } from '../publish/comment.ts';

/** Logins of who looks, and of everybody who has said there what is on record as ours. */
export async function speakersIn({ ledger }: Pick<Store, 'ledger'>, ref: MergeRequestRef, talk: Talk): Promise<ReadonlySet<string>> {
  const id = mergeRequestId(ref);
  // Those of the first hand-over, and of the later ones (inHandId).
  const rows = (await Promise.all([`${id}/`, `${id}@`].map((prefix) => ledger.marked({ prefix })))).flat();
  // Forges count what is said in threads and in conversations apart.
  const said = new Set(
    rows.flatMap(({ target, outcome }) =>
      outcome.state === 'done' ? [nameOf((target as CommentTarget).thread, (outcome.result as Identified).id)] : [],
    ),
  );
  const conversation = talk.comments.map(({ id: comment, by }) => ({ by, name: nameOf(null, comment) }));
  const threads = talk.threads.flatMap(({ remarks }) => remarks.map(({ id: remark, by }) => ({ by, name: nameOf(remark, remark) })));
  const ours = [...conversation, ...threads].filter(({ name }) => said.has(name));
  return new Set([talk.us, ...ours.flatMap(({ by }) => by ?? [])]);
}

const nameOf = (thread: number | null, comment: number | string): string => `${thread === null ? 'conversation' : 'thread'}/${comment}`;
