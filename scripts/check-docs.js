// Holds the tables of the docs against the files: a test that they name must be written, a file of the reading order be as long as it says.
// `namedTests` is also read by the reporter that holds the same tables against a whole run.
// Tests are named in backticks: `test/store/ledger.test.ts` or `test/store/ledger.test.ts › is done once`; a title is named as its file writes it.
import { existsSync, readFileSync } from 'node:fs';

const DOCS = ['docs/features.md', 'docs/guarantees.md'];
const READING_ORDER = 'docs/architecture.md';
/** A file may grow by so much before its number is wrong. */
const TOLERANCE = 0.2;

/** The tests that the docs name: `{ doc, name, file, title? }`; the paths are relative to the repository, where it is called. */
export function namedTests() {
  return DOCS.flatMap((doc) =>
    [...readFileSync(doc, 'utf8').matchAll(/`(test\/[^`]+)`/g)].map(([, name]) => {
      const [file, title] = name.split(' › ');
      return { doc, name, file, title };
    }),
  );
}

function unwritten({ doc, name, file, title }) {
  if (!existsSync(file)) return [`${doc}: ${file} does not exist`];
  if (title === undefined) return [];
  return readFileSync(file, 'utf8').replaceAll("\\'", "'").includes(title) ? [] : [`${doc}: ${name} is not a title there`];
}

function wrongLengths() {
  return [...readFileSync(READING_ORDER, 'utf8').matchAll(/^\| `([^`]+)` +\| (\d+) +\|/gm)].flatMap(([, file, said]) => {
    if (!existsSync(file)) return [`${READING_ORDER}: ${file} does not exist`];
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').length;
    return Math.abs(lines - said) <= TOLERANCE * said ? [] : [`${READING_ORDER}: ${file} has ${lines} lines, not ${said}`];
  });
}

if (import.meta.main) {
  const problems = [...namedTests().flatMap(unwritten), ...wrongLengths()];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
