// Puts a request into the forge's merge queue, guarded by the id of its head, and takes it out again. The queue has one place for a request: a
// second is refused. What was put there and has left before anybody wrote it down shows in what the forge has counted.
import type { Octokit } from 'octokit';
import type { Cause, EffectOutcome } from '../../contracts/effect.ts';
import type { MergeAsk, MergeLaneAction } from '../../contracts/merge-lane.ts';
import type { Enqueued } from '../../contracts/merge-queue.ts';
import { whyRefused } from '../../policies/refusal.ts';
import type { Guarded } from '../effects/effect.ts';
import { graphqlRefusal } from '../forge/client.ts';
import { refusalIn } from '../forge/refusals.ts';
import type { GateDeps } from './gate-facts.ts';
import { lastLook } from './last-look.ts';
import { readQueue } from './queue.ts';

const DEADLINE_MS = 60_000;

const refused = (because: string) => ({ state: 'refused', because }) as const;

const ENQUEUE = /* GraphQL */ `
  mutation ($id: ID!, $head: GitObjectID!) {
    enqueuePullRequest(input: { pullRequestId: $id, expectedHeadOid: $head }) {
      mergeQueueEntry {
        enqueuedAt
      }
    }
  }
`;

export function enqueueEffect(
  deps: GateDeps,
  ask: MergeAsk,
  { before }: Extract<MergeLaneAction, { kind: 'enqueue' }>,
  cause: Cause,
): Guarded<Enqueued> {
  const { ref, head } = ask;
  return {
    ...{ kind: 'lane.enqueue', class: 'guarded', cause, deadlineMs: DEADLINE_MS },
    target: { owner: ref.owner, repo: ref.repo, number: ref.number, head },

    async probe(call) {
      const { us, entry, added, addedAt } = await readQueue(deps.forge(call), ref);
      const isOurs = entry === null ? added.times > before && added.by === us : entry.by === us;
      return isOurs ? { by: us, at: addedAt ?? '' } : undefined;
    },

    async act(call) {
      const because = await lastLook(deps, ask, call);
      if (because !== null) return refused(because);
      const octokit = deps.forge(call);
      const { id, us } = await readQueue(octokit, ref);
      return answered(async () => {
        type Answer = { readonly enqueuePullRequest: { readonly mergeQueueEntry: { readonly enqueuedAt: string } } };
        const { enqueuePullRequest } = await mutate<Answer>(octokit, ENQUEUE, { id, head });
        return { by: us, at: enqueuePullRequest.mergeQueueEntry.enqueuedAt };
      });
    },
  };
}

const DEQUEUE = /* GraphQL */ `
  mutation ($id: ID!) {
    dequeuePullRequest(input: { id: $id }) {
      clientMutationId
    }
  }
`;

export function dequeueEffect(
  deps: GateDeps,
  { ref, head }: MergeAsk,
  { because }: Extract<MergeLaneAction, { kind: 'dequeue' }>,
  cause: Cause,
): Guarded<object> {
  return {
    ...{ kind: 'lane.dequeue', class: 'guarded', cause, deadlineMs: DEADLINE_MS },
    target: { owner: ref.owner, repo: ref.repo, number: ref.number, head, because },

    async probe(call) {
      return (await readQueue(deps.forge(call), ref)).entry === null ? {} : undefined;
    },

    async act(call) {
      const octokit = deps.forge(call);
      const { id, us, entry } = await readQueue(octokit, ref);
      if (entry === null) return { state: 'done', result: {} };
      if (entry.by !== us) return refused(`${entry.by} has put it there.`);
      return answered(async () => {
        await mutate(octokit, DEQUEUE, { id });
        return {};
      });
    },
  };
}

const mutate = <Answer>(octokit: Octokit, mutation: string, variables: Readonly<Record<string, string>>): Promise<Answer> =>
  octokit.graphql<Answer>(mutation, variables);

/** What GraphQL says no to is an answer; that it could not answer is none. */
async function answered<Result>(act: () => Promise<Result>): Promise<EffectOutcome<Result>> {
  try {
    return { state: 'done', result: await act() };
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal !== undefined) return refused(whyRefused(refusal));
    const says = graphqlRefusal(error, ['UNPROCESSABLE']);
    if (says !== undefined) return refused(`The forge refused: ${says}`);
    throw error;
  }
}
