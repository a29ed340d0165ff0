// In a whole run every operation that the forge says it supports must have answered at least once, as GitHub's schemas say
// (test/forge/schemas.ts writes down which did).
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Not JSON, and tested by other means. */
const OTHERWISE = new Map([
  ['actions/download-job-logs-for-workflow-run', 'answers with a redirection, which the client follows'],
  ['actions/download-workflow-run-logs', 'answers with a redirection, which the client follows'],
]);

export default class ForgeOperations {
  #error;
  #isWholeRun;
  #root;

  constructor(globalConfig) {
    this.#root = globalConfig.rootDir;
    this.#isWholeRun =
      globalConfig.testPathPatterns.patterns.length === 0 && !globalConfig.testNamePattern && globalConfig.shard === undefined;
  }

  onRunComplete() {
    if (!this.#isWholeRun) return;
    const { paths } = JSON.parse(readFileSync(path.join(this.#root, 'devkit/forge/github/description.json'), 'utf8'));
    const supported = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    const file = path.join(process.env.TEST_RUN, 'forge-operations');
    const seen = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
    const missing = supported.filter((id) => !seen.has(id) && !OTHERWISE.has(id));
    if (missing.length === 0) return;
    this.#error = new Error(`No test has had an answer of these operations of the forge:\n${missing.map((id) => `- ${id}`).join('\n')}`);
    process.stderr.write(`${this.#error.message}\n`);
  }

  getLastError() {
    return this.#error;
  }
}
