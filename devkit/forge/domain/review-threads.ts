// Threads are resolved and opened again by whoever opened the request or may write.
import type { Forge } from '../forge.ts';
import { forbidden } from '../http/reply.ts';
import type { ReviewThread, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { includes, roleOf } from './permissions.ts';
import { announceThread } from './review-events.ts';
import { placeFinder } from './review-places.ts';

export function mayResolve(state: Reader, thread: ReviewThread, user: User | null): boolean {
  const pull = state.need('pullRequest', thread.pullRequestId);
  const isAuthor = user !== null && state.need('issue', pull.issueId).authorId === user.id;
  return isAuthor || includes(roleOf(state, state.need('repository', thread.repositoryId), user), 'write');
}

/** Doing it once more changes nothing and tells nobody. */
export async function resolveThread(forge: Forge, thread: ReviewThread, actor: User, resolve: boolean): Promise<ReviewThread> {
  if (!mayResolve(forge.state, thread, actor)) throw forbidden(`${actor.login} does not have permission to resolve the review thread`);
  const pull = forge.state.need('pullRequest', thread.pullRequestId);
  const now = await placeFinder(forge, forge.state, pull)(thread);
  return forge.state.transaction((transaction) => {
    const current = transaction.need('reviewThread', thread.id);
    if ((current.resolvedBy !== null) === resolve) return current;
    const changed = transaction.change('reviewThread', thread.id, { resolvedBy: resolve ? actor.id : null });
    announceThread({ forge, transaction, pull, actor }, changed, resolve ? 'resolved' : 'unresolved', now);
    return changed;
  });
}
