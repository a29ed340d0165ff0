// CI from a push to its checks, as those who push and look see it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cloned, ended, job, jobsOf, logOf, push, pushed, runsAt, workflow, type CiRepository } from './ci-support.ts';
import { eventually, startTestForge, type TestForge } from './harness.ts';

let forge: TestForge;
let repository: CiRepository;
beforeAll(async () => {
  forge = await startTestForge();
  repository = await cloned(forge);
});
afterAll(() => forge.stop());

const names = (jobs: readonly { name: string; conclusion: string | null }[]): string[] =>
  jobs.map(({ name, conclusion }) => `${name}: ${conclusion ?? 'none'}`);

describe('a push', () => {
  it('runs the commands of the workflow in a clean clone and reports success', async () => {
    const file = workflow(
      `  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - name: Say it
        run: cat greeting.txt && git status --short && node -p '6*7'
`,
    );
    const { sha, run, jobs } = await pushed(forge, repository, { ...file, 'greeting.txt': 'hello from the commit\n' });
    expect(run).toMatchObject({ name: 'CI', conclusion: 'success', event: 'push', head_sha: sha, head_branch: 'main', run_attempt: 1 });
    expect(jobs[0]?.steps?.map(({ number, name, conclusion }) => `${number} ${name}: ${conclusion ?? ''}`)).toEqual([
      '1 Set up job: success',
      '2 Run actions/checkout@v4: success',
      '3 Run actions/setup-node@v4: success',
      '4 Say it: success',
      '5 Complete job: success',
    ]);
    const log = await logOf(forge, repository, jobs[0] ?? { id: 0 });
    expect(log).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{7}Z hello from the commit$/m);
    expect(log).toMatch(/Z ##\[group\]Run cat greeting.txt/);
    expect(log).toMatch(/Z 42$/m);
    const { data: checks } = await forge.as('reader').rest.checks.listForRef({ owner: 'owner', repo: repository.repo, ref: sha });
    expect(checks.check_runs).toEqual([
      expect.objectContaining({
        name: 'test',
        status: 'completed',
        conclusion: 'success',
        app: expect.objectContaining({ slug: 'github-actions' }),
      }),
    ]);
  });

  it('that breaks the commands is a failure whose log and annotation say why', async () => {
    const { sha, run, jobs } = await pushed(
      forge,
      repository,
      workflow(job('test', 'echo before', 'echo "::error file=a.ts,line=3,title=Wrong::It is 41"; exit 3', 'echo after')),
    );
    expect(run.conclusion).toBe('failure');
    expect(jobs[0]?.steps?.map(({ conclusion }) => conclusion)).toEqual(['success', 'success', 'failure', 'skipped', 'success']);
    const log = await logOf(forge, repository, jobs[0] ?? { id: 0 });
    expect(log).toContain('##[error]Process completed with exit code 3.');
    expect(log).not.toMatch(/Z after/);
    const { data: checks } = await forge.as('reader').rest.checks.listForRef({ owner: 'owner', repo: repository.repo, ref: sha });
    const [check] = checks.check_runs;
    const { data: annotations } = await forge
      .as('reader')
      .rest.checks.listAnnotations({ owner: 'owner', repo: repository.repo, check_run_id: check?.id ?? 0 });
    expect(annotations).toEqual([
      expect.objectContaining({ path: 'a.ts', start_line: 3, annotation_level: 'failure', message: 'It is 41', title: 'Wrong' }),
      expect.objectContaining({ path: '.github', message: 'Process completed with exit code 3.' }),
    ]);
  });
});

describe('jobs that need others', () => {
  it('start after them with their outputs, and are skipped when one fails, unless they say otherwise', async () => {
    const jobs = `  first:
    runs-on: ubuntu-latest
    outputs: { word: '\${{ steps.say.outputs.word }}', lines: '\${{ steps.say.outputs.lines }}' }
    steps:
      - id: say
        run: |
          echo "word=blue" >> "$GITHUB_OUTPUT"
          printf 'lines<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_OUTPUT"
  second:
    needs: first
    runs-on: ubuntu-latest
    steps:
      - run: echo "got \${{ needs.first.outputs.word }} \${{ needs.first.outputs.lines }}"
      - run: exit 1
  third:
    needs: [first, second]
    runs-on: ubuntu-latest
    steps: [{ run: echo never }]
  last:
    needs: second
    if: always() && needs.second.result == 'failure'
    runs-on: ubuntu-latest
    steps: [{ run: echo at last }]
`;
    const { run, jobs: ran } = await pushed(forge, repository, workflow(jobs));
    expect(run.conclusion).toBe('failure');
    expect(names(ran).sort()).toEqual(['first: success', 'last: success', 'second: failure', 'third: skipped']);
    const log = await logOf(forge, repository, ran.find(({ name }) => name === 'second') ?? { id: 0 });
    expect(log).toMatch(/Z got blue one\n.*Z two\n/);
  });

  it('may be a matrix that an earlier job has worked out', async () => {
    const jobs = `  plan:
    runs-on: ubuntu-latest
    outputs: { matrix: '\${{ steps.make.outputs.matrix }}' }
    steps: [{ id: make, run: 'echo ''matrix={"n":[1,2]}'' >> "$GITHUB_OUTPUT"' }]
  test:
    needs: plan
    strategy: { matrix: '\${{ fromJSON(needs.plan.outputs.matrix) }}' }
    runs-on: ubuntu-latest
    steps: [{ run: 'echo number \${{ matrix.n }} of \${{ strategy.job-total }}' }]
`;
    const { run, jobs: ran } = await pushed(forge, repository, workflow(jobs));
    expect([run.conclusion, ...names(ran)]).toEqual(['success', 'plan: success', 'test (1): success', 'test (2): success']);
    expect(await logOf(forge, repository, ran[2] ?? { id: 0 })).toContain('number 2 of 2');
  });
});

describe('steps', () => {
  it('hand on variables, paths and outputs, heed if and continue-on-error, and know the run', async () => {
    const jobs = `  test:
    runs-on: ubuntu-latest
    env: { COLOR: red }
    defaults: { run: { working-directory: sub } }
    steps:
      - uses: actions/checkout@v4
      - run: |
          mkdir -p "$RUNNER_TEMP/bin" && printf '#!/bin/sh\\necho from my tool\\n' > "$RUNNER_TEMP/bin/tool" && chmod +x "$RUNNER_TEMP/bin/tool"
          echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
          echo "SHAPE=round" >> "$GITHUB_ENV"
          echo "# Summary of it" >> "$GITHUB_STEP_SUMMARY"
      - { id: try, run: exit 1, continue-on-error: true }
      - run: echo "tried \${{ steps.try.outcome }} \${{ steps.try.conclusion }} $COLOR $SHAPE $(tool) $(basename "$PWD")"
      - { if: failure(), run: echo not this }
      - run: echo "$GITHUB_REPOSITORY $GITHUB_REF $GITHUB_EVENT_NAME $GITHUB_ACTOR \${{ github.event.after == github.sha }} \${{ github.event.repository.name }}"
      - { shell: "node {0}", run: "console.log('node', 6 * 7)" }
      - run: echo "hash \${{ hashFiles('sub/*.txt') }}|\${{ hashFiles('none') }}"
      - run: 'echo "::add-mask::s3cret"; echo "the s3cret is out"'
`;
    const { sha, run, jobs: ran } = await pushed(forge, repository, { ...workflow(jobs), 'sub/a.txt': 'a' });
    const log = await logOf(forge, repository, ran[0] ?? { id: 0 });
    expect([run.conclusion, log]).toEqual(['success', expect.stringContaining('tried failure success red round from my tool sub')]);
    expect(log).not.toContain('Z not this');
    expect(log).toContain(`owner/${repository.repo} refs/heads/main push writer true ${repository.repo}`);
    expect(log).toContain('node 42');
    expect(log).toMatch(/hash [0-9a-f]{64}\|/);
    expect(log).toContain('the *** is out');
    const { data: checks } = await forge.as('reader').rest.checks.listForRef({ owner: 'owner', repo: repository.repo, ref: sha });
    expect(checks.check_runs[0]?.output.summary).toContain('# Summary of it');
  });

  it('that use an unknown action fail, with a line that says so', async () => {
    const { run, jobs: ran } = await pushed(
      forge,
      repository,
      workflow('  test:\n    runs-on: x\n    steps:\n      - uses: docker/build-push-action@v5\n      - run: echo after\n'),
    );
    expect(run.conclusion).toBe('failure');
    expect(await logOf(forge, repository, ran[0] ?? { id: 0 })).toContain('The forge does not run the action docker/build-push-action@v5');
  });
});

describe('a matrix', () => {
  it('runs its combinations, and cancels the others when one fails', async () => {
    const jobs = `  test:
    strategy: { max-parallel: 2, matrix: { n: [1, 2, 3], include: [{ n: 2, wait: 60 }] } }
    runs-on: ubuntu-latest
    steps: [{ run: 'test \${{ matrix.n }} != 1 || exit 1; sleep \${{ matrix.wait || 0 }}' }]
`;
    const { run, jobs: ran } = await pushed(forge, repository, workflow(jobs));
    expect(run.conclusion).toBe('failure');
    expect(names(ran)[0]).toBe('test (1): failure');
    expect(names(ran)[1]).toBe('test (2, 60): cancelled');
  });

  it('goes on without fail-fast, and a job that may fail does not fail the run', async () => {
    const jobs = `  test:
    strategy: { fail-fast: false, matrix: { n: [1, 2] } }
    continue-on-error: \${{ matrix.n == 1 }}
    runs-on: ubuntu-latest
    steps: [{ run: 'test \${{ matrix.n }} = 2' }]
  after:
    needs: test
    runs-on: ubuntu-latest
    steps: [{ run: 'echo \${{ needs.test.result }}' }]
`;
    const { run, jobs: ran } = await pushed(forge, repository, workflow(jobs));
    expect([run.conclusion, ...names(ran)]).toEqual(['success', 'test (1): failure', 'test (2): success', 'after: success']);
  });
});

describe('filters', () => {
  it('keep a workflow from running for other branches and paths', async () => {
    const other = await cloned(forge);
    const files = {
      '.github/workflows/docs.yml': `on: { push: { paths: ['docs/**'] } }\njobs:\n${job('docs', 'true')}`,
      '.github/workflows/release.yaml': `on: { push: { branches: ['release/**'] } }\njobs:\n${job('release', 'true')}`,
      '.github/workflows/all.yml': `on: push\njobs:\n${job('all', 'true')}`,
    };
    const reacting = async (sha: string): Promise<string[]> =>
      eventually('the run of all', async () => {
        const paths = (await runsAt(forge, other, sha)).map((run) => run.path.replace('.github/workflows/', '')).sort();
        return paths.includes('all.yml') ? paths : undefined;
      });
    await push(other, files);
    expect(await reacting(await push(other, { 'src/a.ts': '1' }))).toEqual(['all.yml']);
    expect(await reacting(await push(other, { 'docs/a.md': '1' }))).toEqual(['all.yml', 'docs.yml']);
    expect(await reacting(await push(other, { 'src/a.ts': '2' }, { branch: 'release/1' }))).toEqual(['all.yml', 'release.yaml']);
  });
});

describe('a pull request', () => {
  it('is checked as its merge with the base, and the checks are those of its head', async () => {
    const other = await cloned(forge);
    const place = { owner: other.owner, repo: other.repo };
    const say =
      'ls; echo "$GITHUB_REF $GITHUB_HEAD_REF $GITHUB_BASE_REF ${{ github.event.action }} ${{ github.event.pull_request.title }}"';
    const checkout = job('test', say).replace('steps:\n', 'steps:\n      - uses: actions/checkout@v4\n');
    await push(other, workflow(checkout, 'on: pull_request'));
    const head = await push(other, { 'topic.txt': 'topic' }, { branch: 'topic' });
    await push(other, { 'main.txt': 'main' });
    const { data: pull } = await forge.as('writer').rest.pulls.create({ ...place, head: 'topic', base: 'main', title: 'A topic' });
    const run = await ended(forge, other, head);
    expect(run).toMatchObject({
      event: 'pull_request',
      head_branch: 'topic',
      head_sha: head,
      conclusion: 'success',
      display_title: 'A topic',
    });
    expect(run.pull_requests?.map(({ number }) => number)).toEqual([pull.number]);
    const [test] = await jobsOf(forge, other, run);
    const log = await logOf(forge, other, test ?? { id: 0 });
    expect(log).toMatch(/Z main\.txt$/m);
    expect(log).toMatch(/Z topic\.txt$/m);
    expect(log).toContain(`refs/pull/${pull.number}/merge topic main opened A topic`);
    const { data } = await forge.as('reader').rest.checks.listForRef({ ...place, ref: 'topic' });
    expect(data.check_runs.map(({ name, conclusion }) => [name, conclusion])).toEqual([['test', 'success']]);
  });
});

describe('a workflow file that is not valid', () => {
  it('fails at its start with an annotation that names file, line and key', async () => {
    const other = await cloned(forge);
    const { sha, run } = await pushed(forge, other, workflow(`  test:\n    container: node:24\n${job('x', 'true').replace('  x:\n', '')}`));
    expect(run).toMatchObject({ name: '.github/workflows/ci.yml', conclusion: 'startup_failure' });
    expect(await jobsOf(forge, other, run)).toEqual([]);
    const { data } = await forge.as('reader').rest.checks.listForRef({ owner: 'owner', repo: other.repo, ref: sha });
    expect(data.check_runs).toEqual([expect.objectContaining({ name: '.github/workflows/ci.yml', conclusion: 'failure' })]);
    const { data: annotations } = await forge
      .as('reader')
      .rest.checks.listAnnotations({ owner: 'owner', repo: other.repo, check_run_id: data.check_runs[0]?.id ?? 0 });
    expect(annotations).toEqual([
      expect.objectContaining({
        path: '.github/workflows/ci.yml',
        start_line: 5,
        message: expect.stringContaining('jobs.test.container: the forge does not know this key'),
      }),
    ]);
  });
});
