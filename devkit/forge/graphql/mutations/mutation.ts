// What every mutation does beside its work: it hands the client's own id back, counts content, and asks for rights.
import { includes, roleOf } from '../../domain/permissions.ts';
import type { Scene } from '../../domain/scene.ts';
import type { Repository, Role } from '../../state/records.ts';
import type { Transaction } from '../../state/state.ts';
import type { Context, View } from '../context.ts';
import { problem } from '../problems.ts';

type Input = { readonly clientMutationId?: string | null };

/** A door: takes the input of a mutation, gives what its payload has beside the client's id. */
export const door =
  <Wish extends object>(work: (input: Wish) => View | Promise<View>) =>
  async ({ input }: { readonly input: Wish & Input }): Promise<View> => ({
    ...(await work(input)),
    clientMutationId: input.clientMutationId ?? null,
  });

/** The same for what writes a comment or the like, of which there may be only so many a minute. */
export const contentDoor = <Wish extends object>({ forge, rateKey }: Context, work: (input: Wish) => View | Promise<View>) =>
  door<Wish>((input) => {
    forge.rateLimits.countContent(rateKey);
    return work(input);
  });

export const inTransaction = <Result>({ forge, viewer }: Context, work: (scene: Scene) => Result): Result =>
  forge.state.transaction((transaction: Transaction) => work({ forge, transaction, actor: viewer }));

/**
 * Refuses those who may not do it, in GitHub's words.
 * @param role what one needs in the repository; `read`: whoever sees it
 * @param authorId who may do it in any case
 */
export function demand({ state, viewer }: Context, what: string, repository: Repository, role: Role, authorId?: number): void {
  const may = role === 'read' || viewer.id === authorId || includes(roleOf(state, repository, viewer), role);
  if (!may) throw problem('FORBIDDEN', `${viewer.login} does not have the correct permissions to execute \`${what}\``);
  if (repository.archived) throw problem('FORBIDDEN', 'Repository was archived so is read-only.');
}

export const refuse = (message: string): Error => problem('UNPROCESSABLE', message);
