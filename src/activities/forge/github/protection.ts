// What a branch of GitHub asks of a request: by its protection, and by the rules of its repository.
import type { Octokit } from 'octokit';
import type { Place } from '../provider.ts';
import { unlessMissing } from './errors.ts';

export interface Protection {
  /** Names, sorted. */
  readonly checks: string[];
  readonly approvals: number;
  readonly resolution: boolean;
  readonly also: string[];
  readonly queue: boolean;
}

/**
 * What a branch asks for, as far as it shows it to us: who may not administer it sees of a protection only the checks. What it hides shows in
 * what the forge makes of the reviews, and in that it blocks the merge.
 */
export async function protectionOf(octokit: Octokit, place: Place, branch: string): Promise<Protection> {
  const [shown, rules, classic] = await Promise.all([
    unlessMissing(async () => (await octokit.rest.repos.getBranch({ ...place, branch })).data.protection.required_status_checks),
    unlessMissing(() => octokit.paginate(octokit.rest.repos.getBranchRules, { ...place, branch, per_page: 100 })),
    unlessMissing(async () => (await octokit.rest.repos.getBranchProtection({ ...place, branch })).data),
  ]);
  const reviews = classic?.required_pull_request_reviews;
  const checks = [...(shown?.contexts ?? [])];
  let approvals = reviews?.required_approving_review_count ?? 0;
  let resolution = classic?.required_conversation_resolution?.enabled === true;
  const also = new Set<string>();
  if (reviews?.require_code_owner_reviews === true) also.add(CODE_OWNERS);
  if (reviews?.require_last_push_approval === true) also.add(LAST_PUSH);
  if (classic?.required_signatures?.enabled === true) also.add(SIGNATURES);
  for (const rule of rules ?? []) {
    if (rule.type === 'required_status_checks')
      checks.push(...(rule.parameters?.required_status_checks ?? []).map(({ context }) => context));
    if (rule.type === 'required_signatures') also.add(SIGNATURES);
    if (rule.type === 'required_deployments')
      also.add(`deployments to ${(rule.parameters?.required_deployment_environments ?? []).join(', ')}`);
    if (rule.type !== 'pull_request') continue;
    approvals = Math.max(approvals, rule.parameters?.required_approving_review_count ?? 0);
    resolution ||= rule.parameters?.required_review_thread_resolution === true;
    if (rule.parameters?.require_code_owner_review === true) also.add(CODE_OWNERS);
    if (rule.parameters?.require_last_push_approval === true) also.add(LAST_PUSH);
  }
  const queue = rules?.some(({ type }) => type === 'merge_queue') === true;
  return { checks: [...new Set(checks)].sort(), approvals, resolution, also: [...also].sort(), queue };
}

const CODE_OWNERS = 'approval by code owners';
const LAST_PUSH = 'approval by somebody else than who has pushed last';
const SIGNATURES = 'signed commits';
