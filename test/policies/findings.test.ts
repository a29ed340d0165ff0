// Findings over rounds: what is the same, what counts, what is open.
import { describe, expect, it } from '@jest/globals';
import type { Finding, Findings } from '../../src/contracts/outputs.ts';
import { fingerprintOf, track, whyEscalated, type Round } from '../../src/policies/findings.ts';

const leak: Finding = {
  severity: 'major',
  category: 'security',
  file: 'src/log.ts',
  line: 10,
  title: 'Token is logged',
  detail: 'The token goes to the log.',
  suggestion: null,
};
const round = (findings: readonly Finding[], verified: Findings['verified'] = [], changed: Round['changed'] = null): Round => ({
  reports: [{ family: 'correctness', findings: { findings, verified } }],
  changed,
  fixed: changed !== null,
});
const fingerprint = fingerprintOf(leak);
const near = { 'src/log.ts': [[8, 12]] as const };
const far = { 'src/log.ts': [[100, 120]] as const };

const clean = { verdict: 'clean', because: 'Three rounds.' } as const;

describe('findings', () => {
  it('are the same whatever case, digits and punctuation their titles have', () => {
    expect(fingerprintOf({ ...leak, title: 'token is LOGGED (line 12)!' })).not.toBe(fingerprint);
    expect(fingerprintOf({ ...leak, title: 'Token is logged, 12.' })).toBe(fingerprint);
    expect(fingerprintOf({ ...leak, file: 'src/other.ts' })).not.toBe(fingerprint);
    expect(fingerprintOf({ ...leak, category: 'style' })).not.toBe(fingerprint);
  });

  it('of two reviewers that say the same are one', () => {
    const both: Round = {
      ...round([leak]),
      reports: [...round([leak]).reports, { family: 'production-risk', findings: { findings: [leak], verified: [] } }],
    };
    expect(track([both])).toMatchObject([{ family: 'correctness', found: 1, state: 'open', fixes: 0 }]);
  });

  it('stay open until their own family has seen them go', () => {
    expect(track([round([leak]), round([], [], near)])).toMatchObject([{ state: 'open', fixes: 1 }]);
    const fixed = { fingerprint, state: 'fixed', reason: 'gone' } as const;
    expect(track([round([leak]), round([], [fixed], near)])).toMatchObject([{ state: 'fixed', reason: 'gone' }]);
    const others: Round = {
      reports: [{ family: 'production-risk', findings: { findings: [], verified: [fixed] } }],
      changed: near,
      fixed: true,
    };
    expect(track([round([leak]), others])).toMatchObject([{ state: 'open' }]);
  });

  it('that are critical and outlive a fix leave the merge to a person, whatever becomes of them', () => {
    const critical = { ...leak, severity: 'critical' } as const;
    const fixed = { fingerprint, state: 'fixed', reason: 'gone' } as const;
    const three = [round([critical]), round([], [], near), round([], [fixed], near)];
    expect(track(three)).toMatchObject([{ state: 'fixed', fixes: 2 }]);
    expect(whyEscalated(track(three), clean)).toMatch(/outlived a fix \("Token is logged"\).*audits.*left out/);
    expect(whyEscalated(track(three.slice(0, 2)), clean)).not.toBeNull();
    expect(whyEscalated(track([round([critical]), round([], [fixed], near)]), clean)).toBeNull();
    expect(whyEscalated(track([round([leak]), round([], [], near)]), clean)).toBeNull();
  });

  it('leave the merge to a person for good where their review did not end well, though none was critical', () => {
    const person = { verdict: 'person', because: '"Token is logged" has withstood 3 fixes.' } as const;
    expect(whyEscalated(track([round([leak])]), person)).toBe(`A review of it has asked for a person: ${person.because}`);
    expect(whyEscalated([], { verdict: 'person', because: 'No report of correctness.' })).toContain('No report of correctness.');
    expect(whyEscalated([], clean)).toBeNull();
  });

  it('can be cleared as false positives, with the reason on record', () => {
    const cleared = { fingerprint, state: 'false positive', reason: 'a test fixture' } as const;
    expect(track([round([leak]), round([], [cleared], far)])).toMatchObject([{ state: 'false positive', reason: 'a test fixture' }]);
  });

  it('count from the second round on only if they are grave and on lines that changed', () => {
    const other = { ...leak, title: 'Another thing' };
    expect(track([round([]), round([other], [], near)])).toHaveLength(1);
    expect(track([round([]), round([other], [], far)])).toHaveLength(0);
    expect(track([round([]), round([{ ...other, severity: 'minor' }], [], near)])).toHaveLength(0);
    expect(track([round([]), round([{ ...other, line: null }], [], far)])).toHaveLength(1);
    expect(track([round([]), round([{ ...other, file: 'src/untouched.ts' }], [], near)])).toHaveLength(0);
  });

  it('do not grow in severity where nothing changed', () => {
    const minor = { ...leak, severity: 'minor' as const };
    expect(track([round([minor]), round([{ ...leak, severity: 'critical' }], [], far)])).toMatchObject([{ severity: 'minor' }]);
  });

  it('are open again when they come back on lines that changed', () => {
    const fixed = { fingerprint, state: 'fixed', reason: 'gone' } as const;
    const rounds = [round([leak]), round([], [fixed], near), round([{ ...leak, line: 11 }], [], near)];
    expect(track(rounds)).toMatchObject([{ state: 'open', line: 11 }]);
  });

  it('keep the count of fixes of an earlier review', () => {
    const [before] = track([round([leak]), round([], [], near)]);
    expect(track([round([leak])], before === undefined ? [] : [before])).toMatchObject([{ fixes: 1 }]);
  });
});
