// What a person is told when the forge refuses what only a person can allow, and what coordinators do that can't see anything then: they wait
// for that person, and look again now and then, because a token or a right may be mended without an answer.
import type { Refusal, StandingRefusal } from '../contracts/refusal.ts';
import { always, policy, type Policy } from './policy.ts';

/** How long until a refused look is tried again by itself. */
export const LOOK_AGAIN_MINUTES = 10;

const WHAT: Record<Refusal['reason'], string> = {
  token: 'The forge does not accept the token: it is wrong or has expired',
  rights: 'The token may not do this',
  archived: 'The repository is archived',
  gone: 'The forge shows nothing there, or not to this token',
};

const WHAT_TO_DO: Record<Refusal['reason'], string> = {
  token: 'Set a valid GITHUB_TOKEN, then "signalbox down" and "signalbox up".',
  rights: 'Give the token write access to contents, issues and pull requests there, or set another GITHUB_TOKEN ("signalbox down", "up").',
  archived: 'Take the repository out of the archive.',
  gone: 'Bring it back, or let the token see it.',
};

export const whyRefused = ({ reason, asked, says }: Refusal): string => `${WHAT[reason]} (${asked}: ${says}).`;

/** @param name of what the coordinator works on, for people */
export const questionAbout = (name: string, refusal: Refusal): string =>
  `${name}: ${whyRefused(refusal)} ${WHAT_TO_DO[refusal.reason]} Then confirm, and it goes on.`;

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
