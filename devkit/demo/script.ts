// What the demo's model does, as a pure function of the conversation: it makes the mistakes that the demo shows being found. Its code, its
// commands and its hand-overs are real; only the thinking is written down here.
import type { Conversation, Script, Step } from '../model/model.ts';

const NAIVE = `/** What an order costs, in cents. */
export function total(lines) {
  let sum = 0;
  for (const { price, quantity } of lines) sum += price * quantity;
  return sum > 10_000 ? sum * 0.9 : sum;
}
`;

const RIGHT = `/** What an order costs, in cents; whoever orders for 100.00 or more pays 10 % less, rounded to whole cents. */
export function total(lines) {
  let sum = 0;
  for (const { price, quantity } of lines) sum += price * quantity;
  if (sum >= 10_000) return Math.round(sum * 0.9);
  return sum;
}
`;

const LONG_COMMENT = '/** What an order costs, in cents; whoever orders for 100.00 or more pays 10 % less, rounded to whole cents. */';
const SHORT_COMMENT = `/**
 * What an order costs, in whole cents. Whoever orders for 100.00 or more pays
 * 10 % less.
 */`;

const NAMED = `/** From this sum on, in cents, an order costs 10 % less. */
const DISCOUNT_FROM = 10_000;

`;

const FIRST_TEST = `
test('gives 10 % off large orders', () => {
  assert.equal(total([{ price: 20_000, quantity: 1 }]), 18_000);
});
`;

const MORE_TESTS = `
test('gives 10 % off from 100.00 on', () => {
  assert.equal(total([{ price: 9_999, quantity: 1 }]), 9_999);
  assert.equal(total([{ price: 10_000, quantity: 1 }]), 9_000);
});

test('stays with whole cents', () => {
  assert.equal(total([{ price: 10_001, quantity: 1 }]), 9_001);
});
`;

type Call = { readonly tool: string; readonly input: unknown };
const write = (path: string, content: string): Call => ({ tool: 'write', input: { path, content } });
const edit = (path: string, from: string, to: string): Call => ({ tool: 'edit', input: { path, old: from, new: to } });
const bash = (command: string): Call => ({ tool: 'bash', input: { command } });
const read = (path: string): Call => ({ tool: 'read', input: { path } });

const SOURCE = 'src/total.js';
const TESTS = 'test/total.test.js';

/** What each session does, turn by turn; the last step is said again if the session goes on. */
const SCRIPTS: Readonly<Record<string, (prompt: string) => readonly Step[]>> = {
  classify: () => [
    { say: 'I look at the code that this touches.', call: [read(SOURCE), { tool: 'glob', input: { pattern: '**/*.js' } }] },
    {
      call: [
        {
          tool: 'classify',
          input: {
            taskComplexity: 'Small',
            riskLevel: 'Low',
            touchesUI: false,
            touchesArchitecture: false,
            touchesSecurity: false,
            taskMaturity: 'ready',
            reasons: {
              taskComplexity: 'One function and its tests.',
              riskLevel: 'A pure function that tests can pin down.',
              touchesUI: 'No interface is involved.',
              touchesArchitecture: 'Nothing moves between modules.',
              touchesSecurity: 'No input from outside and no credentials.',
              taskMaturity: 'The rule and the place are given.',
            },
          },
        },
      ],
    },
  ],

  code: () => [
    { say: 'First the code as it is.', call: [read(SOURCE), read(TESTS)] },
    { say: 'The discount goes where the sum is made.', call: [write(SOURCE, NAIVE), bash(`cat >> ${TESTS} <<'END'${FIRST_TEST}END`)] },
    { call: [bash('node --test && node scripts/style.js')] },
    handOver({
      commit: { type: 'feat', title: 'give 10 % off large orders', body: 'Orders above 100.00 cost 10 % less.' },
      request: {
        title: 'Give 10 % off orders of 100.00 or more',
        description: `## What changes

\`total\` takes 10 % off orders of 100.00 or more.

## Why

Customers who order a lot pay less.

## How it was verified

\`node --test\`, with tests for the discount.`,
      },
      files: [SOURCE, TESTS],
    }),
  ],

  'review-correctness': (prompt) => [
    { call: [read(SOURCE), read(TESTS)] },
    report(
      prompt.includes('+  return sum > 10_000 ? sum * 0.9 : sum;')
        ? [
            {
              severity: 'major',
              category: 'correctness',
              file: SOURCE,
              line: 5,
              title: 'An order of exactly 100.00 gets no discount',
              detail: 'The issue says "100.00 or more"; `sum > 10_000` leaves the boundary out, and no test looks at it.',
              suggestion: 'Compare with `>=` and test 9_999 and 10_000.',
            },
          ]
        : [],
      prompt,
    ),
  ],

  'review-production-risk': (prompt) => [
    { call: [read(SOURCE)] },
    report(
      prompt.includes('+  return sum > 10_000 ? sum * 0.9 : sum;')
        ? [
            {
              severity: 'minor',
              category: 'correctness',
              file: SOURCE,
              line: 5,
              title: 'Totals can have fractions of a cent',
              detail: 'Amounts are whole cents (AGENTS.md); 10 001 would cost 9 000.9.',
              suggestion: 'Round the discounted sum.',
            },
          ]
        : [],
      prompt,
    ),
  ],

  fix: () => [
    { say: 'Both findings are right.', call: [write(SOURCE, RIGHT), bash(`cat >> ${TESTS} <<'END'${MORE_TESTS}END`)] },
    { call: [bash('node --test')] },
    handOver({
      commit: { type: 'fix', title: 'start the discount at 100.00 and round to whole cents', body: 'Both were found in review.' },
      files: [SOURCE, TESTS],
    }),
  ],

  'fix-checks': () => [
    { say: 'The style check counts characters.', call: [bash('node scripts/style.js')] },
    { call: [edit(SOURCE, LONG_COMMENT, SHORT_COMMENT)] },
    { call: [bash('node --test && node scripts/style.js')] },
    handOver({
      commit: { type: 'style', title: 'keep lines within 80 characters', body: 'The style check refused a comment.' },
      files: [SOURCE],
    }),
  ],

  'answer-comments': (prompt) => (commentsIn(prompt).length === 0 ? nothingAsked() : answersTo(prompt)),
};

/** Words of an operator alone ask for no change. */
const nothingAsked = (): readonly Step[] => [
  { call: [read(SOURCE)] },
  handOver({ commit: { type: 'chore', title: 'nothing to change', body: '' }, files: [] }),
];

const answersTo = (prompt: string): readonly Step[] => [
  { call: [read(SOURCE)] },
  { call: [edit(SOURCE, '/**\n * What', `${NAMED}/**\n * What`), edit(SOURCE, 'if (sum >= 10_000)', 'if (sum >= DISCOUNT_FROM)')] },
  { call: [bash('node --test && node scripts/style.js')] },
  handOver({
    commit: { type: 'refactor', title: 'name the sum from which orders cost less', body: 'Asked for in review.' },
    files: [SOURCE],
    replies: commentsIn(prompt).map((to) => ({ to, text: 'It is called `DISCOUNT_FROM` now.' })),
  }),
];

interface Given {
  readonly commit: { readonly type: string; readonly title: string; readonly body: string };
  readonly request?: { readonly title: string; readonly description: string };
  readonly files: readonly string[];
  readonly replies?: readonly { readonly to: string; readonly text: string }[];
}

const handOver = ({ commit, request, files, replies = [] }: Given): Step => ({
  say: 'Done, and the tests pass.',
  call: [
    {
      tool: 'hand_over',
      input: { commit, request: request ?? { title: commit.title, description: commit.body }, files, outsideTheGoal: [], replies },
    },
  ],
});

/** Findings of this round, and a word on each finding of the rounds before that the prompt asks about. */
const report = (findings: readonly unknown[], prompt: string): Step => ({
  call: [
    {
      tool: 'report_findings',
      input: {
        findings,
        verified: [...prompt.matchAll(/fingerprint: (f-[0-9a-z]+)/g)].map(([, fingerprint]) => ({
          fingerprint,
          state: 'fixed',
          reason: 'The change does what was asked for, and a test shows it.',
        })),
      },
    },
  ],
});

/** The ids under which a prompt gives comments to answer. */
const commentsIn = (prompt: string): string[] => [...prompt.matchAll(/^Comment (\S+) \(/gm)].map(([, id]) => id ?? '');

const demoScript: Script = ({ turn, playbook, prompt }: Conversation) => {
  const steps = SCRIPTS[playbook ?? '']?.(prompt);
  return steps?.[Math.min(turn, steps.length - 1)] ?? { status: 400 };
};
export default demoScript;
