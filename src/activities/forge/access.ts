// Whether the accounts that work on something can still do it: their tokens hold, and they may write there. Looked at with every look at the
// work, so that what an identity has lost stops its work before anything is spent on it, and lets it go on when it is back.
import { isFor, purposesOf } from '../../contracts/identity.ts';
import type { RepositoryRef } from '../../contracts/work.ts';
import { byWhom, type Account, type Accounts } from './accounts.ts';
import { refusalIn } from './refusal-in.ts';
import { Refused } from './refused.ts';

export interface Begun {
  readonly as: string | undefined;
  readonly place: Pick<RepositoryRef, 'owner' | 'repo'>;
}

/** Looks as the identity that something was begun as; nothing is asked for what the installation does itself. @throws Refused */
export async function seeIdentity(accounts: Accounts, { as, place }: Begun): Promise<void> {
  const identity = accounts.identity(as);
  if (as === undefined || identity === null) return;
  const does = purposesOf(as);
  if (does.includes('commits')) accounts.committer(as);
  await see(identity, place, does.includes('requests') || does.includes('merges'));
}

/** Looks as everybody who works on it. @throws Refused */
export async function seeAll(accounts: Accounts, begun: Begun): Promise<void> {
  await seeIdentity(accounts, begun);
  await see(accounts.of(undefined, 'comments'), begun.place, !isFor(begun.as, 'requests') || !isFor(begun.as, 'merges'));
}

async function see(account: Account, { owner, repo }: Begun['place'], writes: boolean): Promise<void> {
  const asked = `${owner}/${repo}`;
  try {
    const { isArchived, mayPush } = await account.forge().repository({ owner, repo });
    if (isArchived) throw new Refused({ reason: 'archived', asked, says: 'It is read-only.' });
    if (writes && !mayPush) throw new Refused({ reason: 'rights', asked, says: 'It may not push there.' });
  } catch (error) {
    const refusal = refusalIn(error);
    throw refusal === undefined ? error : new Refused(byWhom(account, refusal));
  }
}
