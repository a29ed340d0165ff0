import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal, startTestForge, type TestForge } from './harness.ts';
import { workbench, type Workbench } from './pull-request-support.ts';
import { receiveWebhooks } from './webhook-receiver.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.stop());

type Entry = { event?: string; actor?: { login: string } | null; source?: { issue?: { number: number } }; body?: string; message?: string };

async function timeline(place: { owner: string; repo: string }, issueNumber: number): Promise<Entry[]> {
  const octokit = forge.as('reader');
  return (await octokit.paginate(octokit.rest.issues.listEventsForTimeline, {
    ...place,
    issue_number: issueNumber,
    per_page: 3,
  })) as Entry[];
}

describe('the timeline of an issue', () => {
  it('has what happened, what was said, and where else it was mentioned, in this order', async () => {
    const place = await forge.repository();
    const { issues } = forge.as('writer').rest;
    const at = { ...place, issue_number: 1 };
    await issues.create({ ...place, title: 'First', labels: ['bug'] });
    await issues.createComment({ ...at, body: 'Hello' });
    await issues.update({ ...at, title: 'Renamed', assignees: ['writer'] });
    await issues.create({ ...place, title: 'Second', body: 'See #1, and again #1; not `#1`, not owner/other#1.' });
    await issues.lock(at);
    await issues.unlock(at);
    await issues.update({ ...at, state: 'closed' });
    await issues.update({ ...at, state: 'open' });
    const entries = await timeline(place, 1);
    expect(entries.map(({ event }) => event)).toEqual([
      'labeled',
      'commented',
      'renamed',
      'assigned',
      'cross-referenced',
      'locked',
      'unlocked',
      'closed',
      'reopened',
    ]);
    expect(entries[1]).toMatchObject({ body: 'Hello', actor: { login: 'writer' } });
    expect(entries[2]).toMatchObject({ rename: { from: 'First', to: 'Renamed' } });
    expect(entries[4]?.source?.issue?.number).toBe(2);
  });

  it('says nothing new for a second mention from the same place, and nothing of itself', async () => {
    const place = await forge.repository();
    const { issues } = forge.as('writer').rest;
    await issues.create({ ...place, title: 'First', body: 'This is #1.' });
    await issues.create({ ...place, title: 'Second', body: '#1' });
    await issues.createComment({ ...place, issue_number: 2, body: '#1 again, and #99' });
    await issues.update({ ...place, issue_number: 2, body: '#1!' });
    expect((await timeline(place, 1)).map(({ event }) => event)).toEqual(['cross-referenced']);
  });

  it('is one list with events: one by one, of the repository newest first, without mentions', async () => {
    const place = await forge.repository();
    const { issues } = forge.as('writer').rest;
    await issues.create({ ...place, title: 'First', labels: ['bug'] });
    await issues.create({ ...place, title: 'Second', body: '#1', labels: ['question'] });
    const { data } = await issues.listEventsForRepo(place);
    expect(data.map(({ event, issue }) => [event, issue?.number])).toEqual([
      ['labeled', 2],
      ['labeled', 1],
    ]);
    const id = data[0]?.id ?? 0;
    expect((await issues.getEvent({ ...place, event_id: id })).data).toMatchObject({ event: 'labeled', issue: { number: 2 } });
    expect((await refusal(issues.getEvent({ ...(await forge.repository()), event_id: id }))).status).toBe(404);
    expect((await refusal(issues.listEventsForTimeline({ ...place, issue_number: 9 }))).status).toBe(404);
  });
});

describe('a pull request as an issue', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await workbench(forge);
  });
  afterAll(() => bench.dispose());

  it('is listed and shown as one, with where it is as a request', async () => {
    const pull = await bench.open('as-issue', { draft: true });
    const { issues } = forge.as('writer').rest;
    const { data } = await issues.get({ ...bench.place, issue_number: pull.number });
    expect(data).toMatchObject({
      node_id: pull.node_id,
      html_url: pull.html_url,
      draft: true,
      pull_request: { url: pull.url, merged_at: null },
    });
    expect((await issues.listForRepo(bench.place)).data.map(({ number }) => number)).toContain(pull.number);
  });

  it('is labelled, assigned, closed and reopened as one, told as happening to the request', async () => {
    const receiver = await receiveWebhooks();
    await receiver.subscribe(forge, bench.place);
    const pull = await bench.open('changed-as-issue');
    const { issues, pulls } = forge.as('writer').rest;
    const at = { ...bench.place, issue_number: pull.number };
    await issues.update({ ...at, labels: ['bug'], assignees: ['writer'] });
    expect((await issues.update({ ...at, state: 'closed' })).data).toMatchObject({ state: 'closed', state_reason: null });
    await issues.update({ ...at, state: 'open' });
    const { data } = await pulls.get({ ...bench.place, pull_number: pull.number });
    expect(data).toMatchObject({ state: 'open', labels: [{ name: 'bug' }], assignees: [{ login: 'writer' }] });
    const kinds = (await bench.effects()).filter(({ subject }) => subject === `#${pull.number}`).map(({ kind }) => kind);
    expect(kinds).toEqual([
      'pull_request.opened',
      'pull_request.labeled',
      'pull_request.assigned',
      'pull_request.closed',
      'pull_request.reopened',
    ]);
    for (const kind of ['labeled', 'assigned', 'closed', 'reopened']) await receiver.first(`pull_request.${kind}`);
    expect(receiver.received.map(({ event }) => event)).not.toContain('issues');
    await receiver.stop();
  });

  it('that was merged is not reopened', async () => {
    const pull = await bench.open('merged-as-issue');
    const { issues, pulls } = forge.as('writer').rest;
    await pulls.merge({ ...bench.place, pull_number: pull.number });
    const { status } = await refusal(issues.update({ ...bench.place, issue_number: pull.number, state: 'open' }));
    expect(status).toBe(422);
    expect((await issues.get({ ...bench.place, issue_number: pull.number })).data.pull_request?.merged_at).not.toBeNull();
  });

  it('has its commits and reviews in the timeline, and mentions of it', async () => {
    const pull = await bench.open('timed');
    await forge.as('owner').rest.pulls.createReview({ ...bench.place, pull_number: pull.number, event: 'APPROVE', body: 'Good' });
    await forge.as('reader').rest.issues.create({ ...bench.place, title: 'Later', body: `After #${pull.number}` });
    const entries = await timeline(bench.place, pull.number);
    expect(entries.map(({ event }) => event)).toEqual(['committed', 'reviewed', 'cross-referenced']);
    expect(entries[0]?.message).toBeTruthy();
    expect(entries[1]).toMatchObject({ state: 'approved', body: 'Good', user: { login: 'owner' } });
  });

  it('has review comments that people react to', async () => {
    const pull = await bench.open('reacted');
    const { pulls, reactions } = forge.as('reader').rest;
    const { data: files } = await pulls.listFiles({ ...bench.place, pull_number: pull.number });
    const { data: comment } = await pulls.createReviewComment({
      ...bench.place,
      pull_number: pull.number,
      commit_id: pull.head.sha,
      path: files[0]?.filename ?? '',
      line: 1,
      body: 'Why?',
    });
    const at = { ...bench.place, comment_id: comment.id };
    const { data: reaction } = await reactions.createForPullRequestReviewComment({ ...at, content: 'eyes' });
    expect((await pulls.getReviewComment(at)).data.reactions).toMatchObject({ total_count: 1, eyes: 1 });
    expect((await reactions.listForPullRequestReviewComment(at)).data).toHaveLength(1);
    await reactions.deleteForPullRequestComment({ ...at, reaction_id: reaction.id });
    expect((await reactions.listForPullRequestReviewComment(at)).data).toEqual([]);
  });
});

describe('webhooks of issues', () => {
  it('tell of everything that happens, as GitHub does, each once', async () => {
    const receiver = await receiveWebhooks();
    const place = await forge.repository();
    await receiver.subscribe(forge, place);
    const { issues, repos } = forge.as('owner').rest;
    const at = { ...place, issue_number: 1 };
    const version = { ...place, milestone_number: 1 };
    await issues.createMilestone({ ...place, title: 'v1' });
    await issues.updateMilestone({ ...version, title: 'v2', state: 'closed', due_on: '2030-01-01T00:00:00Z' });
    await issues.updateMilestone({ ...version, state: 'open' });
    await issues.createLabel({ ...place, name: 'odd', color: 'ff0000' });
    await issues.updateLabel({ ...place, name: 'odd', new_name: 'even', color: '00ff00', description: 'New' });
    await issues.create({ ...place, title: 'a', body: 'b', labels: ['even'], assignees: ['writer'], milestone: 1 });
    await issues.update({ ...at, title: 'c', body: 'd', labels: [], assignees: [], milestone: null });
    await issues.update({ ...at, state: 'closed' });
    await issues.update({ ...at, state: 'open' });
    await issues.lock(at);
    await issues.unlock(at);
    const { data: comment } = await issues.createComment({ ...at, body: 'x' });
    await issues.updateComment({ ...place, comment_id: comment.id, body: 'y' });
    await issues.deleteComment({ ...place, comment_id: comment.id });
    await issues.deleteLabel({ ...place, name: 'even' });
    await issues.deleteMilestone(version);
    await repos.addCollaborator({ ...place, username: 'reader', permission: 'admin' });
    await repos.removeCollaborator({ ...place, username: 'reader' });
    const { data: invitation } = await repos.addCollaborator({ ...place, username: 'reader' });
    await forge.as('reader').rest.repos.acceptInvitationForAuthenticatedUser({ invitation_id: invitation.id });
    await receiver.first('member.added');
    const kinds = receiver.received.filter(({ event }) => event !== 'ping').map(({ event, action }) => `${event}.${action ?? ''}`);
    expect(kinds.sort()).toEqual(
      [
        ...['created', 'edited', 'closed', 'opened', 'deleted'].map((action) => `milestone.${action}`),
        ...['created', 'edited', 'deleted'].map((action) => `label.${action}`),
        ...['opened', 'edited', 'closed', 'reopened', 'locked', 'unlocked'].map((action) => `issues.${action}`),
        ...['labeled', 'unlabeled', 'assigned', 'unassigned', 'milestoned', 'demilestoned'].map((action) => `issues.${action}`),
        ...['created', 'edited', 'deleted'].map((action) => `issue_comment.${action}`),
        ...['edited', 'removed', 'added'].map((action) => `member.${action}`),
      ].sort(),
    );
    const opened = await receiver.first('issues.opened');
    expect(opened.payload['issue']).toMatchObject({ labels: [{ name: 'even' }], assignee: { login: 'writer' } });
    await receiver.stop();
  });
});
