// What is left to do around a request that is over: its issue, the requests that stood on it, its branch, and what came of the merge.
import type { Aftermath, MergeRequestEffect } from '../../contracts/merge-request-actions.ts';
import type { NewMergeRequest } from '../../contracts/merge-request.ts';
import { mergeRequestId } from '../../contracts/work.ts';
import type { Store } from '../../store/store.ts';
import { done, type Convergent, type Part } from '../effects/effect.ts';
import { statusOf, type Forge } from '../forge/client.ts';

interface TidyUpDeps {
  readonly store: Store;
  readonly forge: Forge;
}

export const closeIssue = ({ forge }: TidyUpDeps, { ref: { owner, repo } }: NewMergeRequest, issue: number): Part<Convergent<null>> => ({
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
export const retarget = (
  { forge }: TidyUpDeps,
  { ref: { owner, repo } }: NewMergeRequest,
  { number, base }: Extract<MergeRequestEffect, { kind: 'retarget' }>,
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

type DeleteBranch = Extract<MergeRequestEffect, { kind: 'deleteBranch' }>;

/** Only where it still is where we know it: what somebody has pushed since is theirs. */
export const deleteBranch = (
  { forge }: TidyUpDeps,
  { ref: { owner, repo } }: NewMergeRequest,
  action: DeleteBranch,
): Part<Convergent<null>> => ({
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
