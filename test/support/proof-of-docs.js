// Holds the tables of docs/features.md and docs/guarantees.md against a whole run: a test that they name must have passed in it.
// What can be told without a run, scripts/check-docs.js tells in `npm run check`.
import path from 'node:path';

import { namedTests } from '../../scripts/check-docs.js';

export default class ProofOfDocs {
  #error;
  #isWholeRun;
  #root;

  constructor(globalConfig) {
    this.#root = globalConfig.rootDir;
    this.#isWholeRun =
      globalConfig.testPathPatterns.patterns.length === 0 && !globalConfig.testNamePattern && globalConfig.shard === undefined;
  }

  onRunComplete(_contexts, results) {
    if (!this.#isWholeRun) return;
    const passed = new Map(
      results.testResults.map(({ testFilePath, testResults }) => [
        path.relative(this.#root, testFilePath),
        testResults.filter(({ status }) => status === 'passed').map(({ title }) => title),
      ]),
    );
    const unproven = namedTests().filter(({ file, title }) => {
      if (!file.endsWith('.test.ts')) return false;
      const titles = passed.get(file) ?? [];
      return title === undefined ? titles.length === 0 : !titles.includes(title);
    });
    if (unproven.length === 0) return;
    const lines = unproven.map(({ doc, name }) => `- ${doc}: ${name} did not pass in this run`);
    this.#error = new Error(`The docs name tests that prove nothing:\n${lines.join('\n')}`);
    process.stderr.write(`${this.#error.message}\n`);
  }

  getLastError() {
    return this.#error;
  }
}
