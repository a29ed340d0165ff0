// A task from the issue to the announced pull request: real forge, real git, real server, a scripted model. Effects are counted from
// outside, in the forge's own list.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { explain } from '../../src/client/explain.ts';
import { kill } from '../../src/client/kill.ts';
import { send } from '../../src/client/send.ts';
import { startTask } from '../../src/client/start-task.ts';
import { searchAttributes } from '../../src/contracts/search-attributes.ts';
import { taskId, type TaskRef } from '../../src/contracts/task.ts';
import { HOLD_LABEL, WORKING_LABEL } from '../../src/policies/task.ts';
import { install, type Installation } from '../support/installation.ts';
import { bash, createTaskWorld, type TaskWorld } from '../support/task-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let world: TaskWorld;
let here: Installation;
/** Lets the last turn of "Answer slowly" go on. */
const goOn = Promise.withResolvers<void>();

beforeAll(async () => {
  world = await createTaskWorld(async ({ turn, messages }) => {
    if (messages.some(({ text }) => text.includes('Do nothing'))) return { say: 'Nothing to do.' };
    if (messages.some(({ text }) => text.includes('Take long')) && turn === 0) return { call: [bash('sleep 1000')] };
    if (messages.some(({ text }) => text.includes('Answer slowly')) && turn === 1) await goOn.promise;
    return turn === 0 ? { call: [bash('echo solved > solution.txt')] } : { say: 'Solved.' };
  });
  here = await install({ modelUrl: world.model.url, env: { ...world.env, TEST_SWEEP_AFTER_MS: '1000' } });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await world.end();
});

const rulesOf = async (task: TaskRef): Promise<string[]> => (await explain(here.store, taskId(task))).map(({ rule }) => rule);

describe('a task', () => {
  it('leads an issue to a pull request, doing each effect once', async () => {
    const task = await world.newIssue('Solve it');
    const handle = await startTask(here, task, here.host);
    expect(await handle.result()).toEqual({ outcome: 'delivered', request: 2 });

    const { owner, repo, issue: issue_number } = task;
    const { rest } = world.forge.as('reader');
    const { data: pull } = await rest.pulls.get({ owner, repo, pull_number: 2 });
    expect(pull).toMatchObject({
      state: 'open',
      title: 'Solve it',
      user: { login: 'writer' },
      head: { ref: `signalbox/issue-${issue_number}` },
    });
    const { data: file } = await rest.repos.getContent({ owner, repo, path: 'solution.txt', ref: pull.head.sha });
    expect(Buffer.from('content' in file ? file.content : '', 'base64').toString()).toBe('solved\n');
    expect((await rest.issues.get({ owner, repo, issue_number })).data.labels).toMatchObject([{ name: WORKING_LABEL }]);
    const { data: comments } = await rest.issues.listComments({ owner, repo, issue_number });
    expect(comments.map(({ body }) => body?.split('\n')[0])).toEqual(['Proposed in #2.']);
    expect(world.noticed.filter(({ text }) => text.includes(`${repo}#`))).toEqual([
      { id: expect.stringMatching(/^signalbox-/), text: expect.any(String) },
    ]);
    expect(await rulesOf(task)).toEqual([
      'not-marked-yet',
      'work-to-do',
      'session-runs',
      'not-committed',
      'not-pushed',
      'no-request-yet',
      'not-said-yet',
      'not-announced-yet',
      'delivered',
    ]);
  });

  it('can be read in Temporal: ids, summaries of what was done and why, the phase', async () => {
    const task = await world.newIssue('Solve it in the open');
    const handle = await startTask(here, task, here.host);
    await handle.result();
    expect(handle.workflowId).toBe(`task/test/${task.owner}/${task.repo}/${task.issue}/1`);
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(searchAttributes.workspace)).toBe('test');
    expect(typedSearchAttributes.get(searchAttributes.phase)).toBe('end');
    const { events } = await handle.fetchHistory();
    const summaries = (events ?? []).flatMap(({ userMetadata }) => {
      const bytes = userMetadata?.summary?.data;
      return bytes ? [JSON.parse(Buffer.from(bytes).toString()) as string] : [];
    });
    expect(summaries).toEqual(expect.arrayContaining(['label: not-marked-yet', 'openRequest: no-request-yet', 'comment: not-said-yet']));
  });

  it('waits for a person when sessions leave nothing, and ends when the issue is closed', async () => {
    const task = await world.newIssue('Do nothing');
    const handle = await startTask(here, task, here.host);
    await until('it waits for a person', async () => (await rulesOf(task)).at(-1) === 'no-result');
    const { owner, repo, issue: issue_number } = task;
    await world.forge.as('owner').rest.issues.update({ owner, repo, issue_number, state: 'closed' });
    await handle.signal('look');
    expect(await handle.result()).toEqual({ outcome: 'closed' });
    expect((await rulesOf(task)).filter((rule) => rule === 'work-to-do')).toHaveLength(2);
  });

  it('is held by a label, and goes on when it is gone', async () => {
    const task = await world.newIssue('Hold me');
    const { owner, repo, issue: issue_number } = task;
    const { rest } = world.forge.as('owner');
    await rest.issues.addLabels({ owner, repo, issue_number, labels: [HOLD_LABEL] });
    const handle = await startTask(here, task, here.host);
    await until('it is held', async () => (await rulesOf(task)).at(-1) === 'person-holds');
    await rest.issues.removeLabel({ owner, repo, issue_number, name: HOLD_LABEL });
    await handle.signal('look');
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
  });

  it('takes the double of its comment away that a late attempt has made', async () => {
    const task = await world.newIssue('Solve it twice');
    await world.forge.control('POST', '/_faults', { route: 'issues/create-comment', when: 'after', fault: { kind: 'cut' }, count: 1 });
    const handle = await startTask(here, task, here.host);
    const { owner, repo, issue: issue_number } = task;
    const comments = async () => (await world.forge.as('writer').rest.issues.listComments({ owner, repo, issue_number })).data;
    const [first] = await until('the comment is there and its answer lost', async () => (await comments()).length === 1 && comments());
    // What a late attempt of ours would leave: the same mark, by us.
    await world.forge.as('writer').rest.issues.createComment({ owner, repo, issue_number, body: first?.body ?? '' });

    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
    await until('the sweep has been', async () => (await comments()).length === 1);
    expect(await comments()).toMatchObject([{ id: first?.id }]);
  });

  it('steers its session in the last turn: nothing is delivered before the message was seen', async () => {
    const task = await world.newIssue('Answer slowly');
    const answering = world.model.requests().length;
    const handle = await startTask(here, task, here.host);
    await until('the last turn has begun', () =>
      world.model
        .requests()
        .slice(answering)
        .some(({ messages }) => JSON.stringify(messages).includes('Answer slowly') && messages.some(({ role }) => role === 'tool')),
    );
    const { runId } = await handle.describe();
    await handle.signal('steer', 'Sign it.');
    await until('the session has mail', async () => (await here.store.mail.find({ id: `${runId}/0` })) !== undefined);
    goOn.resolve();
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
    const last = world.model.requests().findLast(({ messages }) => JSON.stringify(messages).includes('Answer slowly'));
    expect(JSON.stringify(last?.messages)).toContain('Sign it.');
  });

  it('passes on what is typed to the session that runs', async () => {
    const task = await world.newIssue('Take long');
    const handle = await startTask(here, task, here.host);
    await until('the session runs', async () => (await rulesOf(task)).at(-1) === 'session-runs');
    await handle.signal('steer', 'Hurry.');
    await until('the session has mail', async () => (await here.store.mail.take({ address: `${taskId(task)}/session/1` })).length === 1);
    await kill(here, taskId(task), 'ann', 'enough');
  });

  it('that is killed kills its session, and gives mail back', async () => {
    const task = await world.newIssue('Take long');
    const handle = await startTask(here, task, here.host);
    const session = here.client.workflow.getHandle(`${taskId(task)}/session/1`);
    await until('the session runs', async () => (await session.describe()).status.name === 'RUNNING');
    await send(here, { id: `tell/${taskId(task)}`, to: taskId(task), from: 'bob', kind: 'tell', body: 'Later.' });
    expect(await kill(here, taskId(task), 'ann', 'wrong issue')).toBe('cancelled');
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await session.describe()).status.name).toBe('CANCELLED');
    expect((await here.store.mail.find({ id: `tell/${taskId(task)}` }))?.returnedBecause).toContain('killed');
  });
});
