// What a global id names, as far as the viewer may see it; what one may not see does not exist.
import { fromNodeId } from '../../api/present/common.ts';
import { maySee } from '../../domain/permissions.ts';
import { seesComment, seesReview, threadsSeenBy } from '../../domain/review-visibility.ts';
import type { CollectionName, Records } from '../../state/collections.ts';
import type { PullRequest } from '../../state/records.ts';
import type { Context } from '../context.ts';
import { noNode } from '../problems.ts';

export function findNode<Name extends CollectionName>(context: Context, id: string, ...names: readonly Name[]): Records[Name] | undefined {
  const named = fromNodeId(id);
  const name = names.find((candidate) => candidate === named?.collection);
  if (named === undefined || name === undefined) return undefined;
  const document = context.state.get(name, named.id);
  return document !== undefined && isSeen(context, name, document) ? document : undefined;
}

export function needNode<Name extends CollectionName>(context: Context, id: string, ...names: readonly Name[]): Records[Name] {
  const document = findNode(context, id, ...names);
  if (document === undefined) throw noNode(id);
  return document;
}

/** The pull request of an id; of one half of it as well: REST gives both. */
export function pullRequestOf(context: Context, id: string): PullRequest {
  const document = needNode(context, id, 'pullRequest', 'issue');
  const pull = 'issueId' in document ? document : context.state.get('pullRequest', document.pullRequestId ?? 0);
  if (pull === undefined) throw noNode(id);
  return pull;
}

function isSeen(context: Context, name: CollectionName, document: Records[CollectionName]): boolean {
  const { state, viewer } = context;
  const within = 'repositoryId' in document ? state.get('repository', document.repositoryId) : undefined;
  if ('repositoryId' in document && (within === undefined || !maySee(state, within, viewer))) return false; // with its repository it went
  if (name === 'repository') return maySee(state, document as Records['repository'], viewer);
  if (name === 'review') return seesReview(document as Records['review'], viewer);
  if (name === 'reviewComment') return seesComment(state, document as Records['reviewComment'], viewer);
  if (name !== 'reviewThread') return true;
  const { pullRequestId } = document as Records['reviewThread'];
  return threadsSeenBy(state, state.need('pullRequest', pullRequestId), viewer).some(({ id }) => id === document.id);
}
