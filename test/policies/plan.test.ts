// The plan: which phases run, and the reason of each.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Classification } from '../../src/contracts/outputs.ts';
import { plan, runs, uiSign, type PlanFacts } from '../../src/policies/plan.ts';

const small: Classification = {
  taskComplexity: 'Small',
  riskLevel: 'Low',
  touchesUI: false,
  touchesArchitecture: false,
  touchesSecurity: false,
  taskMaturity: 'ready',
  reasons: { riskLevel: 'One function.' },
};
const facts = (more: Partial<PlanFacts> = {}): PlanFacts => ({
  pipeline: 'delivery',
  classification: small,
  title: 'Round the total',
  body: '',
  labels: [],
  ...more,
});
const reason = (more: Partial<PlanFacts>, phase: string): string | undefined =>
  plan(facts(more)).find((planned) => planned.phase === phase)?.because;

describe('the plan', () => {
  it('of a small change is code, review, request, merge', () => {
    const phases = plan(facts()).filter((planned) => planned.runs);
    expect(phases.map(({ phase }) => phase)).toEqual(['classify', 'code', 'review', 'request', 'merge', 'notify']);
  });

  it('of a quick task neither reviews nor merges', () => {
    const phases = plan(facts({ pipeline: 'quick' }));
    expect(phases.filter((planned) => planned.runs).map(({ phase }) => phase)).toEqual(['code', 'request', 'notify']);
    expect(runs(phases, 'merge')).toBe(false);
  });

  it('names what would be needed and can not be run', () => {
    const large = {
      ...small,
      taskComplexity: 'Large',
      touchesArchitecture: true,
      riskLevel: 'Critical',
      reasons: { riskLevel: 'Payments.' },
    } as const;
    expect(reason({ classification: large }, 'architecture-design')).toMatch(/^Needed \(it touches the architecture\), but this version/);
    expect(reason({ classification: large }, 'production-audit')).toMatch(/^Needed \(the risk is Critical: Payments\), but/);
    expect(reason({ classification: small }, 'architecture-design')).toBe('Not needed: it does not touch the architecture.');
    expect(reason({ classification: { ...small, taskMaturity: 'idea' } }, 'shaping')).toMatch(/^Needed \(the ticket is idea\)/);
  });

  it('is the most careful one where classification failed, and says so', () => {
    expect(reason({ classification: 'failed' }, 'production-audit')).toMatch(/classification failed: the most careful path/);
    expect(reason({ classification: 'none' }, 'discovery')).toMatch(/not classified yet: the most careful path/);
  });

  it.each([
    [{ title: 'Add a modal', body: '', labels: [] }, 'the word "modal"'],
    [{ title: 'Fix it', body: 'On the Dashboard.', labels: [] }, 'the word "Dashboard"'],
    [{ title: 'Fix it', body: '', labels: ['Frontend'] }, 'the label "Frontend"'],
    [{ title: 'Build the formula', body: 'A guide to fluid flows', labels: [] }, 'the word "flows"'],
    [{ title: 'Quick performance fix', body: 'suite', labels: ['bug'] }, null],
    [{ title: 'Fix it', body: '', labels: [], changed: ['src/a.ts', 'src/web/a.ts'] }, 'the changed path src/web/a.ts'],
    [{ title: 'Fix it', body: '', labels: [], changed: ['site/a.css'] }, 'the changed path site/a.css'],
    [{ title: 'Fix it', body: '', labels: [], changed: ['src/website.ts', 'docs/css.md'] }, null],
  ])('sees without a model whether %j touches the interface', (ticket, sign) => {
    expect(uiSign(ticket)).toBe(sign);
  });

  it('gives every phase once, each with a reason that is a sentence', () => {
    const classification = fc.constantFrom<PlanFacts['classification']>('none', 'failed', small, {
      ...small,
      touchesUI: true,
      riskLevel: 'High',
    });
    fc.assert(
      fc.property(fc.constantFrom('delivery', 'quick'), classification, fc.string(), (pipeline, known, title) => {
        const phases = plan(facts({ pipeline: pipeline, classification: known, title }));
        expect(new Set(phases.map(({ phase }) => phase)).size).toBe(phases.length);
        for (const { because } of phases) expect(because).toMatch(/^\p{Lu}.*[^.]\.$/su);
      }),
      { seed: 20_261_120 },
    );
  });
});
