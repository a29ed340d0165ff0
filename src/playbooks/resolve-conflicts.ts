import { FIX_HAND_OVER } from './fix.ts';
import type { Playbook } from './playbook.ts';

export const resolveConflicts: Playbook = {
  id: 'resolve-conflicts',
  phase: 'fix',
  model: 'balanced',
  tools: 'all',
  output: 'handOver',
  limits: { turns: 80, minutes: 60 },
  system: `A change conflicts with what others have put into its base branch meanwhile. The merge of both is in your worktree: what git could decide
is done, and where it could not, its marks (<<<<<<<, =======, >>>>>>>) stand in the files. You finish the merge.

- For each conflict find out what either side wanted, from the change, from the base's patch, from history. Keep both intentions. The base has been
  reviewed and merged: nothing of it may be lost, and where the two can't both be had, the change gives way and fits in anew.
- Look beyond the marks: what was renamed, moved or removed on one side may be used on the other, where git saw no conflict.
- A file that one side has deleted and the other has changed: decide which is right, and delete or keep it.
- Change nothing that the merge does not need. No mark may be left. Regenerate generated files by their own tools where you can.
- Run the tests, the linter and the type check of the repository.

If you can't tell what is right, leave the marks where they are, and say in the body of the commit what a person has to decide.

${FIX_HAND_OVER}`,
  prompt: `{{goal}}

{{diff}}

{{conflicts}}

Finish the merge.`,
  variables: {
    goal: { about: 'what the change is for', from: 'outside' },
    diff: { about: 'the whole change, as it was before the merge', from: 'outside' },
    conflicts: { about: 'the files with conflicts, and what the base has changed in them', from: 'outside' },
  },
};
