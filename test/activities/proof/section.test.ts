// The section of a description that shows the proof: ours alone, in its place, and harmless.
import { describe, expect, it } from '@jest/globals';
import { proofSection, showsProof, withProof } from '../../../src/activities/proof/section.ts';
import type { Gate, MergeLogEntry, ProofRecord } from '../../../src/contracts/proof.ts';

const gate = (name: Gate['name'], more: Partial<Gate> = {}): Gate => ({
  name,
  needed: true,
  because: `${name} is fine.`,
  met: true,
  pending: false,
  byPeople: false,
  evidence: [],
  ...more,
});
const policy = { autoMerge: false, method: 'squash', testsNeeded: true, testChecks: [], personPaths: [], productionPaths: [] } as const;
const record: ProofRecord = {
  version: 1,
  request: 'github.com/o/r#7',
  number: 7,
  goal: null,
  head: 'c0ffee'.repeat(7),
  tree: 't',
  checks: [],
  ci: [],
  mergedAt: null,
  policy,
  base: { branch: 'main', commit: 'b' },
  verdict: 'unmet',
  gates: [
    gate('open'),
    gate('checks', { met: false, pending: true, because: 'Waiting for build.' }),
    gate('review', { because: '@octocat fixes #1 | <!-- signalbox:proof --> /lgtm' }),
    gate('security', { needed: false, met: false, because: 'Nothing asks for it.' }),
    gate('approval', { met: false, because: 'No person has approved.' }),
  ],
};
const merged: MergeLogEntry = {
  request: 'mr',
  repository: 'github.com/o/r',
  number: 7,
  head: 'c',
  sha: 'beef'.repeat(10),
  method: 'squash',
  by: 'bot',
  how: 'lane',
  policy,
  proof: 'p'.repeat(64),
  unmet: [],
  at: 0,
};

describe('the proof in a description', () => {
  it('tells how each gate stands, and how to hold it against the forge', () => {
    const section = proofSection(record, null);
    expect(section).toContain('2 of 4 gates met for c0ffeec0ffee');
    expect(section).toContain('| checks | waits |  |');
    expect(section).toContain('| security | not needed | Nothing asks for it. |');
    expect(section).toContain('| approval | **missing** | No person has approved. |');
    expect(section).toContain('`signalbox verify o/r#7`');
  });

  it('tells of the merge, and of what was missing when somebody else merged', () => {
    expect(proofSection(record, merged)).toContain('Merged (squash) as beefbeefbeef by bot; proof pppppppppppp.');
    const byHand = proofSection(record, { ...merged, how: 'other', by: 'ann', unmet: ['review'] });
    expect(byHand).toContain('by ann, not by Signalbox; not met: review.');
  });

  it('commands nobody, and no text can end it', () => {
    const section = proofSection(record, null);
    expect(section).not.toMatch(/@octocat|fixes #1|\| \/lgtm/);
    expect(section.match(/<!-- signalbox:proof -->/g)).toHaveLength(1);
  });

  it('is put at the end once, then kept in its place; what people wrote stays', () => {
    const before = 'What it does.\n\n- [ ] tick\n';
    const first = withProof(before, proofSection(record, null));
    expect(first.startsWith(before.trimEnd())).toBe(true);
    const edited = first.replace('- [ ] tick', '- [x] tick').concat('\nMore words.\n');
    const second = withProof(edited, proofSection(record, merged));
    expect(second).toContain('- [x] tick');
    expect(second.endsWith('\nMore words.\n')).toBe(true);
    expect(second.match(/gates met for/g)).toHaveLength(1);
    expect([showsProof(before), showsProof(second)]).toEqual([false, true]);
    expect(withProof(second, proofSection(record, merged))).toBe(second);
  });
});
