import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, git, startTestForge, type TestForge } from './harness.ts';
import { receiveWebhooks, type Receiver } from './webhook-receiver.ts';

let forge: TestForge;
let receiver: Receiver;
let folder: string;
beforeAll(async () => {
  forge = await startTestForge();
  folder = mkdtempSync(path.join(tmpdir(), 'events-'));
});
afterAll(async () => {
  await forge.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a webhook that hears everything was told while `happen` happened; every payload is held against GitHub's schemas. */
async function told(happen: (at: { owner: string; repo: string }) => Promise<void>, expected: readonly string[]): Promise<string[]> {
  receiver = await receiveWebhooks();
  const kinds = (): string[] => receiver.received.map(({ event, action }) => (action === null ? event : `${event}.${action}`));
  try {
    const repository = await forge.repository();
    await receiver.subscribe(forge, repository, ['*']);
    await happen(repository);
    await eventually(`${expected.join(', ')}; so far there were ${kinds().join(', ')}`, async () =>
      expected.every((kind) => kinds().includes(kind)),
    );
    return [...new Set(kinds())].sort();
  } finally {
    await receiver.stop();
  }
}

/** A branch with one new file, pushed; returns its commit. */
async function branch(at: { owner: string; repo: string }, name: string): Promise<string> {
  const clone = mkdtempSync(path.join(folder, 'clone-'));
  await git(clone, 'clone', '-q', forge.remote(at, 'writer'), '.');
  writeFileSync(path.join(clone, 'new.txt'), `${name}\n`);
  await git(clone, 'add', '.');
  await git(clone, 'commit', '-qm', `Add ${name}`);
  await git(clone, 'push', '-q', 'origin', `HEAD:refs/heads/${name}`);
  return git(clone, 'rev-parse', 'HEAD');
}

describe('webhooks tell what happens', () => {
  it('to issues, their labels, milestones and comments', async () => {
    const { issues } = forge.as('writer').rest;
    const expected = [
      'issue_comment.created',
      'issue_comment.deleted',
      'issue_comment.edited',
      'issues.assigned',
      'issues.closed',
      'issues.demilestoned',
      'issues.edited',
      'issues.labeled',
      'issues.locked',
      'issues.milestoned',
      'issues.opened',
      'issues.reopened',
      'issues.unassigned',
      'issues.unlabeled',
      'issues.unlocked',
      'label.created',
      'label.deleted',
      'label.edited',
      'milestone.closed',
      'milestone.created',
      'milestone.deleted',
      'milestone.edited',
      'milestone.opened',
      'ping',
    ];
    const kinds = await told(async (at) => {
      await issues.createLabel({ ...at, name: 'urgent', color: 'ff0000' });
      await issues.updateLabel({ ...at, name: 'urgent', new_name: 'very urgent', color: '00ff00', description: 'Now' });
      const { number: milestone_number } = (await issues.createMilestone({ ...at, title: 'First' })).data;
      await issues.updateMilestone({ ...at, milestone_number, title: 'Second', description: 'Soon' });
      await issues.updateMilestone({ ...at, milestone_number, state: 'closed' });
      await issues.updateMilestone({ ...at, milestone_number, state: 'open' });
      const { number: issue_number } = (await issues.create({ ...at, title: 'Broken', body: 'It is' })).data;
      const one = { ...at, issue_number };
      await issues.update({ ...one, title: 'Still broken', body: 'It still is' });
      await issues.addLabels({ ...one, labels: ['very urgent'] });
      await issues.removeLabel({ ...one, name: 'very urgent' });
      await issues.addAssignees({ ...one, assignees: ['writer'] });
      await issues.removeAssignees({ ...one, assignees: ['writer'] });
      await issues.update({ ...one, milestone: milestone_number });
      await issues.update({ ...one, milestone: null });
      await issues.lock({ ...one, lock_reason: 'resolved' });
      await issues.unlock(one);
      const { id: comment_id } = (await issues.createComment({ ...one, body: 'Hm' })).data;
      await issues.updateComment({ ...at, comment_id, body: 'Aha' });
      await issues.deleteComment({ ...at, comment_id });
      await issues.update({ ...one, state: 'closed', state_reason: 'completed' });
      await issues.update({ ...one, state: 'open' });
      await issues.deleteMilestone({ ...at, milestone_number });
      await issues.deleteLabel({ ...at, name: 'very urgent' });
    }, expected);
    expect(kinds).toEqual(expected);
  });

  it('to pull requests, their reviews and threads, until they are merged', async () => {
    const { pulls, issues } = forge.as('writer').rest;
    const owner = forge.as('owner').rest;
    const expected = [
      'create',
      'issue_comment.created',
      'ping',
      'pull_request.assigned',
      'pull_request.closed',
      'pull_request.edited',
      'pull_request.labeled',
      'pull_request.locked',
      'pull_request.milestoned',
      'pull_request.opened',
      'pull_request.ready_for_review',
      'pull_request.reopened',
      'pull_request.review_request_removed',
      'pull_request.review_requested',
      'pull_request.synchronize',
      'pull_request.unassigned',
      'pull_request.unlabeled',
      'pull_request.unlocked',
      'pull_request_review.dismissed',
      'pull_request_review.edited',
      'pull_request_review.submitted',
      'pull_request_review_comment.created',
      'pull_request_review_comment.deleted',
      'pull_request_review_comment.edited',
      'push',
    ];
    const kinds = await told(
      async (at) => {
        await branch(at, 'topic');
        const { data: pull } = await pulls.create({ ...at, title: 'Topic', head: 'topic', base: 'main', draft: true });
        const one = { ...at, pull_number: pull.number };
        const issue = { ...at, issue_number: pull.number };
        const { number: milestone } = (await issues.createMilestone({ ...at, title: 'First' })).data;
        await pulls.update({ ...one, title: 'The topic', body: 'Of the day' });
        await owner.pulls.requestReviewers({ ...one, reviewers: ['reader'] });
        await owner.pulls.removeRequestedReviewers({ ...one, reviewers: ['reader'] });
        await issues.addLabels({ ...issue, labels: ['bug'] });
        await issues.removeLabel({ ...issue, name: 'bug' });
        await issues.addAssignees({ ...issue, assignees: ['writer'] });
        await issues.removeAssignees({ ...issue, assignees: ['writer'] });
        await issues.update({ ...issue, milestone });
        await issues.lock(issue);
        await issues.unlock(issue);
        await issues.createComment({ ...issue, body: 'Please look' });
        const { data: review } = await owner.pulls.createReview({
          ...one,
          event: 'REQUEST_CHANGES',
          body: 'No',
          comments: [{ path: 'new.txt', line: 1, body: 'Here' }],
        });
        await owner.pulls.updateReview({ ...one, review_id: review.id, body: 'Not yet' });
        await owner.pulls.dismissReview({ ...one, review_id: review.id, message: 'Done' });
        const { data: comment } = await owner.pulls.createReviewComment({
          ...one,
          commit_id: pull.head.sha,
          path: 'new.txt',
          line: 1,
          body: 'And here',
        });
        await pulls.createReplyForReviewComment({ ...one, comment_id: comment.id, body: 'Why?' });
        await owner.pulls.updateReviewComment({ ...at, comment_id: comment.id, body: 'Or here' });
        await owner.pulls.deleteReviewComment({ ...at, comment_id: comment.id });
        await pulls.update({ ...one, state: 'closed' });
        await pulls.update({ ...one, state: 'open' });
        await forge.as('writer').rest.repos.createOrUpdateFileContents({
          ...at,
          path: 'more.txt',
          branch: 'topic',
          message: 'More',
          content: Buffer.from('more\n').toString('base64'),
        });
        const { data: now } = await pulls.create({ ...at, title: 'Other', head: await other(at), base: 'main' });
        await owner.pulls.merge({ ...at, pull_number: now.number, sha: now.head.sha });
      },
      expected.filter((kind) => kind !== 'pull_request.ready_for_review'),
    );
    expect(kinds.filter((kind) => !kind.startsWith('milestone.') && !kind.startsWith('check_') && !kind.startsWith('workflow_'))).toEqual(
      expected.filter((kind) => kind !== 'pull_request.ready_for_review'),
    );
  });

  it('to commits: statuses, checks, runs of workflows', async () => {
    const expected = [
      'check_run.completed',
      'check_run.created',
      'check_suite.completed',
      'ping',
      'push',
      'status',
      'workflow_job.completed',
      'workflow_job.in_progress',
      'workflow_job.queued',
      'workflow_run.completed',
      'workflow_run.in_progress',
      'workflow_run.requested',
    ];
    const kinds = await told(async (at) => {
      const { repos, checks } = forge.as('writer').rest;
      const { data } = await repos.createOrUpdateFileContents({
        ...at,
        path: '.github/workflows/ci.yml',
        message: 'CI',
        content: Buffer.from('on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo fine\n').toString(
          'base64',
        ),
      });
      const sha = data.commit.sha ?? '';
      await repos.createCommitStatus({ ...at, sha, state: 'success', context: 'lint', target_url: 'https://example.org/lint' });
      const { data: check } = await checks.create({ ...at, name: 'types', head_sha: sha, status: 'in_progress' });
      await checks.update({ ...at, check_run_id: check.id, status: 'completed', conclusion: 'success' });
    }, expected);
    expect(kinds.filter((kind) => kind !== 'check_suite.requested')).toEqual(expected);
  });

  it('to branches: made, moved, deleted', async () => {
    const expected = ['create', 'delete', 'ping', 'push'];
    const kinds = await told(async (at) => {
      await branch(at, 'gone');
      await forge.as('writer').rest.git.deleteRef({ ...at, ref: 'heads/gone' });
    }, expected);
    expect(kinds).toEqual(expected);
  });
});

async function other(at: { owner: string; repo: string }): Promise<string> {
  await branch(at, 'other');
  return 'other';
}
