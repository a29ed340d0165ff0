// GitHub for the suite of forges: the forge of the devkit, over real HTTP, with accounts of its own.
import { createForge, createPages } from '../../src/activities/forge/create.ts';
import { forgeHost } from '../../src/contracts/work.ts';
import { workflow, job } from '../forge/ci-support.ts';
import { startTestForge, type TestForge } from '../forge/harness.ts';
import { workbench } from '../forge/pull-request-support.ts';
import { mutate, protectByQueue } from '../forge/queue-support.ts';
import type { ForgeUnderTest, Stage } from './stage.ts';

const LOGINS = { us: 'writer', owner: 'owner', reader: 'reader', stranger: 'stranger', bot: 'robot' } as const;

export async function startGitHub(): Promise<ForgeUnderTest> {
  const forge = await startTestForge();
  await forge.addUser(LOGINS.bot, 'Bot');
  const stages: { dispose(): void }[] = [];
  return {
    logins: LOGINS,
    host: forgeHost(forge.url),
    forge: (who = 'us') => createForge({ apiUrl: forge.url, token: forge.tokens[LOGINS[who]] }),
    wrong: {
      token: createForge({ apiUrl: forge.url, token: 'none' })(),
      address: createForge({ apiUrl: 'http://127.0.0.1:9', token: 'none' })(),
    },
    async limited(call) {
      const fault = { kind: 'secondary-limit', retryAfter: 60 };
      const { id } = await forge.control<{ id: string }>('POST', '/_faults', {
        route: '**',
        when: 'before',
        fault,
        actor: LOGINS.stranger,
      });
      try {
        return await call(createForge({ apiUrl: forge.url, token: forge.tokens[LOGINS.stranger] })());
      } finally {
        await forge.control('DELETE', `/_faults?id=${id}`);
      }
    },
    pages: createPages({ apiUrl: forge.url }),
    async stage(options) {
      const bench = await workbench(forge, options);
      stages.push(bench);
      return stageOn(forge, bench);
    },
    async end() {
      for (const stage of stages) stage.dispose();
      await forge.stop();
    },
  };
}

function stageOn(forge: TestForge, bench: Awaited<ReturnType<typeof workbench>>): Stage {
  const { place } = bench;
  const as = (who: keyof typeof LOGINS) => forge.as(LOGINS[who]).rest;
  const owner = as('owner');
  const at = (number: number) => ({ ...place, pull_number: number });
  return {
    place,
    commit: (...given) => bench.commit(...given),
    git: (...given) => bench.git(...given),
    tip: async (branch) => (await bench.tip(branch)) || undefined,
    request: async (branch, { as: who = 'us', ...options } = {}) => (await bench.open(branch, { ...options, as: LOGINS[who] })).number,
    async requestFromFork(branch) {
      const stranger = as('stranger');
      const fork = { owner: LOGINS.stranger, repo: place.repo };
      await stranger.repos.createFork(place);
      const head = await bench.commit(branch, { [`${branch}.txt`]: `${branch}\n` }, { from: 'main', login: LOGINS.stranger, to: fork });
      const { data } = await stranger.pulls.create({ ...place, base: 'main', title: 'Do it', head: `${LOGINS.stranger}:${branch}` });
      return {
        number: data.number,
        from: `${fork.owner}/${fork.repo}`,
        head,
        letPush: async (allowed) => void (await stranger.pulls.update({ ...at(data.number), maintainer_can_modify: allowed })),
        lose: async () => void (await stranger.repos.delete(fork)),
      };
    },
    close: async (number) => void (await owner.pulls.update({ ...at(number), state: 'closed' })),
    merge: async (number) => (await owner.pulls.merge(at(number))).data.sha,
    issue: async ({ labels = [], ...words }, who = 'owner') =>
      (await as(who).issues.create({ ...place, ...words, labels: [...labels] })).data.number,
    milestone: async (title) => (await owner.issues.createMilestone({ ...place, title })).data.number,
    label: async (number, label, who = 'owner') =>
      void (await as(who).issues.addLabels({ ...place, issue_number: number, labels: [label] })),
    unlabel: async (number, name) => void (await owner.issues.removeLabel({ ...place, issue_number: number, name })),
    remark: async (number, body, who) => (await as(who).issues.createComment({ ...place, issue_number: number, body })).data.id,
    editRemark: async (id, body, who) => void (await as(who).issues.updateComment({ ...place, comment_id: id, body })),
    deleteRemark: async (id) => void (await owner.issues.deleteComment({ ...place, comment_id: id })),
    async thread(number, body, who, { pending = false } = {}) {
      const { data: pull } = await owner.pulls.get(at(number));
      const line = { path: `${pull.head.ref}.txt`, line: 1, side: 'RIGHT' as const, body };
      if (!pending) return (await as(who).pulls.createReviewComment({ ...at(number), commit_id: pull.head.sha, ...line })).data.id;
      const { data: review } = await as(who).pulls.createReview({ ...at(number), commit_id: pull.head.sha, comments: [line] });
      return (await as(who).pulls.listCommentsForReview({ ...at(number), review_id: review.id })).data[0]?.id ?? 0;
    },
    deleteThread: async (first) => void (await owner.pulls.deleteReviewComment({ ...place, comment_id: first })),
    async review(number, verdict, who, body = 'Read.') {
      const event = verdict === 'approve' ? ('APPROVE' as const) : ('REQUEST_CHANGES' as const);
      return (await as(who).pulls.createReview({ ...at(number), event, body })).data.id;
    },
    dismiss: async (number, review) => void (await owner.pulls.dismissReview({ ...at(number), review_id: review, message: 'Settled.' })),
    reviewersAsked: async (number) => ((await owner.pulls.get(at(number))).data.requested_reviewers ?? []).map(({ login }) => login),
    status: async (sha, context, state) =>
      void (await as('us').repos.createCommitStatus({ ...place, sha, context, state, description: `${context}: ${state}` })),
    async check(head_sha, name, conclusion, summary) {
      const run = { ...place, head_sha, name, ...(summary === undefined ? {} : { output: { title: name, summary } }) };
      const ended = conclusion === null ? { status: 'in_progress' as const } : { status: 'completed' as const, conclusion };
      return String((await as('us').checks.create({ ...run, ...ended })).data.id);
    },
    ci: (of, name, ...commands) => workflow(job(name, ...commands), `on: ${of === 'queue' ? 'merge_group' : 'push'}`),
    async protect({ checks, approvals, resolution = false, upToDate = false }) {
      await owner.repos.updateBranchProtection({
        ...place,
        branch: 'main',
        enforce_admins: false,
        restrictions: null,
        required_conversation_resolution: resolution,
        required_status_checks: checks === undefined ? null : { strict: upToDate, contexts: [...checks] },
        required_pull_request_reviews: approvals === undefined ? null : { required_approving_review_count: approvals },
      });
    },
    queueWith: async (check) => {
      if (check !== 'build') throw new Error('the queue of the devkit’s tests asks for "build"');
      await protectByQueue(bench);
    },
    async queueAs(who, number, way) {
      const { node_id: id } = await bench.pull(number);
      if (way === 'in') await mutate(bench, 'enqueuePullRequest', { pullRequestId: id }, LOGINS[who]);
      else await mutate(bench, 'dequeuePullRequest', { id }, LOGINS[who]);
    },
    archive: async () => void (await owner.repos.update({ ...place, archived: true })),
    async allow(methods) {
      await owner.repos.update({
        ...place,
        allow_squash_merge: methods.includes('squash'),
        allow_merge_commit: methods.includes('merge'),
        allow_rebase_merge: methods.includes('rebase'),
      });
    },
    changes: async () => (await bench.effects()).length,
  };
}
