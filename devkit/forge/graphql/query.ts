// What can be asked for.
import { timestamp } from '../api/present/common.ts';
import { fromNodeId } from '../api/present/common.ts';
import { findRepository, maySee } from '../domain/permissions.ts';
import type { CollectionName, Records } from '../state/collections.ts';
import type { Context, View } from './context.ts';
import { fromPartId } from './part-ids.ts';
import { noNode, problem } from './problems.ts';
import { userView } from './views/actor.ts';
import { checkRunView, checkSuiteView, statusContextView } from './views/checks.ts';
import { issueCommentView, issueView, labelView, milestoneView } from './views/issue.ts';
import { findNode } from './views/lookup.ts';
import { mergeQueueEntryView } from './views/merge-queue.ts';
import { partView } from './views/part.ts';
import { pullRequestView } from './views/pull-request.ts';
import { repositoryView } from './views/repository.ts';
import { reviewCommentView, reviewThreadView, reviewView } from './views/review.ts';
import { eventView } from './views/timeline.ts';

export function queryView(context: Context): View {
  const { forge, state, viewer, rateKey, cost } = context;
  return {
    viewer: () => userView(context, viewer),
    user: ({ login }: { login: string }) => {
      const user = state.first('user', 'login', login.toLowerCase());
      if (user?.type !== 'User') throw problem('NOT_FOUND', `Could not resolve to a User with the login of '${login}'.`);
      return userView(context, user);
    },
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const repository = findRepository(state, owner, name);
      if (repository === undefined || !maySee(state, repository, viewer))
        throw problem('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
      return repositoryView(context, repository);
    },
    node: ({ id }: { id: string }) => nodeView(context, id),
    nodes: ({ ids }: { ids: readonly string[] }) => {
      if (ids.length > 100) throw problem('UNPROCESSABLE', 'You may not provide more than 100 node ids.');
      return ids.map((id) => () => nodeView(context, id)).map(settled);
    },
    rateLimit: () => {
      const { limit, used, remaining, reset } = forge.rateLimits.limit(rateKey, 'graphql');
      return { cost: cost.points, nodeCount: cost.nodes, limit, used, remaining, resetAt: timestamp(reset * 1_000) };
    },
  };
}

/** One node that is not there is an error of its own; the others are answered. */
const settled = async (look: () => Promise<View>): Promise<View> => look();

const VIEWS: { readonly [Name in CollectionName]?: (context: Context, document: Records[Name]) => View | undefined } = {
  user: userView,
  repository: repositoryView,
  issue: issueView,
  pullRequest: pullRequestView,
  comment: issueCommentView,
  review: reviewView,
  reviewThread: (context, thread) => reviewThreadView(context, thread),
  reviewComment: (context, comment) => reviewCommentView(context, comment),
  label: labelView,
  milestone: milestoneView,
  checkSuite: checkSuiteView,
  checkRun: checkRunView,
  commitStatus: statusContextView,
  mergeQueueEntry: mergeQueueEntryView,
  issueEvent: (context, event) => {
    const { pullRequestId } = context.state.need('issue', event.issueId);
    return eventView(context, event, pullRequestId === null ? null : context.state.need('pullRequest', pullRequestId));
  },
};

async function nodeView(context: Context, id: string): Promise<View> {
  const part = fromPartId(id);
  if (part !== undefined) {
    const found = await partView(context, part);
    if (found === undefined) throw noNode(id);
    return found;
  }
  const named = fromNodeId(id);
  const compose =
    named === undefined ? undefined : (VIEWS[named.collection] as ((context: Context, document: unknown) => View | undefined) | undefined);
  const document = named === undefined || compose === undefined ? undefined : findNode(context, id, named.collection);
  const view = document === undefined ? undefined : compose?.(context, document);
  if (view === undefined) throw noNode(id);
  return view;
}
