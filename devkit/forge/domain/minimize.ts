// Hides a comment, a review comment or a review from those who read along, or shows it again. Webhooks tell nobody, as on GitHub.
import { fullName } from '../api/present/repository.ts';
import type { Records } from '../state/collections.ts';
import type { Scene } from './scene.ts';

type Minimizable = 'comment' | 'reviewComment' | 'review';

/** @param reason as GitHub shows it, for example `off-topic`; null: it is shown again */
export function minimize<Name extends Minimizable>(
  { transaction, actor }: Scene,
  name: Name,
  id: number,
  reason: string | null,
): Records[Name] {
  const before = transaction.need<Minimizable>(name, id);
  if (before.minimized === reason) return transaction.need(name, id);
  transaction.change<Minimizable>(name, id, { minimized: reason });
  transaction.effect({
    kind: reason === null ? 'comment.unminimized' : 'comment.minimized',
    actor: actor.login,
    repository: fullName(transaction, transaction.need('repository', before.repositoryId)),
    subject: `${name} ${id}`,
    details: { reason },
  });
  return transaction.need(name, id);
}
