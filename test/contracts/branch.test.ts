import { describe, expect, it } from '@jest/globals';
import { branchProblem } from '../../src/contracts/branch.ts';
import { taskBranch } from '../../src/contracts/task.ts';

const task = { workspace: 'team a', owner: 'o', repo: 'r', issue: 12, goal: null, generation: 1 };

describe('the branch of a task', () => {
  it('is called as the template that it was begun with says, with a number for each further try', () => {
    expect(taskBranch(task)).toBe('signalbox/issue-12');
    expect(taskBranch({ ...task, generation: 2 })).toBe('signalbox/issue-12-2');
    expect(taskBranch({ ...task, branch: 'agents/{workspace}/{ticket}' })).toBe('agents/team-a/issue-12');
    expect(taskBranch({ ...task, issue: null, goal: 'abcdef0123456789', branch: 'x-{ticket}' })).toBe('x-goal-abcdef012345');
  });

  it('can be called by no template that would give two tasks one branch, or that git does not take', () => {
    expect(branchProblem('agents/{ticket}')).toBeUndefined();
    expect(branchProblem('agents/work')).toContain('without {ticket}');
    expect(branchProblem('{session}/{ticket}')).toContain('no place {session}');
    for (const bad of [
      '-{ticket}',
      'a b/{ticket}',
      'a..b/{ticket}',
      '{ticket}.lock',
      '{ticket}/',
      'a//{ticket}',
      'a:{ticket}',
      '/{ticket}',
    ])
      expect(branchProblem(bad)).toContain('git takes no branch');
  });
});
