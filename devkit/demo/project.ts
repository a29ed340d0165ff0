// The repository of the demo: a small till with tests, a style check, a template for requests, and the issue that is worked on.

/** By path. */
export const PROJECT: Readonly<Record<string, string>> = {
  'README.md': '# Till\n\nAdds up orders. Prices are in cents.\n',
  'AGENTS.md': '# For agents\n\n- Amounts are whole cents.\n- `node --test` runs the tests, `node scripts/style.js` checks the style.\n',
  'package.json': `${JSON.stringify({ name: 'till', version: '1.0.0', private: true, type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
  'src/total.js': `/** What an order costs, in cents. */
export function total(lines) {
  let sum = 0;
  for (const { price, quantity } of lines) sum += price * quantity;
  return sum;
}
`,
  'test/total.test.js': `import assert from 'node:assert/strict';
import test from 'node:test';
import { total } from '../src/total.js';

test('adds up prices and quantities', () => {
  assert.equal(total([{ price: 250, quantity: 2 }, { price: 99, quantity: 1 }]), 599);
});
`,
  'scripts/style.js': `// Lines of the source have at most 80 characters.
import { readdirSync, readFileSync } from 'node:fs';

const most = 80;
let wrong = 0;
for (const file of readdirSync('src')) {
  for (const [index, line] of readFileSync(\`src/\${file}\`, 'utf8').split('\\n').entries()) {
    if (line.length <= most) continue;
    wrong++;
    console.error(\`src/\${file}:\${index + 1}: error: \${line.length} characters, \${most} at most\`);
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
`,
  '.github/workflows/ci.yml': `name: CI
on:
  push:
  pull_request:
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: node --test
  style:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: node scripts/style.js
`,
  '.github/PULL_REQUEST_TEMPLATE.md': `## What changes

## Why

## How it was verified
`,
};

export const ISSUE = {
  title: 'Give 10 % off orders of 100.00 or more',
  body: `Customers who order for 100.00 or more pay 10 % less. Totals stay whole cents.

The sum is made in \`src/total.js\`; please add tests.`,
} as const;

/** What a person asks for when the request is green. */
export const REVIEW_COMMENT = {
  path: 'src/total.js',
  /** Beginning of the line that it is about. */
  line: '  if (sum >= 10_000)',
  body: 'Please give this number a name, so that people find it.',
} as const;

export const CHECKS = ['test', 'style'] as const;
