// Holds the tables of docs/features.md and docs/guarantees.md against the run: a test that they name must exist, and in a whole run have passed.
// Tests are named in backticks: `test/store/ledger.test.ts` or `test/store/ledger.test.ts › is done once`.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const DOCS = ['docs/features.md', 'docs/guarantees.md'];

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
    const passed = new Map(
      results.testResults.map(({ testFilePath, testResults }) => [
        path.relative(this.#root, testFilePath),
        testResults.filter(({ status }) => status === 'passed').map(({ title }) => title),
      ]),
    );
    const problems = DOCS.flatMap((doc) => this.#namedIn(doc).flatMap((name) => this.#problemWith(doc, name, passed)));
    if (problems.length === 0) return;
    this.#error = new Error(`The docs name tests that prove nothing:\n${problems.join('\n')}`);
    process.stderr.write(`${this.#error.message}\n`);
  }

  getLastError() {
    return this.#error;
  }

  #namedIn(doc) {
    const file = path.join(this.#root, doc);
    if (!existsSync(file)) return [];
    return [...readFileSync(file, 'utf8').matchAll(/`(test\/[^`]+)`/g)].map(([, name]) => name);
  }

  #problemWith(doc, name, passed) {
    const [file, title] = name.split(' › ');
    if (!existsSync(path.join(this.#root, file))) return [`- ${doc}: ${file} does not exist`];
    if (!this.#isWholeRun || !file.endsWith('.test.ts')) return [];
    const titles = passed.get(file) ?? [];
    const proven = title === undefined ? titles.length > 0 : titles.includes(title);
    return proven ? [] : [`- ${doc}: ${name} did not pass in this run`];
  }
}
