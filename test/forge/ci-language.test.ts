// The language of workflows by itself: expressions, filters, matrices, what a file may say.
import { describe, expect, it } from '@jest/globals';
import { conditionOf, evaluated, holds, interpolated, problemOfExpression } from '../../devkit/forge/ci/expressions.ts';
import { passes } from '../../devkit/forge/ci/filters.ts';
import { combinationsOf, labelOf } from '../../devkit/forge/ci/matrix.ts';
import { parseWorkflow } from '../../devkit/forge/ci/parse-workflow.ts';
import { reacts, type Happening } from '../../devkit/forge/ci/reacts.ts';

const good = { success: true, failure: false, cancelled: false };
const failed = { success: false, failure: true, cancelled: false };

describe('expressions', () => {
  it('stand in text, several of them, with strings that hold braces', () => {
    expect(interpolated("a ${{ github.ref }} b ${{ '}}' }}${{ 1 == 2 }}", { github: { ref: 'main' } })).toBe('a main b }}false');
    expect(interpolated('${{ github.nothing.at.all }}|', {})).toBe('|');
  });

  it('keep their type where they are the whole value', () => {
    expect(evaluated('${{ fromJSON(\'{"a":[1,true]}\') }}', {})).toEqual({ a: [1, true] });
    expect(evaluated('${{ matrix.os }} ', { matrix: { os: 'linux' } })).toBe('linux ');
  });

  it('have the functions and operators of GitHub', () => {
    const contexts = { github: { event: { labels: [{ name: 'bug' }, { name: 'ui' }] }, ref: 'refs/heads/main' }, env: { N: '3' } };
    const text = (expression: string): string => interpolated(`\${{ ${expression} }}`, contexts);
    expect(text("contains(github.event.labels.*.name, 'ui')")).toBe('true');
    expect(text("startsWith(github.ref, 'refs/heads/') && endsWith(github.ref, 'MAIN')")).toBe('true');
    expect(text("format('{0}-{1}', 'a', env.N)")).toBe('a-3');
    expect(text("join(github.event.labels.*.name, '+')")).toBe('bug+ui');
    expect(text('env.N >= 3 && !(env.N > 3)')).toBe('true');
    expect(JSON.parse(text('toJSON(github.event.labels)'))).toEqual(contexts.github.event.labels);
  });

  it('decide an if: success is implied unless a function asks for the status', () => {
    const contexts = { github: { ref: 'main' } };
    const table: [string | undefined, boolean, boolean][] = [
      [undefined, true, false],
      ["github.ref == 'main'", true, false],
      ["${{ github.ref == 'main' }}", true, false],
      ['always()', true, true],
      ['failure()', false, true],
      ["!cancelled() && github.ref == 'main'", true, true],
      ["failure() && github.ref == 'other'", false, false],
      ["'failure()' != ''", true, false],
    ];
    for (const [condition, afterSuccess, afterFailure] of table)
      expect([condition, holds(condition, contexts, good), holds(condition, contexts, failed)]).toEqual([
        condition,
        afterSuccess,
        afterFailure,
      ]);
  });

  it('that stand beside text in an if make a text, which is true, as on GitHub', () => {
    expect(holds("${{ github.ref }} == 'other'", { github: { ref: 'main' } }, good)).toBe(true);
    expect(conditionOf("${{ github.ref }} == 'other'")).toBe("format('{0} == ''other''', github.ref)");
  });

  it('that cannot be read are told as such', () => {
    expect(problemOfExpression('github.ref ==')).toContain('Unexpected end of expression');
    expect(problemOfExpression('nothing.at.all')).toContain('Unrecognized named-value');
    expect(problemOfExpression('launch()')).toContain('Unrecognized function');
    expect(problemOfExpression("format('{0}', 1)")).toBeUndefined();
  });
});

describe('filters', () => {
  it.each([
    [['main'], 'main', true],
    [['main'], 'maintenance', false],
    [['releases/*'], 'releases/1', true],
    [['releases/*'], 'releases/1/2', false],
    [['releases/**'], 'releases/1/2', true],
    [['v1.?'], 'v1', true],
    [['v[12].[0-9]+'], 'v2.10', true],
    [['v[12].[0-9]+'], 'v3.1', false],
    [['**', '!releases/**'], 'releases/1', false],
    [['**', '!releases/**', 'releases/keep'], 'releases/keep', true],
    [['**.js'], 'a/b/c.js', true],
    [['*.js'], 'a/b.js', false],
    [['docs/**'], 'docs/a/b.md', true],
    [['**/docs/**'], 'docs/a.md', true],
    [['**/*-post.md'], 'x/my-post.md', true],
    [['a.c'], 'abc', false],
  ])('%j and %s: %s', (patterns, name, answer) => {
    expect(passes(patterns, name)).toBe(answer);
  });

  it.each(['**a', '*a*', '[a-z]+', 'a?', 'a+'])('of %s over and over take no longer than others', (part) => {
    expect(passes([`${part.repeat(200)}b`], 'a'.repeat(250))).toBe(false);
  });
});

describe('matrices', () => {
  it('are the product of their lists, less what is excluded, with what is included', () => {
    const combinations = combinationsOf(
      {
        fruit: ['apple', 'pear'],
        animal: ['cat', 'dog'],
        exclude: [{ fruit: 'pear', animal: 'dog' }],
        include: [{ color: 'green' }, { color: 'pink', animal: 'cat' }, { fruit: 'banana' }],
      },
      {},
    );
    expect(combinations).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink' },
      { fruit: 'apple', animal: 'dog', color: 'green' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'banana' },
    ]);
    expect(combinations.map(labelOf)).toEqual(['apple, cat, pink', 'apple, dog, green', 'pear, cat, pink', 'banana']);
  });

  it('come out of expressions', () => {
    expect(
      combinationsOf('${{ fromJSON(needs.plan.outputs.matrix) }}', { needs: { plan: { outputs: { matrix: '{"n":[1,2]}' } } } }),
    ).toEqual([{ n: 1 }, { n: 2 }]);
    expect(() => combinationsOf({ n: '${{ github.ref }}' }, { github: { ref: 'main' } })).toThrow('strategy.matrix.n');
  });

  it('have no more than 256 jobs', () => {
    const many = Array.from({ length: 20 }, (_unused, index) => index);
    expect(() => combinationsOf({ a: many, b: many }, {})).toThrow('more than 256 jobs');
  });
});

const happening = (fields: Partial<Happening>): Happening => ({
  event: 'push',
  action: null,
  ref: 'refs/heads/main',
  changedFiles: () => Promise.resolve(['src/a.ts']),
  ...fields,
});

describe('triggers', () => {
  it('heed branches, tags and paths of a push', async () => {
    expect(await reacts({ push: {} }, happening({}))).toBe(true);
    expect(await reacts({ push: { branches: ['release/**'] } }, happening({}))).toBe(false);
    expect(await reacts({ push: { 'branches-ignore': ['main'] } }, happening({}))).toBe(false);
    expect(await reacts({ push: { branches: ['main'] } }, happening({ ref: 'refs/tags/v1' }))).toBe(false);
    expect(await reacts({ push: { tags: ['v*'] } }, happening({ ref: 'refs/tags/v1' }))).toBe(true);
    expect(await reacts({ push: { tags: ['v*'] } }, happening({}))).toBe(false);
    expect(await reacts({ push: { paths: ['src/**'] } }, happening({}))).toBe(true);
    expect(await reacts({ push: { paths: ['docs/**'] } }, happening({}))).toBe(false);
    expect(await reacts({ push: { 'paths-ignore': ['**.ts'] } }, happening({}))).toBe(false);
  });

  it('heed the types and base branches of a pull request', async () => {
    const pull = (action: string): Happening => happening({ event: 'pull_request', action });
    expect(await reacts({ pull_request: {} }, pull('synchronize'))).toBe(true);
    expect(await reacts({ pull_request: {} }, pull('labeled'))).toBe(false);
    expect(await reacts({ pull_request: { types: ['labeled'] } }, pull('labeled'))).toBe(true);
    expect(await reacts({ pull_request: { branches: ['other'] } }, pull('opened'))).toBe(false);
    expect(await reacts({ push: {} }, pull('opened'))).toBe(false);
  });
});

const job = "runs-on: ubuntu-latest\n    steps: [{ run: 'true' }]";
const problems = (source: string): string[] => {
  const parsed = parseWorkflow(source);
  return parsed.ok ? [] : parsed.problems.map(({ key, line, message }) => `${key} (${line}): ${message}`);
};

describe('a workflow file', () => {
  it('may name its events in any of the three ways', () => {
    for (const on of ['push', '[push, pull_request]', '{ push: { branches: main }, workflow_dispatch: }'])
      expect(problems(`on: ${on}\njobs:\n  test:\n    ${job}`)).toEqual([]);
  });

  it('is refused with line and key for what the forge does not know', () => {
    expect(problems(`on: push\njobs:\n  test:\n    container: node\n    ${job}`)).toEqual([
      'jobs.test.container (4): the forge does not know this key here (devkit/forge/ci/README.md lists what it knows)',
    ]);
    expect(problems('on: push\njobs:\n  test:\n    runs-on: x\n    steps:\n      - run: a\n        uses: b')).toEqual([
      'jobs.test.steps.0 (6): a step has either run or uses',
    ]);
    expect(problems(`on: [push, teatime]\njobs:\n  test:\n    ${job}`)[0]).toContain('on.teatime (1)');
    expect(problems(`on:\n  push:\n    branch: main\njobs:\n  test:\n    ${job}`)[0]).toContain('on.push.branch (3)');
  });

  it('is refused for needs that cannot be met, doubled step ids and expressions that cannot be read', () => {
    expect(problems(`on: push\njobs:\n  a:\n    needs: b\n    ${job}`)).toEqual(['jobs.a.needs (4): there is no job "b"']);
    expect(problems(`on: push\njobs:\n  a:\n    needs: b\n    ${job}\n  b:\n    needs: a\n    ${job}`)).toHaveLength(2);
    expect(problems("on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{ id: s, run: '1' }, { id: s, run: '2' }]")[0]).toContain(
      'another step "s"',
    );
    expect(
      problems("on: push\njobs:\n  a:\n    if: github.ref =\n    runs-on: x\n    steps: [{ run: 'echo ${{ nope.x }}' }]"),
    ).toHaveLength(2);
  });

  it('is refused when it is no YAML, too large, or grows without end', () => {
    expect(problems('on: push\njobs: [')[0]).toContain('invalid YAML');
    expect(problems(`on: push # ${'x'.repeat(600_000)}`)[0]).toContain('larger than');
    const bomb = [
      'a0: &a0 [x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 9 }, (_unused, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`),
    ];
    expect(problems(bomb.join('\n'))[0]).toContain('invalid YAML');
  });

  it('notes events that the forge never has', () => {
    const parsed = parseWorkflow(`on:\n  push:\n  schedule:\n    - cron: '0 0 * * *'\njobs:\n  test:\n    ${job}`);
    expect(parsed).toMatchObject({ ok: true, notes: [{ key: 'on.schedule', line: 3 }] });
  });
});
