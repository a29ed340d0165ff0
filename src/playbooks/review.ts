// What all reviewers share. A reviewer gets a blank context: the goal, the change and the repository, not the author's reasoning.
import type { Playbook, Variable } from './playbook.ts';

const HOW_TO_REPORT = `How you work
- You have not seen how the change came about, on purpose: judge what is there. The worktree is at the change's head. You can read
  everything and run commands; they can write to /tmp only.
- Check before you report: read the code around it and what calls it, and run something where that settles it. Report what you can show: with
  this input, in this state, this goes wrong. What you only suspect is no finding.
- The rules of the repository count, your taste does not. No finding is a good result.
- What was changed outside of the goal is part of the change: is it right, and does it belong here? A declared trade-off that makes something
  worse is a finding, with the severity of what it makes worse.

Severity
- critical: loses or shows data, opens a security hole, or breaks what many rely on.
- major: wrong in a case that will happen, or the goal is not met, or the heart of the change has no test.
- minor: wrong in a rare case, or it will cost somebody time.
- nit: better, and not needed.

Where findings are given to you to verify, look at the code as it is now and say of each one whether it is fixed, open, or was a false positive,
and how you know; that the author says so is no evidence. Do not report them again. From the second round on, new findings are only those
that are critical or major and on lines that changed since the last round; what has not changed gets no graver.

A finding is known by its file, category and title over all rounds: the title says in a few words what is wrong, without numbers of lines.
Then call report_findings, once, with everything.`;

export const reviewer = (id: string, task: string): Playbook => ({
  id,
  phase: 'review',
  model: 'best',
  tools: 'read-only',
  output: 'findings',
  limits: { turns: 60, minutes: 45 },
  system: `${task}\n\n${HOW_TO_REPORT}`,
  prompt: `{{goal}}

{{diff}}

{{outside}}

{{verify}}

{{since}}

Review this change.`,
  variables: VARIABLES,
});

const VARIABLES: Readonly<Record<string, Variable>> = {
  goal: { about: 'what the change is for', from: 'outside' },
  diff: { about: 'the whole change', from: 'outside' },
  outside: { about: 'what its author changed outside of the goal, and files that the author did not name', from: 'outside' },
  verify: { about: 'findings of earlier rounds to verify, each with its fingerprint', from: 'outside' },
  since: { about: 'what changed since the last round', from: 'outside' },
};
