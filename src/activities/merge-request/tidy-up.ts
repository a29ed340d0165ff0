// What is left to do around a request that is over: its issue, the requests that stood on it, its branch, and what came of the merge.
import type { Aftermath, MergeRequestEffect } from '../../contracts/merge-request-actions.ts';
import type { NewMergeRequest } from '../../contracts/merge-request.ts';
import { mergeRequestId } from '../../contracts/work.ts';
import type { Store } from '../../store/store.ts';
import { done, type Convergent, type Part } from '../effects/effect.ts';
import type { Forge } from '../forge/provider.ts';

interface TidyUpDeps {
  readonly store: Store;
  readonly forge: Forge;
}

export const closeIssue = ({ forge }: TidyUpDeps, { ref }: NewMergeRequest, issue: number): Part<Convergent<null>> => ({
  class: 'convergent',
  act: (call) => forge(call).closeIssue({ ...ref, number: issue }),
});

/** Refused where the forge will not have it: a request from that branch into that base is open already, say. */
export const retarget = (
  { forge }: TidyUpDeps,
  { ref }: NewMergeRequest,
  { number, base }: Extract<MergeRequestEffect, { kind: 'retarget' }>,
): Part<Convergent<null>> => ({
  class: 'convergent',
  act: (call) => forge(call).retarget({ ...ref, number }, base),
});

type DeleteBranch = Extract<MergeRequestEffect, { kind: 'deleteBranch' }>;

/** Only where it still is where we know it: what somebody has pushed since is theirs. */
export const deleteBranch = ({ forge }: TidyUpDeps, { ref }: NewMergeRequest, { branch, head }: DeleteBranch): Part<Convergent<null>> => ({
  class: 'convergent',
  act: (call) => forge(call).deleteBranch(ref, branch, head),
});

/** Rows of ours alone: asked for again, they are the same ones. The notice waits also when the owner of the request has ended. */
export const recordAftermath = ({ store }: TidyUpDeps, { ref }: NewMergeRequest, seen: Aftermath): Part<Convergent<null>> => ({
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
