// What merging into a branch asks for: its protection and the active rulesets that match it, as one.
import { matches } from '../git/glob.ts';
import type { BranchProtection, MergeMethod, Repository, Ruleset } from '../state/records.ts';
import type { Reader } from '../state/state.ts';
import { branchPatterns, protectionOf } from './protection.ts';

export interface BranchRules {
  readonly checks: { readonly strict: boolean; readonly contexts: readonly string[] } | null;
  readonly reviews: ReviewRule | null;
  readonly conversations: boolean;
  /** Merge methods that the rules leave; the repository's own settings narrow them further. */
  readonly methods: readonly MergeMethod[];
  readonly locked: boolean;
  /** Who alone may push and merge; null: everybody with write access. */
  readonly pushers: readonly number[] | null;
  readonly queue: QueueRule | null;
}

export interface ReviewRule {
  readonly count: number;
  readonly dismissStale: boolean;
  readonly codeOwners: boolean;
  readonly lastPushApproval: boolean;
}

export interface QueueRule {
  readonly method: MergeMethod;
  /** How many entries are tested at once. */
  readonly maxEntriesToBuild: number;
  /** How many entries are merged at once. */
  readonly maxEntriesToMerge: number;
  /** From the start of a group's checks until they count as failed. */
  readonly checkTimeoutMinutes: number;
  /** `HEADGREEN`: of a group that is merged together only the last commit must be green. */
  readonly grouping: 'ALLGREEN' | 'HEADGREEN';
}

/** @param exempt an administrator whom protection does not hold (rulesets hold everybody) */
export function branchRules(state: Reader, repository: Repository, branch: string, exempt = false): BranchRules {
  const protection = protectionOf(state, repository, branch);
  const sources = [
    ...(protection === undefined || (exempt && !protection.enforceAdmins) ? [] : [ofProtection(protection)]),
    ...rulesetsFor(state, repository, branch).flatMap(({ rules }) => rules.map(ofRule)),
  ];
  return sources.reduce(combine, NO_RULES);
}

/** Active rulesets that match a branch, in the order of their creation. */
export const rulesetsFor = (state: Reader, repository: Repository, branch: string): Ruleset[] =>
  state
    .select('ruleset', 'repository', repository.id)
    .filter((ruleset) => ruleset.enforcement === 'active' && includesBranch(ruleset, repository, branch));

function includesBranch(ruleset: Ruleset, repository: Repository, branch: string): boolean {
  const isMeant = (pattern: string): boolean => matches(branch, pattern);
  return branchPatterns(ruleset.include, repository).some(isMeant) && !branchPatterns(ruleset.exclude, repository).some(isMeant);
}

const NO_RULES: BranchRules = {
  checks: null,
  reviews: null,
  conversations: false,
  methods: ['merge', 'squash', 'rebase'],
  locked: false,
  pushers: null,
  queue: null,
};

const ofProtection = (protection: BranchProtection): Partial<BranchRules> => ({
  checks: protection.requiredStatusChecks,
  reviews: protection.requiredReviews,
  conversations: protection.requiredConversationResolution,
  methods: protection.requiredLinearHistory ? ['squash', 'rebase'] : NO_RULES.methods,
  locked: protection.lockBranch,
  pushers: protection.restrictions?.userIds ?? null,
});

type Rule = Ruleset['rules'][number];

function ofRule({ type, parameters = {} }: Rule): Partial<BranchRules> {
  switch (type) {
    case 'required_status_checks':
      return {
        checks: {
          strict: parameters['strict_required_status_checks_policy'] === true,
          contexts: (parameters['required_status_checks'] as { context: string }[]).map(({ context }) => context),
        },
      };
    case 'pull_request':
      return {
        reviews: {
          count: Number(parameters['required_approving_review_count']),
          dismissStale: parameters['dismiss_stale_reviews_on_push'] === true,
          codeOwners: parameters['require_code_owner_review'] === true,
          lastPushApproval: parameters['require_last_push_approval'] === true,
        },
        conversations: parameters['required_review_thread_resolution'] === true,
        ...(Array.isArray(parameters['allowed_merge_methods'])
          ? { methods: parameters['allowed_merge_methods'] as readonly MergeMethod[] }
          : {}),
      };
    case 'required_linear_history':
      return { methods: ['squash', 'rebase'] };
    case 'merge_queue':
      return {
        queue: {
          method: String(parameters['merge_method']).toLowerCase() as MergeMethod,
          maxEntriesToBuild: Number(parameters['max_entries_to_build']),
          maxEntriesToMerge: Number(parameters['max_entries_to_merge']),
          checkTimeoutMinutes: Number(parameters['check_response_timeout_minutes']),
          grouping: parameters['grouping_strategy'] === 'HEADGREEN' ? 'HEADGREEN' : 'ALLGREEN',
        },
      };
    default:
      return {}; // rules about pushes: domain/protection.ts
  }
}

function combine(all: BranchRules, more: Partial<BranchRules>): BranchRules {
  const { checks = null, reviews = null, methods = NO_RULES.methods, pushers = null } = more;
  return {
    checks:
      all.checks === null || checks === null
        ? (all.checks ?? checks)
        : { strict: all.checks.strict || checks.strict, contexts: [...new Set([...all.checks.contexts, ...checks.contexts])] },
    reviews:
      all.reviews === null || reviews === null
        ? (all.reviews ?? reviews)
        : {
            count: Math.max(all.reviews.count, reviews.count),
            dismissStale: all.reviews.dismissStale || reviews.dismissStale,
            codeOwners: all.reviews.codeOwners || reviews.codeOwners,
            lastPushApproval: all.reviews.lastPushApproval || reviews.lastPushApproval,
          },
    conversations: all.conversations || more.conversations === true,
    methods: all.methods.filter((method) => methods.includes(method)),
    locked: all.locked || more.locked === true,
    pushers: all.pushers === null || pushers === null ? (all.pushers ?? pushers) : all.pushers.filter((id) => pushers.includes(id)),
    queue: all.queue ?? more.queue ?? null,
  };
}
