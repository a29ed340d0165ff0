// As whom somebody wants work to be done: the words of `--as`, and whose token that is.
import type { Config } from '../../config/config.ts';
import { chosenIdentity } from '../../config/identities.ts';
import { identityName, INSTALLATION, isFor } from '../../contracts/identity.ts';
import { Problem } from './problem.ts';

/** What is kept with work that begins (contracts/identity.ts): null for the installation itself, undefined where nobody is named. */
export function identityNamed({ identities }: Pick<Config, 'identities'>, name: string | undefined): string | null | undefined {
  if (name === undefined) return undefined;
  try {
    return chosenIdentity(identities, name);
  } catch (error) {
    throw new Problem((error as Error).message);
  }
}

/** For people. */
export const nameOfIdentity = (as: string | null | undefined): string =>
  as === null || as === undefined ? INSTALLATION : identityName(as);

export interface Key {
  readonly token: string;
  /** Of the environment. */
  readonly variable: string;
}

/** The token of who pushes for work that is begun as this. Refused where it is not set. */
export function pusher({ identities, github }: Pick<Config, 'identities' | 'github'>, as: string | null | undefined): Key {
  const identity = isFor(as ?? undefined, 'requests') ? identities.find(({ name }) => name === nameOfIdentity(as)) : undefined;
  const [token, variable] = identity === undefined ? [github.token, 'GITHUB_TOKEN'] : [identity.token, identity.variable];
  if (token === undefined || token === '')
    throw new Problem(
      identity === undefined
        ? 'GITHUB_TOKEN is not set: it has to be a token that may push to the repository.'
        : `The identity ${identity.name} wants $${variable}, which is not set: it has to be a token that may push to the repository.`,
    );
  return { token, variable };
}
