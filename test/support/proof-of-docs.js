// Holds the tables of docs/features.md and docs/guarantees.md against the run: a test that they name must exist, and in a whole run have passed.
// The reading order of docs/architecture.md is held against the files: it says how long they are.
// Tests are named in backticks: `test/store/ledger.test.ts` or `test/store/ledger.test.ts › is done once`.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const DOCS = ['docs/features.md', 'docs/guarantees.md'];
const READING_ORDER = 'docs/architecture.md';
/** A file may grow by so much before its number is wrong. */
const TOLERANCE = 0.2;

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
    problems.push(...this.#wrongLengths());
    if (problems.length === 0) return;
    this.#error = new Error(`The docs name tests that prove nothing, or files that are not so:\n${problems.join('\n')}`);
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

  #wrongLengths() {
    const doc = path.join(this.#root, READING_ORDER);
    if (!existsSync(doc)) return [];
    return [...readFileSync(doc, 'utf8').matchAll(/^\| `([^`]+)` +\| (\d+) +\|/gm)].flatMap(([, file, said]) => {
      const whole = path.join(this.#root, file);
      if (!existsSync(whole)) return [`- ${READING_ORDER}: ${file} does not exist`];
      const lines = readFileSync(whole, 'utf8').trimEnd().split('\n').length;
      return Math.abs(lines - said) <= TOLERANCE * said ? [] : [`- ${READING_ORDER}: ${file} has ${lines} lines, not ${said}`];
    });
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
