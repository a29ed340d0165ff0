// Whether a label lets work begin, rule by rule.
import { describe, expect, it } from '@jest/globals';
import { readyPolicy, type ReadyFacts } from '../../src/policies/ready.ts';

const mark = { by: 'ann', mayStart: true, isKnown: false };
const facts: ReadyFacts = { name: 'o/r#1', state: 'open', isRequest: false, isLabelled: true, mark, request: null };

describe('an issue that is labelled as ready', () => {
  it.each<[string, string, Partial<ReadyFacts>]>([
    ['ready', 'start', {}],
    ['not-ready', 'ignore', { isLabelled: false }],
    ['is-a-request', 'ignore', { isRequest: true }],
    ['is-closed', 'ignore', { state: 'closed' }],
    ['mark-unseen', 'look again', { mark: null }],
    ['dealt-with', 'ignore', { mark: { ...mark, isKnown: true } }],
    ['by-a-stranger', 'refuse', { mark: { ...mark, mayStart: false } }],
    ['request-open', 'tell', { request: 7 }],
  ])('%s: %s', (rule, kind, given) => {
    expect(readyPolicy.decide({ ...facts, ...given })).toMatchObject({ rule, action: { kind }, because: expect.stringContaining('o/r#1') });
  });
});
