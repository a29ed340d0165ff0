// Which requests and issues a webhook of GitHub is about. What it says of them is not believed: whoever is woken asks the forge.
import { z } from 'zod';
import { OUR_MARK } from '../../activities/merge-request/comments.ts';
import type { Concerns } from '../../contracts/delivery.ts';
import { isReadyLabel } from '../../contracts/trigger.ts';

const numbered = z.object({ number: z.int().positive() });
/** Requests whose head the check is of; empty for those from forks. */
const checked = z.object({ head_sha: z.string(), pull_requests: z.array(numbered).default([]) });
const person = z.object({ login: z.string() }).nullish();
const payload = z.object({
  repository: z.object({ full_name: z.string().regex(/^[\w.-]+\/[\w.-]+$/) }),
  pull_request: numbered.optional(),
  issue: numbered.extend({ pull_request: z.object({}).optional(), labels: z.array(z.object({ name: z.string() })).default([]) }).optional(),
  comment: z.object({ body: z.string().nullish(), user: person }).optional(),
  sender: person,
  check_run: checked.optional(),
  check_suite: checked.optional(),
  workflow_run: checked.optional(),
  workflow_job: z.object({ head_sha: z.string() }).optional(),
  /** Of a push. */
  ref: z.string().optional(),
  /** Of a commit status. */
  sha: z.string().optional(),
});

const OF_A_CHECK = new Set(['check_run', 'check_suite', 'workflow_run', 'workflow_job', 'status']);
const OF_A_REQUEST = new Set([
  ...['pull_request', 'pull_request_review', 'pull_request_review_comment', 'pull_request_review_thread'],
  'issue_comment',
]);
const NOTHING = { requests: [], commit: null, branch: null, issue: null, ready: false, start: null };

/** What we have written ourselves is no news. Who copies our mark is seen later: by the poll. */
const isOurs = ({ comment, sender }: Pick<z.infer<typeof payload>, 'comment' | 'sender'>): boolean =>
  OUR_MARK.test(comment?.body ?? '') && comment?.user?.login === sender?.login;

/** Null for what concerns neither a request nor an issue. @throws ZodError for a payload that is not one of GitHub's */
export function concernsOf(event: string, given: unknown): Concerns | null {
  if (!OF_A_CHECK.has(event) && !OF_A_REQUEST.has(event) && event !== 'issues' && event !== 'push') return null;
  const { repository, ...told } = payload.parse(given);
  const about = { ...NOTHING, repository: repository.full_name };
  if (isOurs(told)) return null;
  if (event === 'push') {
    const branch = /^refs\/heads\/(.+)$/.exec(told.ref ?? '')?.[1];
    return branch === undefined ? null : { ...about, branch };
  }
  const { issue } = told;
  if (issue !== undefined && issue.pull_request === undefined)
    return { ...about, issue: issue.number, ready: event === 'issues' && issue.labels.some(({ name }) => isReadyLabel(name)) };
  if (!OF_A_CHECK.has(event)) {
    const request = told.pull_request ?? issue;
    return request === undefined ? null : { ...about, requests: [request.number] };
  }
  const check = told.check_run ?? told.check_suite ?? told.workflow_run;
  const requests = (check?.pull_requests ?? []).map(({ number }) => number);
  const commit = check?.head_sha ?? told.workflow_job?.head_sha ?? told.sha ?? null;
  return { ...about, requests, commit: requests.length > 0 ? null : commit };
}
