// What protects a branch from pushes, deletions and forced moves: its protection and the rulesets that match it. The same rules hold for
// git (they go to its pre-receive hook) and for the API's calls that move refs. For merges: domain/branch-rules.ts.
import { matches } from '../git/glob.ts';
import type { PushRule } from '../git/hooks.ts';
import type { BranchProtection, Repository, Ruleset, User } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { QUEUE_REFS } from './branches.ts';
import { branchesToMaintain, includes, roleOf } from './permissions.ts';

export type RefMove = PushRule['refuses'][number];

/** The protection of a branch: one named exactly like it before one with a pattern. */
export function protectionOf(state: Reader, repository: Repository, branch: string): BranchProtection | undefined {
  const all = state.select('branchProtection', 'repository', repository.id);
  return all.find((protection) => protection.branch === branch) ?? all.find((protection) => matches(branch, protection.branch));
}

export function rulesForPush(state: Reader, repository: Repository, user: User): PushRule[] {
  const isAdmin = includes(roleOf(state, repository, user), 'admin');
  return [
    QUEUE_RULE,
    ...ofMaintainer(state, repository, user),
    ...state.select('branchProtection', 'repository', repository.id).flatMap((protection) => ofProtection(protection, user, isAdmin)),
    ...state
      .select('ruleset', 'repository', repository.id)
      .filter(({ enforcement }) => enforcement === 'active')
      .flatMap((ruleset) => ofRuleset(ruleset, repository)),
  ];
}

/** The branches of the merge queue are the forge's. */
const QUEUE_RULE: PushRule = {
  patterns: [`${QUEUE_REFS.slice('refs/heads/'.length)}**`],
  except: [],
  refuses: ['push', 'force', 'create', 'delete'],
  because: 'Cannot change a branch of the merge queue',
};

/** Who may push to a fork only as a maintainer of what its requests are for moves their branches, and nothing else. */
function ofMaintainer(state: Reader, repository: Repository, user: User): PushRule[] {
  if (includes(roleOf(state, repository, user), 'write')) return [];
  const because = 'You may push only to branches of open pull requests that let maintainers edit them';
  const branches = branchesToMaintain(state, repository, user);
  return [
    { patterns: ['**'], except: branches, refuses: ['push', 'force', 'create', 'delete'], because },
    { patterns: ['**'], except: [], refuses: ['create', 'delete'], because },
  ];
}

/** Why a call of the API may not move a branch so, or undefined. */
export function refusalOfMove(state: Reader, repository: Repository, user: User, branch: string, move: RefMove): string | undefined {
  const rule = rulesForPush(state, repository, user).find((candidate) => candidate.refuses.includes(move) && applies(candidate, branch));
  return rule?.because;
}

export const mayDelete = (state: Reader, repository: Repository, branch: string, user: User): boolean =>
  refusalOfMove(state, repository, user, branch, 'delete') === undefined;

/** Whether a rule is about the branch; what names branches exactly comes before patterns nowhere but in `protectionOf`. */
export const applies = ({ patterns, except }: PushRule, branch: string): boolean =>
  patterns.some((pattern) => matches(branch, pattern)) && !except.some((pattern) => matches(branch, pattern));

function ofProtection(protection: BranchProtection, user: User, isAdmin: boolean): PushRule[] {
  const place = { patterns: [protection.branch], except: [] };
  const bypasses = isAdmin && !protection.enforceAdmins;
  const rules: PushRule[] = bypasses
    ? []
    : reasonsAgainstPush(protection, user).map((because) => ({ ...place, refuses: ['push', 'force'], because }));
  if (!protection.allowForcePushes) rules.push({ ...place, refuses: ['force'], because: 'Cannot force-push to this branch' });
  if (!protection.allowDeletions) rules.push({ ...place, refuses: ['delete'], because: 'Cannot delete this branch' });
  const mayCreate = bypasses || !protection.blockCreations || protection.restrictions?.userIds.includes(user.id) === true;
  if (!mayCreate) rules.push({ ...place, refuses: ['create'], because: 'Cannot create this branch' });
  return rules;
}

function reasonsAgainstPush(protection: BranchProtection, user: User): string[] {
  const reasons: string[] = [];
  if (protection.lockBranch) reasons.push('Cannot change this locked branch');
  if (protection.requiredReviews !== null) reasons.push('Changes must be made through a pull request.');
  const contexts = protection.requiredStatusChecks?.contexts ?? [];
  if (contexts.length > 0) reasons.push(checksExpected(contexts));
  if (protection.restrictions !== null && !protection.restrictions.userIds.includes(user.id))
    reasons.push("You're not authorized to push to this branch. Visit the protected branch settings for more information.");
  return reasons;
}

function ofRuleset(ruleset: Ruleset, repository: Repository): PushRule[] {
  const place = { patterns: branchPatterns(ruleset.include, repository), except: branchPatterns(ruleset.exclude, repository) };
  return ruleset.rules.flatMap((rule): PushRule[] => {
    switch (rule.type) {
      case 'deletion':
        return [{ ...place, refuses: ['delete'], because: 'Cannot delete this branch' }];
      case 'non_fast_forward':
        return [{ ...place, refuses: ['force'], because: 'Cannot force-push to this branch' }];
      case 'creation':
        return [{ ...place, refuses: ['create'], because: 'Cannot create this branch' }];
      case 'update':
        return [{ ...place, refuses: ['push', 'force'], because: 'Cannot update this protected ref.' }];
      case 'pull_request':
        return [{ ...place, refuses: ['push', 'force'], because: 'Changes must be made through a pull request.' }];
      case 'merge_queue':
        return [{ ...place, refuses: ['push', 'force'], because: 'Changes must be made through the merge queue' }];
      case 'required_status_checks': {
        const contexts = (rule.parameters?.['required_status_checks'] ?? []) as { context: string }[];
        const because = checksExpected(contexts.map(({ context }) => context));
        return contexts.length === 0 ? [] : [{ ...place, refuses: ['push', 'force'], because }];
      }
      default:
        return [];
    }
  });
}

/** Patterns of a ruleset, which are of refs, as patterns of branch names. */
export const branchPatterns = (patterns: readonly string[], repository: Repository): string[] =>
  patterns.flatMap((pattern) => {
    if (pattern === '~ALL') return ['**'];
    if (pattern === '~DEFAULT_BRANCH') return [repository.defaultBranch];
    return pattern.startsWith('refs/heads/') ? [pattern.slice('refs/heads/'.length)] : [];
  });

const checksExpected = (contexts: readonly string[]): string =>
  contexts.length === 1
    ? `Required status check "${contexts[0] ?? ''}" is expected.`
    : `${contexts.length} of ${contexts.length} required status checks are expected.`;
