// What a person is told when the forge refuses what only a person can allow, and what coordinators do that can't see anything then: they wait
// for that person, and look again now and then, because a token or a right may be mended without an answer.
import type { Refusal, StandingRefusal } from '../contracts/refusal.ts';
import { always, policy, type Policy } from './policy.ts';

/** How long until a refused look is tried again by itself. */
export const LOOK_AGAIN_MINUTES = 10;

const WHAT: Record<Refusal['reason'], (token: string) => string> = {
  token: (token) => `The forge does not accept ${token}: it is wrong or has expired`,
  rights: (token) => `${capital(token)} may not do this`,
  archived: () => 'The repository is archived',
  gone: (token) => `The forge shows nothing there, or not to ${token}`,
  identity: () => 'An identity can not be used',
  fork: (token) => `The branch is in a fork that takes no pushes of ${token} any more`,
};

const WHAT_TO_DO: Record<Refusal['reason'], (variable: string) => string> = {
  token: (variable) => `Set a valid ${variable}, then "signalbox down" and "signalbox up".`,
  rights: (variable) =>
    `Give the token write access to contents, issues and pull requests there, or set another ${variable} ("signalbox down", "up").`,
  archived: () => 'Take the repository out of the archive.',
  gone: () => 'Bring it back, or let the token see it.',
  identity: (variable) => `Mend it (${variable}, or the file of SIGNALBOX_IDENTITIES), then "signalbox down" and "signalbox up".`,
  fork: () =>
    'Ask the author for "Allow edits by maintainers" on the request, or have it only watched ("signalbox mr adopt --policy watch").',
};

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
const tokenOf = ({ whose }: Refusal): string => (whose === undefined ? 'the token' : `the token of the identity ${whose.identity}`);

export const whyRefused = (refusal: Refusal): string => `${WHAT[refusal.reason](tokenOf(refusal))} (${refusal.asked}: ${refusal.says}).`;

/** @param name of what the coordinator works on, for people */
export function questionAbout(name: string, refusal: Refusal): string {
  const { whose, reason, isSeen } = refusal;
  const variable = whose === undefined ? 'GITHUB_TOKEN' : whose.variable === undefined ? 'its entry' : `$${whose.variable}`;
  const then = isSeen === true ? `it goes on within ${LOOK_AGAIN_MINUTES} minutes, or at once when you confirm` : 'confirm, and it goes on';
  return `${name}: ${whyRefused(refusal)} ${WHAT_TO_DO[reason](variable)} Then ${then}.`;
}

export interface RefusedFacts {
  /** Name of what the coordinator works on, for people. */
  readonly name: string;
  readonly refusal: StandingRefusal;
}

type Wait = { readonly kind: 'wait'; readonly forWhom: 'operator'; readonly atMostMinutes: number };

/** For coordinators whose other rules all look at what the forge shows. */
export const refusedPolicy: Policy<RefusedFacts, Wait> = policy({
  id: 'forge-refuses',
  when: always,
  because: ({ refusal }) => whyRefused(refusal),
  then: () => ({ kind: 'wait', forWhom: 'operator', atMostMinutes: LOOK_AGAIN_MINUTES }),
});
