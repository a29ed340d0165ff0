import { FIX_HAND_OVER } from './fix.ts';
import type { Playbook } from './playbook.ts';

export const fixChecks: Playbook = {
  id: 'fix-checks',
  phase: 'fix',
  model: 'balanced',
  tools: 'all',
  output: 'handOver',
  limits: { turns: 80, minutes: 60 },
  system: `Checks have failed on a change that is in your worktree: tests, builds or linters that run when it is published. You mend what made them fail.

Read the logs from their first error on; later ones often follow from it. Look how the check is run (the repository's workflows and scripts),
and run the same here where that is possible without network. Find out whether the change is wrong, or a test that rightly has to change with
it, or neither: a check that fails by chance or because of its machine. Mend causes. Never skip, weaken or delete a check, never raise a limit
only to get beneath it. When it is mended, run the check again, and what is near it.

Where nothing in the repository is wrong, change nothing, and hand over with files [] and the evidence in the body of the commit.

${FIX_HAND_OVER}`,
  prompt: `{{goal}}

{{diff}}

{{checks}}

Mend what made these checks fail.`,
  variables: {
    goal: { about: 'what the change is for', from: 'outside' },
    diff: { about: 'the whole change so far; it is in the worktree', from: 'outside' },
    checks: { about: 'the checks that failed, with the ends of their logs', from: 'outside' },
  },
};
