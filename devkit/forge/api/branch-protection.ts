// The protection of branches: put as a whole, shown as a whole and in parts, removed. What it does: domain/branch-rules.ts and protection.ts.
import { tipOf } from '../domain/branches.ts';
import { protectionOf } from '../domain/protection.ts';
import { acting, type ActorCall, type Operation } from '../http/operation.ts';
import { noContent, ok, Refusal, unprocessable } from '../http/reply.ts';
import type { BranchProtection, Repository, User } from '../state/records.ts';
import type { Reader, Transaction } from '../state/state.ts';
import type { Forge } from '../forge.ts';
import { publish } from '../webhooks/publish.ts';
import {
  presentCheckPolicy,
  presentProtection,
  presentProtectionRule,
  presentReviewPolicy,
  protectionEffect,
} from './present/branch-protection.ts';

type Wish = ActorCall<'repos/update-branch-protection'>['body'];

export const branchProtectionOperations: Operation[] = [
  acting('repos/get-branch-protection', 'admin', ({ forge, state, repository, params }) =>
    ok(presentProtection(forge, state, repository, params.branch, needProtection(state, repository, params.branch))),
  ),
  acting('repos/update-branch-protection', 'admin', ({ forge, actor, repository, params, body }) => {
    if (tipOf(forge.state, repository.id, params.branch) === undefined) throw new Refusal(404, 'Branch not found');
    const fields = fieldsOf(forge.state, body);
    const protection = forge.state.transaction((transaction) => {
      const now = Date.now();
      const before = transaction.select('branchProtection', 'repository', repository.id).find(({ branch }) => branch === params.branch);
      const after =
        before === undefined
          ? transaction.add('branchProtection', {
              repositoryId: repository.id,
              branch: params.branch,
              ...fields,
              createdAt: now,
              updatedAt: now,
            })
          : transaction.change('branchProtection', before.id, { ...fields, updatedAt: now });
      tell(forge, transaction, repository, actor, before === undefined ? 'created' : 'edited', after);
      return after;
    });
    return ok(presentProtection(forge, forge.state, repository, params.branch, protection));
  }),
  acting('repos/delete-branch-protection', 'admin', ({ forge, actor, repository, params }) => {
    forge.state.transaction((transaction) => {
      const protection = needProtection(transaction, repository, params.branch);
      transaction.remove('branchProtection', protection.id);
      tell(forge, transaction, repository, actor, 'deleted', protection);
    });
    return noContent();
  }),
  acting('repos/get-status-checks-protection', 'admin', ({ forge, state, repository, params }) => {
    const policy = presentCheckPolicy(forge, state, repository, params.branch, needProtection(state, repository, params.branch));
    if (policy === undefined) throw new Refusal(404, 'Required status checks not enabled');
    return ok(policy);
  }),
  acting('repos/get-pull-request-review-protection', 'admin', ({ forge, state, repository, params }) => {
    const policy = presentReviewPolicy(forge, state, repository, params.branch, needProtection(state, repository, params.branch));
    if (policy === undefined) throw new Refusal(404, 'Required pull request reviews not enabled');
    return ok(policy);
  }),
];

function needProtection(state: Reader, repository: Repository, branch: string): BranchProtection {
  if (tipOf(state, repository.id, branch) === undefined) throw new Refusal(404, 'Branch not found');
  const protection = protectionOf(state, repository, branch);
  if (protection === undefined) throw new Refusal(404, 'Branch not protected');
  return protection;
}

type Fields = Omit<BranchProtection, 'id' | 'repositoryId' | 'branch' | 'createdAt' | 'updatedAt'>;

function fieldsOf(state: Reader, wish: Wish): Fields {
  const { required_status_checks: checks, required_pull_request_reviews: reviews, restrictions } = wish;
  refuseOrganizations(wish);
  const count = reviews?.required_approving_review_count ?? 1;
  if (count < 0 || count > 6) throw unprocessable('Invalid request.\n\nrequired_approving_review_count must be between 0 and 6.');
  return {
    requiredStatusChecks:
      checks === null
        ? null
        : { strict: checks.strict, contexts: [...new Set([...checks.contexts, ...(checks.checks ?? []).map(({ context }) => context)])] },
    requiredReviews:
      reviews === null
        ? null
        : {
            count,
            dismissStale: reviews.dismiss_stale_reviews ?? false,
            codeOwners: reviews.require_code_owner_reviews ?? false,
            lastPushApproval: reviews.require_last_push_approval ?? false,
          },
    enforceAdmins: wish.enforce_admins ?? false,
    restrictions: restrictions === null ? null : { userIds: restrictions.users.map((login) => userId(state, login)) },
    allowForcePushes: wish.allow_force_pushes ?? false,
    allowDeletions: wish.allow_deletions ?? false,
    requiredLinearHistory: wish.required_linear_history ?? false,
    requiredConversationResolution: wish.required_conversation_resolution ?? false,
    blockCreations: wish.block_creations ?? false,
    lockBranch: wish.lock_branch ?? false,
  };
}

/** The forge has neither teams nor apps of others, and nobody whose reviews count otherwise: said instead of ignored. */
function refuseOrganizations({ required_pull_request_reviews: reviews, restrictions, ...wish }: Wish): void {
  const people = [
    ['restrictions.teams', restrictions?.teams],
    ['restrictions.apps', restrictions?.apps],
    ['dismissal_restrictions', Object.values(reviews?.dismissal_restrictions ?? {}).flat()],
    ['bypass_pull_request_allowances', Object.values(reviews?.bypass_pull_request_allowances ?? {}).flat()],
  ] as const;
  const [unsupported] = people.find(([, named]) => (named ?? []).length > 0) ?? [];
  if (unsupported !== undefined) throw unprocessable(`The forge does not have ${unsupported}: leave it empty.`);
  if (wish.allow_fork_syncing === true) throw unprocessable('The forge does not have allow_fork_syncing: leave it out.');
}

function userId(state: Reader, login: string): number {
  const user = state.first('user', 'login', login.toLowerCase());
  if (user === undefined) throw unprocessable(`Invalid request.\n\nThere is no user ${login}.`);
  return user.id;
}

function tell(
  forge: Forge,
  transaction: Transaction,
  repository: Repository,
  actor: User,
  action: 'created' | 'edited' | 'deleted',
  protection: BranchProtection,
): void {
  transaction.effect(protectionEffect(transaction, repository, actor.login, action, protection.branch));
  publish(forge, transaction, repository, actor, {
    name: 'branch_protection_rule',
    action,
    payload: { rule: presentProtectionRule(transaction, protection), ...(action === 'edited' ? { changes: {} } : {}) },
  });
}
