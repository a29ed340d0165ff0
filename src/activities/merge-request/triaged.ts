// What a model has made of comments whose words do not tell, put in their places by whoever reads comments: the request's owner, and the merge
// lane, which must see the same blockers.
import type { Triaged } from '../../contracts/merge-request-snapshot.ts';
import type { MergeRequestRef } from '../../contracts/work.ts';
import { mayAsk } from '../../policies/merge-request-facts.ts';
import { triageKey } from '../../policies/merge-request-comments.ts';
import type { Store } from '../../store/store.ts';
import type { Said } from './comments.ts';

/** Those of strangers stay as they are: nobody is asked about them, whatever they say. */
export const withTriage = (store: Pick<Store, 'ledger'>, ref: MergeRequestRef, said: readonly Said[]): Promise<Said[]> =>
  Promise.all(
    said.map(async (one) => {
      const { comment } = one;
      if (comment.triage !== 'unsure' || !mayAsk(comment)) return one;
      const outcome = (await store.ledger.find({ key: triageKey(ref, comment.key) }))?.outcome as
        { readonly state: 'done'; readonly result: Triaged } | null | undefined;
      return outcome?.state === 'done' ? { ...one, comment: { ...comment, triage: outcome.result.triage } } : one;
    }),
  );
