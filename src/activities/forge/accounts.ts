// The accounts of an installation, and which of them does what (X6): its own (`GITHUB_TOKEN`), and those of the file of identities. What an
// identity can't do stays undone, as a refusal that names it; nothing is ever done by another account instead.
import type { Authorship } from '../../contracts/authorship.ts';
import { AS_USER, asText, identityName, isFor, purposesOf, type Identity, type Purpose } from '../../contracts/identity.ts';
import type { Refusal, Whose } from '../../contracts/refusal.ts';
import { sshSigner, type Sign } from '../../git/signing.ts';
import type { Forge } from './provider.ts';
import { Refused } from './refused.ts';

export interface Account {
  /** Undefined: the installation's own. */
  readonly whose: Whose | undefined;
  /** @throws Refused where the account can't be used */
  readonly forge: Forge;
  /** For git over HTTP. @throws Refused where the account can't be used */
  readonly token: () => string | undefined;
}

/** In whose name commits are made, and how they are signed. */
export interface Committer {
  readonly authorship: Authorship;
  readonly sign: Sign | undefined;
}

export interface Accounts {
  /** Who does this of what was begun as `as`. */
  of(as: string | undefined, purpose: Exclude<Purpose, 'commits'>): Account;
  /** @throws Refused where the identity can't sign */
  committer(as: string | undefined): Committer;
  /** The identity's account, whatever it is used for; null for what was begun as the installation itself. */
  identity(as: string | undefined): Account | null;
  /** The installation's own, and those of the identities that have a token. */
  all(): readonly Account[];
  /** Login of the person in whose name requests are opened; undefined where that is no person's. @throws Refused, and what the forge throws */
  onBehalfOf(as: string | undefined): Promise<string | undefined>;
}

export interface AccountsOptions {
  readonly own: { readonly forge: Forge; readonly token: string | undefined; readonly committer: Committer };
  readonly identities: readonly Identity[];
  /** A client with this token. */
  readonly open: (token: string) => Forge;
  /** Why an identity can't sign; undefined where it can, or need not. */
  readonly signers: ReadonlyMap<string, Awaited<ReturnType<typeof sshSigner>>>;
}

export function createAccounts({ own, identities, open, signers }: AccountsOptions): Accounts {
  const installation: Account = { whose: undefined, forge: own.forge, token: () => own.token };
  const forges = new Map(identities.flatMap(({ name, token }) => (token === undefined ? [] : [[name, open(token)] as const])));

  function identityOf(as: string): Account {
    const name = identityName(as);
    const identity = identities.find((one) => one.name === name);
    const whose = whoseOf(as, identity);
    const problem = whatIsWrong(as, identity);
    const usable = <T>(value: T | undefined): T => {
      if (problem !== null || value === undefined) throw new Refused(unusable(whose, problem ?? NOT_THERE));
      return value;
    };
    return { whose, forge: (call) => usable(forges.get(name))(call), token: () => usable(identity?.token) };
  }

  const accounts: Accounts = {
    of: (as, purpose) => (isFor(as, purpose) ? identityOf(as) : installation),
    committer(as) {
      if (!isFor(as, 'commits')) return own.committer;
      const identity = identities.find(({ name }) => name === identityName(as));
      const whose = whoseOf(as, identity);
      if (identity === undefined) throw new Refused(unusable(whose, NOT_THERE));
      const signer = signers.get(identity.name);
      if (signer !== undefined && 'problem' in signer) throw new Refused(unusable(whose, signer.problem));
      const { author, coAuthor } = own.committer.authorship;
      // Nobody who reads the history shall take it for the work of that person alone.
      const disclosed = identity.actAsUser ? `${author.name} <${author.email}>` : null;
      return {
        authorship: { author: identity.author ?? author, coAuthor: coAuthor ?? disclosed },
        // A signature belongs to its author.
        sign: signer?.sign ?? (identity.author === undefined ? own.committer.sign : undefined),
      };
    },
    identity: (as) => (as === undefined ? null : identityOf(as)),
    all: () => [installation, ...identities.filter(({ token }) => token !== undefined).map((one) => identityOf(asText(one)))],
    async onBehalfOf(as) {
      const identity = isFor(as, 'requests') ? identities.find(({ name }) => name === identityName(as)) : undefined;
      if (identity?.actAsUser !== true) return undefined;
      return (await accounts.of(as, 'requests').forge().account()) ?? undefined;
    },
  };
  return accounts;
}

/** The same refusal, with the identity that it was told to. */
export const byWhom = ({ whose }: Pick<Account, 'whose'>, refusal: Refusal): Refusal => ({
  ...(whose !== undefined && { whose }),
  ...refusal,
});

/** Null: nothing is in its way. */
function whatIsWrong(as: string, identity: Identity | undefined): string | null {
  if (identity === undefined) return NOT_THERE;
  if (identity.token === undefined) return `$${identity.variable} is not set.`;
  // What had begun before it was said to be a person's account.
  if (identity.actAsUser && !purposesOf(as).every((one) => AS_USER.includes(one)))
    return `This was begun for ${purposesOf(as).join(', ')}, and in the name of a person (actAsUser) there are only ${AS_USER.join(' and ')}.`;
  return null;
}

const NOT_THERE = 'It is not in the file any more (SIGNALBOX_IDENTITIES).';

const whoseOf = (as: string, identity: Identity | undefined): Whose => ({
  identity: identityName(as),
  ...(identity !== undefined && { variable: identity.variable }),
});

const unusable = (whose: Whose, says: string): Refusal => ({ reason: 'identity', asked: `identity ${whose.identity}`, says, whose });

/** Tries the keys of all identities that have one: what can't sign is known before it has to. */
export async function signersOf(identities: readonly Identity[]): Promise<AccountsOptions['signers']> {
  const found = identities.flatMap(({ name, signingKey }) => (signingKey === undefined ? [] : [{ name, signingKey }]));
  return new Map(await Promise.all(found.map(async ({ name, signingKey }) => [name, await sshSigner(signingKey)] as const)));
}

/** The same, as the account that reads and speaks for what was begun as this. */
export const speakingFor = <Deps extends { readonly accounts: Accounts }>(
  deps: Deps,
  as: string | undefined,
): Deps & { readonly forge: Forge } => ({
  ...deps,
  forge: deps.accounts.of(as, 'comments').forge,
});
