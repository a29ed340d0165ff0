// Sets the stage of the demo on a forge: the repository with its history, who may do what, rules of its branch, the webhook, the issue. And
// plays the person: comments on the request when it is green, approves it when the comment is answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { Octokit } from 'octokit';
import { CHECKS, ISSUE, PROJECT, REVIEW_COMMENT } from './project.ts';

export interface Stage {
  readonly apiUrl: string;
  readonly tokens: Readonly<Record<string, string>>;
}

export interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly issue: number;
}

const OWNER = 'owner';
/** The account that Signalbox works as. */
export const AGENT = 'writer';
const REPO = 'till';
const LOOK_EVERY_MS = 500;

const clientOf = ({ apiUrl, tokens }: Stage, login: string): Octokit =>
  new Octokit({ baseUrl: apiUrl, auth: tokens[login], retry: { enabled: false }, throttle: { enabled: false } });

/**
 * @param webhook where the forge shall send its events, and the secret that signs them
 * @param repo name of the new repository
 */
export async function setStage(
  stage: Stage,
  webhook: { readonly url: string; readonly secret: string } | null,
  repo: string = REPO,
): Promise<Place> {
  const { rest } = clientOf(stage, OWNER);
  const here = { owner: OWNER, repo };
  const { data: repository } = await rest.repos.createForAuthenticatedUser({ name: repo, description: 'Adds up orders.' });
  const branch = repository.default_branch;
  // The first file by the contents API, because a repository without a commit takes no trees; the others as one commit.
  const [[firstPath, firstContent] = ['', ''], ...others] = Object.entries(PROJECT);
  const { data: first } = await rest.repos.createOrUpdateFileContents({
    ...here,
    branch,
    path: firstPath,
    message: 'Begin',
    content: Buffer.from(firstContent).toString('base64'),
  });
  const { data: tree } = await rest.git.createTree({
    ...here,
    base_tree: first.commit.tree?.sha ?? '',
    tree: others.map(([path, content]) => ({ path, mode: '100644', type: 'blob', content })),
  });
  const { data: commit } = await rest.git.createCommit({
    ...here,
    message: 'Add up orders',
    tree: tree.sha,
    parents: [first.commit.sha ?? ''],
  });
  await rest.git.updateRef({ ...here, ref: `heads/${branch}`, sha: commit.sha });

  const { data: invitation } = await rest.repos.addCollaborator({ ...here, username: AGENT, permission: 'push' });
  await clientOf(stage, AGENT).rest.repos.acceptInvitationForAuthenticatedUser({ invitation_id: invitation.id });
  if (webhook !== null)
    await rest.repos.createWebhook({
      ...here,
      config: { url: webhook.url, secret: webhook.secret, content_type: 'json' },
      events: ['pull_request', 'pull_request_review', 'pull_request_review_comment', 'issue_comment', 'check_run', 'check_suite', 'status'],
    });
  await rest.repos.updateBranchProtection({
    ...here,
    branch,
    enforce_admins: true,
    restrictions: null,
    required_status_checks: { strict: false, contexts: [...CHECKS] },
    required_pull_request_reviews: { required_approving_review_count: 1 },
  });
  const { data: issue } = await rest.issues.create({ ...here, ...ISSUE });
  return { ...here, issue: issue.number };
}

/**
 * Reviews the request as a person does: waits for its checks, asks for a change, and approves the commit that answers it.
 * @param did told what the person has just done
 */
export async function reviewAsPerson(
  stage: Stage,
  { owner, repo }: Place,
  did: (what: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const octokit = clientOf(stage, OWNER);
  const { rest } = octokit;
  const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const seen = await look().catch(() => undefined); // the forge may be away for a moment
      if (seen !== undefined) return seen;
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  };
  const request = await until(async () => (await rest.pulls.list({ owner, repo })).data[0]);
  const pull_number = request.number;
  const green = await until(async () => {
    const { data } = await rest.pulls.get({ owner, repo, pull_number });
    return (await isGreen(octokit, { owner, repo }, data.head.sha)) ? data.head.sha : undefined;
  });
  const file = await until(async () => (await rest.repos.getContent({ owner, repo, path: REVIEW_COMMENT.path, ref: green })).data);
  const text = 'content' in file ? Buffer.from(file.content, 'base64').toString() : '';
  const line = text.split('\n').findIndex((one) => one.startsWith(REVIEW_COMMENT.line)) + 1;
  const comment = {
    owner,
    repo,
    pull_number,
    commit_id: green,
    path: REVIEW_COMMENT.path,
    line,
    side: 'RIGHT',
    body: REVIEW_COMMENT.body,
  } as const;
  // Whose answer was lost looks before saying it again.
  await until(async () => {
    const { data: comments } = await rest.pulls.listReviewComments({ owner, repo, pull_number });
    return comments.some(({ body }) => body === comment.body) || rest.pulls.createReviewComment(comment).then(() => true);
  });
  did(`comments on ${REVIEW_COMMENT.path}:${line}: "${REVIEW_COMMENT.body}"`);

  const answered = await until(async () => {
    const { data: comments } = await rest.pulls.listReviewComments({ owner, repo, pull_number });
    const { data } = await rest.pulls.get({ owner, repo, pull_number });
    const isAnswered = comments.some(({ user, in_reply_to_id }) => user.login === AGENT && in_reply_to_id !== undefined);
    return isAnswered && data.head.sha !== green && (await isGreen(octokit, { owner, repo }, data.head.sha)) ? data.head.sha : undefined;
  });
  await until(async () => {
    const { data: reviews } = await rest.pulls.listReviews({ owner, repo, pull_number });
    const review = { owner, repo, pull_number, commit_id: answered, event: 'APPROVE', body: 'Thank you.' } as const;
    return reviews.some(({ state }) => state === 'APPROVED') || rest.pulls.createReview(review).then(() => true);
  });
  did(`approves ${answered.slice(0, 8)}`);
}

/** Every check that the branch requires has succeeded on this commit. */
async function isGreen({ rest }: Octokit, here: { readonly owner: string; readonly repo: string }, ref: string): Promise<boolean> {
  const { data } = await rest.checks.listForRef({ ...here, ref });
  return CHECKS.every((name) => data.check_runs.some((check) => check.name === name && check.conclusion === 'success'));
}
