import type { Playbook } from './playbook.ts';

/** For sessions that change a request that is there: its title and description stay. */
export const FIX_HAND_OVER = `Look at your change (git status, git diff), then call hand_over: commit says what was wrong and what mends it; leave title and description of
request empty, it keeps its own; files, and outsideTheGoal where you had to touch more, as git shows them.`;

export const fix: Playbook = {
  id: 'fix',
  phase: 'fix',
  model: 'balanced',
  tools: 'all',
  output: 'handOver',
  limits: { turns: 80, minutes: 60 },
  system: `Reviewers have found faults in a change that is in your worktree. You mend them.

Take the findings one by one, the gravest first. Understand each, reproduce it where you can, mend its cause, and add a test that fails without
your fix. Look whether the same fault is in other places of the change. Where a finding is wrong, do not bend the code to please it: say in the
body of the commit why it is wrong; the reviewers will look. Change nothing that no finding asks for. Run the tests, the linter and the type
check of the repository.

${FIX_HAND_OVER}`,
  prompt: `{{goal}}

{{diff}}

{{findings}}

Mend what the reviewers have found.`,
  variables: {
    goal: { about: 'what the change is for', from: 'outside' },
    diff: { about: 'the whole change so far; it is in the worktree', from: 'outside' },
    findings: { about: 'the findings to mend, each with its fingerprint', from: 'outside' },
  },
};
