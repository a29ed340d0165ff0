// The protection of a branch as GitHub's API shows it, and as its webhooks do, which is quite another way.
import type { components } from '@octokit/openapi-types';
import { fullName } from './repository.ts';
import type { Forge } from '../../forge.ts';
import type { BranchProtection, Repository } from '../../state/records.ts';
import type { Reader } from '../../state/state.ts';
import { timestamp } from './common.ts';
import { repositoryLinks } from './repository.ts';
import { presentUser } from './user.ts';

type Schemas = components['schemas'];

type ReviewPolicy = Omit<
  Schemas['protected-branch-pull-request-review'],
  'url' | 'dismissal_restrictions' | 'bypass_pull_request_allowances'
> & { url: string };

/** A user like any other, although the description does not allow one here to lack what all may lack. */
type Restricted = Schemas['branch-restriction-policy']['users'][number];

const urlOf = (forge: Forge, state: Reader, repository: Repository, branch: string): string =>
  `${repositoryLinks(forge, state, repository).api}/branches/${branch.split('/').map(encodeURIComponent).join('/')}/protection`;

export function presentProtection(
  forge: Forge,
  state: Reader,
  repository: Repository,
  branch: string,
  protection: BranchProtection,
): Schemas['protected-branch'] {
  const url = urlOf(forge, state, repository, branch);
  const checks = presentCheckPolicy(forge, state, repository, branch, protection);
  const reviews = presentReviewPolicy(forge, state, repository, branch, protection);
  const { restrictions } = protection;
  return {
    url,
    ...(checks === undefined ? {} : { required_status_checks: checks }),
    ...(reviews === undefined ? {} : { required_pull_request_reviews: reviews }),
    ...(restrictions === null
      ? {}
      : {
          restrictions: {
            url: `${url}/restrictions`,
            users_url: `${url}/restrictions/users`,
            teams_url: `${url}/restrictions/teams`,
            apps_url: `${url}/restrictions/apps`,
            users: restrictions.userIds.map((id) => presentUser(forge, state.need('user', id)) as Restricted),
            teams: [],
            apps: [],
          },
        }),
    required_signatures: { url: `${url}/required_signatures`, enabled: false },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins },
    required_linear_history: { enabled: protection.requiredLinearHistory },
    allow_force_pushes: { enabled: protection.allowForcePushes },
    allow_deletions: { enabled: protection.allowDeletions },
    block_creations: { enabled: protection.blockCreations },
    required_conversation_resolution: { enabled: protection.requiredConversationResolution },
    lock_branch: { enabled: protection.lockBranch },
    allow_fork_syncing: { enabled: false },
  };
}

export function presentCheckPolicy(
  forge: Forge,
  state: Reader,
  repository: Repository,
  branch: string,
  { requiredStatusChecks }: BranchProtection,
): Schemas['status-check-policy'] | undefined {
  if (requiredStatusChecks === null) return undefined;
  const url = `${urlOf(forge, state, repository, branch)}/required_status_checks`;
  return {
    url,
    strict: requiredStatusChecks.strict,
    contexts: [...requiredStatusChecks.contexts],
    contexts_url: `${url}/contexts`,
    checks: requiredStatusChecks.contexts.map((context) => ({ context, app_id: null })),
  };
}

export function presentReviewPolicy(
  forge: Forge,
  state: Reader,
  repository: Repository,
  branch: string,
  { requiredReviews }: BranchProtection,
): ReviewPolicy | undefined {
  if (requiredReviews === null) return undefined;
  return {
    url: `${urlOf(forge, state, repository, branch)}/required_pull_request_reviews`,
    dismiss_stale_reviews: requiredReviews.dismissStale,
    require_code_owner_reviews: requiredReviews.codeOwners,
    required_approving_review_count: requiredReviews.count,
    require_last_push_approval: requiredReviews.lastPushApproval,
  };
}

/** `rule` of the webhook `branch_protection_rule`. */
export function presentProtectionRule(state: Reader, protection: BranchProtection): Record<string, unknown> {
  const { requiredStatusChecks: checks, requiredReviews: reviews, restrictions } = protection;
  const level = (isOn: boolean): string => (isOn ? (protection.enforceAdmins ? 'everyone' : 'non_admins') : 'off');
  return {
    id: protection.id,
    repository_id: protection.repositoryId,
    name: protection.branch,
    created_at: timestamp(protection.createdAt),
    updated_at: timestamp(protection.updatedAt),
    pull_request_reviews_enforcement_level: level(reviews !== null),
    required_approving_review_count: reviews?.count ?? 0,
    dismiss_stale_reviews_on_push: reviews?.dismissStale ?? false,
    require_code_owner_review: reviews?.codeOwners ?? false,
    require_last_push_approval: reviews?.lastPushApproval ?? false,
    authorized_dismissal_actors_only: false,
    ignore_approvals_from_contributors: false,
    required_status_checks: checks?.contexts ?? [],
    required_status_checks_enforcement_level: level(checks !== null),
    strict_required_status_checks_policy: checks?.strict ?? false,
    signature_requirement_enforcement_level: 'off',
    linear_history_requirement_enforcement_level: level(protection.requiredLinearHistory),
    admin_enforced: protection.enforceAdmins,
    create_protected: protection.blockCreations,
    allow_force_pushes_enforcement_level: level(protection.allowForcePushes),
    allow_deletions_enforcement_level: level(protection.allowDeletions),
    merge_queue_enforcement_level: 'off',
    required_deployments_enforcement_level: 'off',
    required_conversation_resolution_level: level(protection.requiredConversationResolution),
    authorized_actors_only: restrictions !== null,
    authorized_actor_names: restrictions?.userIds.map((id) => state.need('user', id).login) ?? [],
  };
}

/** What the effects call it. */
export const protectionEffect = (state: Reader, repository: Repository, actor: string, action: string, branch: string) => ({
  kind: `branch_protection.${action}`,
  actor,
  repository: fullName(state, repository),
  subject: branch,
});
