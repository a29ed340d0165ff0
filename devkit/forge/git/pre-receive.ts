// Runs as git's pre-receive hook: reads the pushed refs, refuses the whole push if one of them has no name for a ref, or a rule refuses it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { matches } from './glob.ts';
import { HOOK_RULES, type PushRule } from './hooks.ts';
import { problemOfRefName } from './ref-names.ts';

const NO_SHA = /^0+$/;
const rules = JSON.parse(process.env[HOOK_RULES] ?? '[]') as PushRule[];
const pushed = readFileSync(0, 'utf8')
  .split('\n')
  .filter((line) => line !== '');

const refusals = pushed.flatMap((line) => {
  const [before = '', after = '', ref = ''] = line.split(' ');
  const problem = NO_SHA.test(after) ? undefined : problemOfRefName(ref);
  if (problem !== undefined) return [`error: ${ref}: ${problem}`];
  if (!ref.startsWith('refs/heads/')) return [];
  const branch = ref.slice('refs/heads/'.length);
  const kind = kindOf(before, after);
  return rules
    .filter(({ patterns, except, refuses }) => refuses.includes(kind) && isAny(branch, patterns) && !isAny(branch, except))
    .map(({ because }) => `error: GH006: Protected branch update failed for ${ref}.\nerror: ${because}`);
});
if (refusals.length > 0) {
  process.stderr.write(`${refusals.join('\n')}\n`);
  process.exitCode = 1;
}

function isAny(branch: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(branch, pattern));
}

function kindOf(before: string, after: string): PushRule['refuses'][number] {
  if (NO_SHA.test(after)) return 'delete';
  if (NO_SHA.test(before)) return 'create';
  try {
    execFileSync('git', ['merge-base', '--is-ancestor', before, after], { stdio: 'ignore' });
    return 'push';
  } catch {
    return 'force';
  }
}
