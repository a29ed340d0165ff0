// Whether an issue that is labelled as ready is worked on now. Pure; what it decides by is asked of the forge, never of the webhook that told.
import type { Action } from '../contracts/decision.ts';
import { READY_LABEL } from '../contracts/trigger.ts';
import { always, policy } from './policy.ts';

export interface ReadyFacts {
  /** "owner/repo#12". */
  readonly name: string;
  readonly state: 'open' | 'closed';
  readonly isRequest: boolean;
  readonly isLabelled: boolean;
  /** The newest time that the label was put on; null where the forge does not show it yet. */
  readonly mark: {
    readonly by: string;
    /** Whether they may write to the repository. */
    readonly mayStart: boolean;
    /** It was dealt with before. */
    readonly isKnown: boolean;
  } | null;
  /** Number of a request of ours for this issue that is open. */
  readonly request: number | null;
}

export type ReadyAction = Action & { readonly kind: 'ignore' | 'look again' | 'refuse' | 'tell' | 'start' };

export const readyPolicy = policy<ReadyFacts, ReadyAction>(
  {
    id: 'not-ready',
    when: ({ isLabelled }) => !isLabelled,
    because: ({ name }) => `${name} does not carry the label ${READY_LABEL}.`,
    then: () => ({ kind: 'ignore' }),
  },
  {
    id: 'is-a-request',
    when: ({ isRequest }) => isRequest,
    because: ({ name }) => `${name} is a request and no issue.`,
    then: () => ({ kind: 'ignore' }),
  },
  {
    id: 'is-closed',
    when: ({ state }) => state === 'closed',
    because: ({ name }) => `${name} is closed; it is looked at again when it is opened.`,
    then: () => ({ kind: 'ignore' }),
  },
  {
    id: 'mark-unseen',
    when: ({ mark }) => mark === null,
    because: ({ name }) => `The forge does not show yet who put the label on ${name}.`,
    then: () => ({ kind: 'look again' }),
  },
  {
    id: 'dealt-with',
    when: ({ mark }) => mark?.isKnown === true,
    because: ({ name }) => `This label of ${name} was dealt with before; put on again, it is another one.`,
    then: () => ({ kind: 'ignore' }),
  },
  {
    id: 'by-a-stranger',
    when: ({ mark }) => mark?.mayStart === false,
    because: ({ name, mark }) => `${mark?.by} may not write to the repository of ${name}, and so not start work there.`,
    then: () => ({ kind: 'refuse' }),
  },
  {
    id: 'request-open',
    when: ({ request }) => request !== null,
    because: ({ name, request }) => `${name} has an open request of ours, #${request}: close that, and put the label on again.`,
    then: () => ({ kind: 'tell' }),
  },
  {
    id: 'ready',
    when: always,
    because: ({ name, mark }) => `${mark?.by} wants ${name} worked on.`,
    then: () => ({ kind: 'start' }),
  },
);
