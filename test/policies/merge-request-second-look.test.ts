// Whoever has heard something looks once more soon, and no more often.
import { describe, expect, it } from '@jest/globals';
import type { MergeRequestAction } from '../../src/contracts/merge-request-actions.ts';
import { DEFAULT_MERGE_REQUEST_LIMITS, type MergeRequestLimits } from '../../src/policies/merge-request-facts.ts';
import { withSecondLook } from '../../src/policies/merge-request-second-look.ts';
import { always, policy } from '../../src/policies/policy.ts';

type ForWhom = Extract<MergeRequestAction, { kind: 'wait' }>['forWhom'];

type Facts = { readonly limits: MergeRequestLimits };

const decides = (action: MergeRequestAction, heard: boolean, lagSeconds = 6): MergeRequestAction => {
  const inner = policy<Facts, MergeRequestAction>({ id: 'r', when: always, because: () => 'b', then: () => action });
  return withSecondLook(inner, heard).decide({ limits: { ...DEFAULT_MERGE_REQUEST_LIMITS, lagSeconds } }).action;
};
const minutes = (forWhom: ForWhom, heard: boolean, atMostMinutes = 60): number | undefined => {
  const action = decides({ kind: 'wait', forWhom, atMostMinutes }, heard);
  return action.kind === 'wait' ? action.atMostMinutes : undefined;
};

describe('the second look', () => {
  it('is had soon after something was heard, at what is seen on the forge, and only then', () => {
    expect((['ci', 'reviewer', 'forge', 'people', 'operator'] as const).map((whom) => minutes(whom, true))).toEqual(Array(5).fill(0.1));
    expect((['ci', 'reviewer', 'forge', 'people', 'operator'] as const).map((whom) => minutes(whom, false))).toEqual(Array(5).fill(60));
    expect((['session', 'lane', 'upgrade'] as const).map((whom) => minutes(whom, true))).toEqual([60, 60, 60]);
    expect(minutes('forge', true, 0.05)).toBe(0.05);
  });

  it('is not had where the forge shows at once what it tells of', () => {
    const wait = { kind: 'wait', forWhom: 'ci', atMostMinutes: 60 } as const;
    expect([decides(wait, true), decides(wait, true, 0)]).toEqual([{ ...wait, atMostMinutes: 0.1 }, wait]);
  });

  it('changes nothing that is done', () => {
    const merge: MergeRequestAction = { kind: 'askMerge', key: 'k', head: 'h', escalated: null };
    expect(decides(merge, true)).toEqual(merge);
  });
});
