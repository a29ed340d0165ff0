// Every gate can hold a merge, and none lets it pass but by evidence for the very tree.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ForgeCheck, ForgeFacts, GateFacts } from '../../src/contracts/gates.ts';
import type { Classification } from '../../src/contracts/outputs.ts';
import { GATES, type Check, type CheckKind, type GateName } from '../../src/contracts/proof.ts';
import { gates, unmetOf, verdictOf } from '../../src/policies/gates.ts';
import { matches } from '../../src/policies/paths.ts';
import { soundsLikeTests } from '../../src/policies/test-checks.ts';

const classification: Classification = {
  taskComplexity: 'Small',
  riskLevel: 'Low',
  touchesUI: false,
  touchesArchitecture: false,
  touchesSecurity: false,
  taskMaturity: 'ready',
  reasons: {},
};
const check = (kind: CheckKind, outcome: Check['outcome'] = 'passed', tree = 'tree'): Check => ({
  id: `${kind}/${outcome}/${tree}`,
  repository: 'h/o/r',
  commit: 'head',
  tree,
  kind,
  name: 'verdict',
  outcome,
  at: 1,
  because: `${kind} ${outcome}.`,
  findings: null,
  session: null,
  evidence: null,
});
const approved = { by: 'ann', state: 'approved', commit: 'head', sameTree: true, mayWrite: true, isBot: false } as const;
const ci = (name: string, state: ForgeCheck['state'], more: Partial<ForgeCheck> = {}): ForgeCheck => ({
  name,
  state,
  ran: state === 'passed',
  app: 'github-actions',
  run: '1',
  url: null,
  evidence: 'e',
  ...more,
});
const now: ForgeFacts = {
  state: 'open',
  closedAt: null,
  title: 'Do it',
  draft: false,
  labels: [],
  author: 'bot',
  head: 'head',
  tree: 'tree',
  base: { branch: 'main', commit: 'base' },
  merge: 'clean',
  checks: [ci('build', 'passed')],
  required: ['build'],
  checksMayCome: false,
  approvalsRequired: 0,
  reviewDecision: null,
  conversations: { open: 0, mustBeResolved: false },
  alsoRequired: [],
  queue: false,
  reviews: [approved],
  files: ['src/a.ts'],
  merged: null,
  showsProof: false,
  footers: [],
};
/** Nothing is missing, with a person's approval. */
const ready: GateFacts = {
  now,
  checks: [check('review')],
  approvals: [],
  blockers: [],
  classification,
  ours: true,
  held: null,
  escalated: null,
  policy: { autoMerge: false, method: 'squash', testsNeeded: true, testChecks: [], personPaths: [], productionPaths: [] },
};
/** Nothing is missing, and no person is needed. */
const automatic: GateFacts = { ...ready, now: { ...now, reviews: [] }, policy: { ...ready.policy, autoMerge: true } };

const on = (facts: GateFacts, change: Partial<ForgeFacts>): GateFacts => ({ ...facts, now: { ...facts.now, ...change } });
const stateOf = (facts: GateFacts, name: GateName): string => {
  const gate = gates(facts).find((one) => one.name === name);
  if (gate === undefined) throw new Error(`no gate ${name}`);
  return !gate.needed ? 'not needed' : gate.met ? 'met' : gate.pending ? 'pending' : 'unmet';
};

describe('the gates', () => {
  it('pass when everything is there, by a person or without one', () => {
    expect(verdictOf(gates(ready))).toEqual({ state: 'passed' });
    expect(verdictOf(gates(automatic))).toEqual({ state: 'passed' });
    expect(gates(ready).map(({ name }) => name)).toEqual([...GATES]);
  });

  it.each<[GateName, string, string, GateFacts]>([
    ['open', 'unmet', 'is closed', on(ready, { state: 'closed' })],
    ['open', 'unmet', 'is merged', on(ready, { state: 'merged' })],
    ['open', 'unmet', 'is a draft', on(ready, { draft: true })],
    ['hold', 'unmet', '"Do-Not-Merge" holds', on(ready, { labels: ['bug', 'Do-Not-Merge'] })],
    ['hold', 'unmet', '"needs-human-review" holds', on(automatic, { labels: ['needs-human-review'] })],
    ['mergeable', 'unmet', 'conflicts with main', on(ready, { merge: 'conflict' })],
    ['mergeable', 'unmet', 'behind main', on(ready, { merge: 'behind' })],
    ['mergeable', 'unmet', 'what it asks for it does not show us', on(ready, { merge: 'blocked' })],
    ['mergeable', 'met', 'The merge queue of main can take it', on(ready, { queue: true })],
    ['mergeable', 'met', 'The merge queue of main can take it', on(ready, { queue: true, merge: 'behind' })],
    ['mergeable', 'unmet', 'conflicts with main', on(ready, { queue: true, merge: 'conflict' })],
    ['mergeable', 'met', 'The merge queue of main can take it', on(ready, { queue: true, merge: 'blocked' })],
    ['mergeable', 'pending', 'until the rest is there', on(ready, { queue: true, merge: 'blocked', checks: [ci('build', 'pending')] })],
    ['mergeable', 'unmet', 'asks for signed commits', on(ready, { merge: 'blocked', alsoRequired: ['signed commits'] })],
    [
      ...(['mergeable', 'unmet', '2 conversations are not resolved'] as const),
      on(ready, { merge: 'blocked', conversations: { open: 2, mustBeResolved: false } }),
    ],
    ['mergeable', 'pending', 'until the rest is there', on(ready, { merge: 'blocked', checks: [ci('build', 'pending')] })],
    ['mergeable', 'pending', 'until the rest is there', on(ready, { merge: 'blocked', approvalsRequired: 2 })],
    ['conversations', 'unmet', '1 conversation is not resolved', on(ready, { conversations: { open: 1, mustBeResolved: true } })],
    ['conversations', 'met', 'Every', on(ready, { conversations: { open: 0, mustBeResolved: true } })],
    ['forge-approvals', 'unmet', 'asks for more reviews', on(ready, { reviewDecision: 'review required' })],
    [
      ...(['forge-approvals', 'unmet', 'approval by code owners'] as const),
      on(ready, { approvalsRequired: 1, reviewDecision: 'review required', alsoRequired: ['approval by code owners'] }),
    ],
    ['forge-approvals', 'met', '1 of 1', on(ready, { approvalsRequired: 1, reviewDecision: 'approved' })],
    ['mergeable', 'pending', 'has not said yet', on(ready, { merge: 'pending' })],
    ['checks', 'unmet', 'build failed', on(ready, { checks: [ci('build', 'failed')] })],
    ['checks', 'unmet', 'lint failed', on(ready, { checks: [...now.checks, ci('lint', 'failed')] })],
    ['checks', 'pending', 'Waiting for build', on(ready, { checks: [ci('build', 'pending')] })],
    ['checks', 'pending', 'Waiting for deploy', on(ready, { required: ['build', 'deploy'] })],
    ['checks', 'pending', 'shows no check yet', on(ready, { checks: [], required: [], checksMayCome: true })],
    ['tests', 'unmet', 'Nothing has run', on(ready, { checks: [], required: [] })],
    ['tests', 'unmet', 'Nothing has run', on(ready, { checks: [ci('license/cla', 'passed', { app: 'cla-assistant' })], required: [] })],
    ['tests', 'unmet', 'Nothing has run', on(ready, { checks: [ci('ci', 'passed', { app: null })], required: [] })],
    [
      'tests',
      'unmet',
      'Nothing has run',
      on(ready, { checks: [ci('lint', 'passed'), ci('build', 'passed', { ran: false })], required: [] }),
    ],
    ['tests', 'met', 'build ran them', ready],
    [
      ...(['tests', 'met', 'jenkins/main ran them'] as const),
      on(
        { ...ready, policy: { ...ready.policy, testChecks: ['jenkins/**'] } },
        { checks: [ci('jenkins/main', 'passed', { app: null })], required: [] },
      ),
    ],
    [
      ...(['tests', 'unmet', 'Nothing has run'] as const),
      on({ ...ready, policy: { ...ready.policy, testChecks: ['jenkins/**'] } }, { checks: [ci('build', 'passed')] }),
    ],
    ['tests', 'unmet', 'tests failed', { ...ready, checks: [check('review'), check('tests', 'failed')] }],
    ['tests', 'pending', 'shows no check yet', on(ready, { checks: [], required: [], checksMayCome: true })],
    ['tests', 'met', 'tests passed', on({ ...ready, checks: [check('tests')] }, { checks: [], required: [] })],
    ['review', 'unmet', 'Nobody has reviewed', { ...ready, checks: [] }],
    ['review', 'unmet', 'Nobody has reviewed', { ...ready, checks: [check('review', 'passed', 'other tree')] }],
    ['review', 'unmet', 'review failed', { ...ready, checks: [check('review'), check('review', 'failed')] }],
    ['review', 'met', 'review passed', { ...ready, checks: [check('review', 'failed'), check('review')] }],
    [
      'architecture',
      'unmet',
      'touches the architecture',
      { ...automatic, classification: { ...classification, touchesArchitecture: true } },
    ],
    ['architecture', 'met', 'a person approved', { ...ready, classification: { ...classification, touchesArchitecture: true } }],
    ['production', 'unmet', 'risk is high', { ...automatic, classification: { ...classification, riskLevel: 'High' } }],
    ['production', 'unmet', 'changes src/a.ts', { ...automatic, policy: { ...automatic.policy, productionPaths: ['src/**'] } }],
    ['security', 'unmet', 'touches security', { ...automatic, classification: { ...classification, touchesSecurity: true } }],
    [
      ...(['security', 'unmet', 'security failed'] as const),
      { ...ready, checks: [check('review'), check('security', 'failed')], classification: { ...classification, touchesSecurity: true } },
    ],
    ['blocker', 'unmet', 'bob wants it stopped: "Do not merge."', { ...automatic, blockers: [{ by: 'bob', excerpt: 'Do not merge.' }] }],
    ['changes-requested', 'unmet', 'bob asked', on(ready, { reviews: [approved, { ...approved, by: 'bob', state: 'changes requested' }] })],
    [
      'changes-requested',
      'met',
      'Nobody',
      on(ready, { reviews: [approved, { ...approved, mayWrite: false, state: 'changes requested' }] }),
    ],
    ['forge-approvals', 'unmet', '0 of 1', on(automatic, { approvalsRequired: 1 })],
    ['forge-approvals', 'unmet', '1 of 2', on(ready, { approvalsRequired: 2 })],
    ['approval', 'unmet', 'nothing without a person', on(ready, { reviews: [] })],
    ['approval', 'unmet', 'nothing without a person', on(ready, { reviews: [{ ...approved, by: 'bot' }] })],
    ['approval', 'unmet', 'nothing without a person', on(ready, { reviews: [{ ...approved, mayWrite: false }] })],
    ['approval', 'unmet', 'nothing without a person', on(ready, { reviews: [{ ...approved, isBot: true }] })],
    ['approval', 'unmet', 'nothing without a person', on(ready, { reviews: [{ ...approved, commit: 'old', sameTree: false }] })],
    ['approval', 'met', 'nothing without a person', on(ready, { reviews: [{ ...approved, commit: 'old' }] })],
    ['approval', 'met', 'nothing without a person', on({ ...ready, approvals: [{ by: 'me', commit: 'head' }] }, { reviews: [] })],
    ['approval', 'unmet', 'not made by a task', { ...automatic, ours: false }],
    ['approval', 'unmet', 'three fixes failed', { ...automatic, escalated: 'three fixes failed.' }],
    ['approval', 'unmet', 'Nobody has classified', { ...automatic, classification: null }],
    ['approval', 'unmet', 'critical', { ...automatic, classification: { ...classification, riskLevel: 'Critical' } }],
    ['approval', 'unmet', 'changes .github/workflows/ci.yml', on(automatic, { files: ['.github/workflows/ci.yml'] })],
    ['approval', 'unmet', 'changes db/migrations/1.sql', on(automatic, { files: ['db/migrations/1.sql'] })],
    ['approval', 'unmet', 'changes package.json', on(automatic, { files: ['package.json'] })],
    [
      'approval',
      'unmet',
      'changes billing/a.ts',
      on({ ...automatic, policy: { ...automatic.policy, personPaths: ['billing/**'] } }, { files: ['billing/a.ts'] }),
    ],
  ])('%s is %s: %s', (name, state, because, facts) => {
    expect(stateOf(facts, name)).toBe(state);
    expect(gates(facts).find((gate) => gate.name === name)?.because).toContain(because);
    if (state === 'met') return;
    expect(verdictOf(gates(facts)).state).not.toBe('passed');
    expect(unmetOf(gates(facts))).toContain(name);
  });

  it('can do without tests where the workspace says so', () => {
    const facts = on({ ...ready, policy: { ...ready.policy, testsNeeded: false } }, { checks: [], required: [] });
    expect(stateOf(facts, 'tests')).toBe('not needed');
    expect(verdictOf(gates(facts))).toEqual({ state: 'passed' });
  });

  it('wait where only time is missing, and not where something else is missing too', () => {
    const waiting = on(ready, { merge: 'pending', checks: [ci('build', 'pending')] });
    expect(verdictOf(gates(waiting))).toMatchObject({ state: 'pending', because: expect.stringContaining('Waiting for build') });
    expect(verdictOf(gates(on(waiting, { labels: ['hold'] })))).toMatchObject({ state: 'unmet' });
  });

  it('no set of unmet gates passes', () => {
    const spoil: readonly ((facts: GateFacts) => GateFacts)[] = [
      (facts) => on(facts, { draft: true }),
      (facts) => on(facts, { state: 'closed' }),
      (facts) => on(facts, { labels: [...facts.now.labels, 'hold'] }),
      (facts) => on(facts, { merge: 'pending' }),
      (facts) => on(facts, { merge: 'conflict' }),
      (facts) => on(facts, { checks: [...facts.now.checks, ci('lint', 'failed')] }),
      (facts) => on(facts, { required: [...facts.now.required, 'deploy'] }),
      (facts) => ({ ...facts, checks: facts.checks.filter(({ kind }) => kind !== 'review') }),
      (facts) => ({ ...facts, checks: [...facts.checks, check('review', 'failed')] }),
      (facts) => on(facts, { tree: 'pushed meanwhile' }),
      (facts) => ({ ...facts, checks: [...facts.checks, check('tests', 'failed')] }),
      (facts) => on(facts, { reviews: [{ ...approved, by: 'bob', state: 'changes requested' }] }),
      (facts) => ({ ...facts, blockers: [{ by: 'bob', excerpt: 'NACK' }] }),
      (facts) => on(facts, { approvalsRequired: 3 }),
      (facts) => ({ ...on(facts, { reviews: [] }), approvals: [], policy: { ...facts.policy, autoMerge: false } }),
      (facts) => ({ ...on(facts, { reviews: [] }), approvals: [], ours: false }),
    ];
    const someFacts = fc.constantFrom(ready, automatic);
    fc.assert(
      fc.property(someFacts, fc.subarray([...spoil.keys()], { minLength: 1 }), (facts, which) => {
        const spoiled = which.reduce((so, at) => spoil[at]?.(so) ?? so, facts);
        expect(verdictOf(gates(spoiled)).state).not.toBe('passed');
        expect(unmetOf(gates(spoiled)).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('checks that can have run the tests', () => {
  it.each([
    ...['test', 'tests (node 24)', 'build', 'ci / unit', 'lint and test', 'integration', 'e2e-docs', 'check', 'style-check and specs'],
    ...['CI', 'ubuntu-latest', 'verify', 'coverage (unit tests)'],
  ])('%s', (name) => expect(soundsLikeTests({ name, app: 'github-actions' })).toBe(true));

  it.each([
    ...[
      'license/cla',
      'DCO',
      'lint',
      'ESLint',
      'spellcheck',
      'license check',
      'Lint Checks',
      'labeler',
      'CodeQL',
      'deploy preview',
      'docs',
    ],
    ...['Analyze (javascript)', 'semantic title', 'stale'],
  ])('and not %s', (name) => expect(soundsLikeTests({ name, app: 'github-actions' })).toBe(false));

  it('of programs that run tests', () => {
    const by = (app: string | null): boolean => soundsLikeTests({ name: 'build', app });
    expect(['github-actions', 'circleci-checks', 'buildkite', 'azure-pipelines', 'jenkins'].map(by)).not.toContain(false);
    expect([null, 'dco', 'codecov', 'snyk-io', 'vercel', 'sonarqubecloud', 'github-advanced-security'].map(by)).not.toContain(true);
  });
});

describe('where a person always looks', () => {
  it.each([
    ...['db/migrations/1.sql', 'db/schema.rb', 'queries/report.sql', 'prisma/schema.prisma', 'api/v1/user.proto'],
    ...['package.json', 'apps/web/package-lock.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lockb', 'go.sum', 'Cargo.lock', 'poetry.lock'],
    ...['uv.lock', 'dev-requirements.txt', 'requirements/base.txt', 'Gemfile.lock', 'composer.lock', 'gradle/libs.versions.toml'],
    ...['src/App/App.csproj', 'Package.resolved', 'flake.nix', '.gitmodules', '.npmrc'],
    ...['.github/workflows/ci.yml', '.gitlab-ci.yml', '.travis.yml', 'bitbucket-pipelines.yml', 'ci/Jenkinsfile', 'tools/setup/action.yml'],
    ...['.circleci/config.yml', 'azure-pipelines.yml', '.drone.yml', '.husky/pre-commit'],
    ...[
      'Dockerfile',
      'docker/prod.Dockerfile',
      'compose.yaml',
      'deploy/prod.yaml',
      'infra/main.tf',
      'k8s/app.yaml',
      'charts/app/values.yaml',
    ],
    ...['serverless.yml', 'terraform/x.json', 'Procfile'],
    ...['CODEOWNERS', 'docs/CODEOWNERS', '.mergify.yml', 'signalbox.yaml', 'services/a/signalbox.json', '.signalbox/policy.json'],
    ...['AGENTS.md', 'web/CLAUDE.md', '.cursor/rules/a.mdc', '.gitattributes'],
    ...['DB/Migrations/1.SQL', 'dockerfile', 'agents.MD', '.GitHub/Workflows/x.yml', 'Package.JSON'],
  ])('%s', (path) => {
    const gate = gates(on(automatic, { files: ['src/a.ts', path] })).find(({ name }) => name === 'approval');
    expect(gate).toMatchObject({ needed: true, met: false, because: expect.stringContaining(`It changes ${path}.`) });
  });

  it.each(['src/a.ts', 'docs/guide.md', 'src/schema.ts', 'src/package.ts', 'test/deploys.test.ts', 'lib/migrated.ts', 'src/compose.ts'])(
    'and not at %s',
    (path) => expect(stateOf(on(automatic, { files: [path] }), 'approval')).toBe('not needed'),
  );
});

describe('patterns of paths', () => {
  it.each([
    ['src/a.ts', 'src/**', true],
    ['src/deep/a.ts', 'src/**', true],
    ['lib/src/a.ts', 'src/**', false],
    ['a.tf', '**/*.tf', true],
    ['infra/x/a.tf', '**/*.tf', true],
    ['a.tfx', '**/*.tf', false],
    ['package.json', '**/package.json', true],
    ['apps/web/package.json', '**/package.json', true],
    ['my-package.json', '**/package.json', false],
    ['docs/a.b', 'docs/*', true],
    ['docs/a/b', 'docs/*', false],
    ['a+b/x', 'a+b/*', true],
    ['line\nbreak/x', '**', true],
    ['Docs/A.MD', 'docs/*.md', true],
  ])('%j is in %s: %s', (path, pattern, expected) => {
    expect(matches(path, pattern)).toBe(expected);
  });
});
