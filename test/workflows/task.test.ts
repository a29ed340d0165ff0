// A task from the issue to the announced pull request: real forge, real git, real server, a scripted model. Effects are counted from
// outside, in the forge's own list.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { answer } from '../../src/client/answer.ts';
import { explain } from '../../src/client/explain.ts';
import { kill } from '../../src/client/kill.ts';
import { send } from '../../src/client/send.ts';
import { startTask } from '../../src/activities/task/start.ts';
import type { OutboxItem } from '../../src/contracts/outbox.ts';
import { searchAttributes } from '../../src/contracts/search-attributes.ts';
import { taskBranch, taskId, type TaskRef } from '../../src/contracts/task.ts';
import { fetchMirror, remoteBranch } from '../../src/git/mirror.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { HOLD_LABEL, WORKING_LABEL } from '../../src/policies/task-facts.ts';
import { install, type Installation } from '../support/installation.ts';
import { bash, createTaskWorld, handOver, type TaskWorld } from '../support/task-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { withoutSummary } from '../support/summaries.ts';
import { until } from '../support/until.ts';

/** A name that shells, lists and logs have trouble with. */
const ODD = 'odd\nname.txt';
let world: TaskWorld;
let here: Installation;
/** Lets the last turn of "Answer slowly" go on. */
const goOn = Promise.withResolvers<void>();
/** Lets the last turn of "Archive meanwhile" go on. */
const isArchived = Promise.withResolvers<void>();

beforeAll(async () => {
  world = await createTaskWorld(async ({ turn, messages }) => {
    if (messages.some(({ text }) => text.includes('Do nothing'))) return { say: 'Nothing to do.' };
    if (messages.some(({ text }) => text.includes('Take long')) && turn === 0) return { call: [bash('sleep 1000')] };
    if (messages.some(({ text }) => text.includes('Answer slowly')) && turn === 1) await goOn.promise;
    if (messages.some(({ text }) => text.includes('Archive meanwhile')) && turn === 1) await isArchived.promise;
    const odd = messages.some(({ text }) => text.includes('in the open')) ? `; echo odd > "$(printf '${ODD}')"` : '';
    return turn === 0 ? { call: [bash(`echo solved > solution.txt${odd}`)] } : { call: [handOver('Solve it', ['solution.txt'])] };
  });
  const settings = { TEST_SWEEP_AFTER_MS: '1000', SIGNALBOX_REQUEST_LABELS: 'by-agent', SIGNALBOX_REVIEWERS: 'reader,writer' };
  here = await install({ modelUrl: world.model.url, env: { ...world.env, ...settings } });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await world.end();
});

const rulesOf = async (task: TaskRef): Promise<string[]> => (await explain(here.store, taskId(task))).map(({ rule }) => rule);

/** What people are asked, once it says so. */
const waitingFor = (task: TaskRef, words: string): Promise<OutboxItem[]> =>
  until(`a person is told: ${words}`, async () => {
    const waiting = await here.store.outbox.waiting({ askedBy: taskId(task) });
    return waiting.some(({ question }) => question.includes(words)) && waiting;
  });

describe('a task', () => {
  it('leads an issue to a pull request, doing each effect once', async () => {
    const task = await world.newIssue('Solve it');
    const handle = await startTask(here, task, here.host, 'quick');
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
    expect(comments.map(({ body }) => body?.split('\n\n').slice(0, 2))).toEqual([
      ['Proposed in #2.', `<sub>Signalbox wrote this: [how it stands](${world.forge.url}/${owner}/${repo}/pull/2).</sub>`],
    ]);
    expect(world.noticed.filter(({ text }) => text.includes(`${repo}#`))).toEqual([
      { id: expect.stringMatching(/^signalbox-/), text: expect.any(String) },
    ]);
    expect(await rulesOf(task)).toEqual([
      'not-marked-yet',
      'work-to-do',
      'work-under-way',
      'not-committed',
      'not-pushed',
      'no-request-yet',
      'not-completed-yet',
      'not-said-yet',
      'not-announced-yet',
      'delivered',
    ]);
  });

  // Side by side: each has a repository of its own.
  it.concurrent(
    'can be read in Temporal; its request has what the issue, the template for it and the settings say, and a file name with a newline',
    async () => {
      const task = await world.newIssue('Solve it in the open');
      const { owner, repo, issue: issue_number } = task;
      const people = world.forge.as('owner').rest;
      const { data: milestone } = await people.issues.createMilestone({ owner, repo, title: 'Soon' });
      await people.issues.update({ owner, repo, issue_number, milestone: milestone.number, labels: ['bug'] });
      for (const name of ['feature', 'bug'])
        await people.repos.createOrUpdateFileContents({
          owner,
          repo,
          path: `.github/PULL_REQUEST_TEMPLATE/${name}.md`,
          message: name,
          content: Buffer.from(`What ${name} is it?`).toString('base64'),
        });
      const handle = await startTask(here, task, here.host, 'quick');
      const outcome = await handle.result();
      const pull_number = outcome.outcome === 'delivered' ? outcome.request : 0;
      const { data: files } = await world.forge.as('reader').rest.pulls.listFiles({ owner, repo, pull_number });
      expect(files.map(({ filename }) => filename).sort()).toEqual([ODD, 'solution.txt']);
      expect((await people.pulls.get({ owner, repo, pull_number })).data).toMatchObject({
        labels: [{ name: 'bug' }, { name: 'by-agent' }],
        milestone: { title: 'Soon' },
        requested_reviewers: [{ login: 'reader' }],
      });
      const asked = world.model.requests().filter(({ messages }) => JSON.stringify(messages).includes('in the open'));
      expect(JSON.stringify(asked)).toContain('What bug is it?');
      expect(JSON.stringify(asked)).not.toContain('What feature is it?');
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
      const session = await here.client.workflow.getHandle(`${handle.workflowId}/code/1`).describe();
      expect(session.typedSearchAttributes.get(searchAttributes.phase)).toBe('code');
    },
  );

  it.concurrent('asks a person when sessions leave nothing, and ends when the issue is closed', async () => {
    const task = await world.newIssue('Do nothing');
    const handle = await startTask(here, task, here.host, 'quick');
    await until('a person is asked', async () => (await here.store.outbox.waiting({ askedBy: taskId(task) })).length === 1, 60);
    const { owner, repo, issue: issue_number } = task;
    await world.forge.as('owner').rest.issues.update({ owner, repo, issue_number, state: 'closed' });
    // The look that follows its own question may have seen it already.
    await handle.signal('look').catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
    expect(await handle.result()).toEqual({ outcome: 'closed' });
    expect((await rulesOf(task)).filter((rule) => rule === 'work-to-do')).toHaveLength(2);
  });

  it.concurrent(
    'asks a person where its worktree is not fit for a session, touches nothing there, and goes on when that is put right',
    async () => {
      const task = await world.newIssue('Solve it in a strange place');
      const id = taskId(task);
      const { data } = await world.forge.as('writer').rest.repos.get({ owner: task.owner, repo: task.repo });
      const remote = { url: data.clone_url, token: world.forge.tokens['writer'] ?? '' };
      const { mirror } = await fetchMirror(here.git, remote);
      const base = (await remoteBranch(here.git, remote, 'main')) ?? '';
      const { directory, gitDirectory } = await createWorktree(here.git, { id, mirror, base, branch: taskBranch(task) });
      await writeFile(join(directory, 'left.txt'), 'mine');
      await writeFile(join(gitDirectory, 'index.lock'), '');
      const handle = await startTask(here, task, here.host, 'quick');
      const [item] = await until('a person is asked', async () => {
        const waiting = await here.store.outbox.waiting({ askedBy: id });
        return waiting.length > 0 && waiting;
      });
      expect(item?.question).toContain('Its worktree is not fit for a session: 1 files have changes that are not committed: left.txt.');
      expect(await readFile(join(directory, 'left.txt'), 'utf8')).toBe('mine');
      await rm(join(directory, 'left.txt'));
      await writeFile(join(gitDirectory, 'index.lock'), '');
      await here.store.outbox.answer({ item: item?.id ?? '', verdict: 'answer', by: 'ann', body: { text: 'Again.' } });
      await handle.signal('look');
      expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
      const events = await here.store.events.after({ seq: 0, limit: 1_000, subject: `${id}/code/3` });
      expect(events[0]).toMatchObject({ kind: 'worktree.repaired', body: { repaired: ['removed index.lock, whose owner is dead'] } });
    },
  );

  it.concurrent('is held by a label, and goes on when it is gone', async () => {
    const task = await world.newIssue('Hold me');
    const { owner, repo, issue: issue_number } = task;
    const { rest } = world.forge.as('owner');
    await rest.issues.addLabels({ owner, repo, issue_number, labels: [HOLD_LABEL] });
    const handle = await startTask(here, task, here.host, 'quick');
    await until('it is held', async () => (await rulesOf(task)).at(-1) === 'person-holds');
    await rest.issues.removeLabel({ owner, repo, issue_number, name: HOLD_LABEL });
    await handle.signal('look');
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
  });

  it.concurrent('does by rule what people tell it, and says what it can not do', async () => {
    const task = await world.newIssue('Solve it as told');
    const id = taskId(task);
    const tell = (text: string, from = 'ann') =>
      send(here, { id: `told/${id}/${text}/${from}`, to: id, from, kind: 'tell', body: { text } });
    await tell('hold', 'task/of/some/other/1/1'); // a workflow is no operator: words for the session
    await tell('hold');
    const handle = await startTask(here, task, here.host, 'quick');
    await until('it is held', async () => (await rulesOf(task)).at(-1) === 'person-said-hold');
    await handle.signal('tell', 'skip code');
    await until('it says that it can not', async () =>
      (await here.store.outbox.waiting({ askedBy: id })).some(({ question }) => question.includes("code can't be skipped")),
    );
    await tell('resume');
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
    const trace = (await explain(here.store, id)).filter(({ rule }) => rule === 'directive-given');
    expect(trace.map(({ because }) => because)).toEqual([
      'ann said: hold.',
      expect.stringMatching(/^operator \(Temporal UI\) said: skip code; but code can't be skipped/),
      'ann said: resume.',
    ]);
    expect((await here.store.mail.find({ id: `told/${id}/hold/ann` }))?.actedBy).toBe(`${id}/directive/1`);
    expect((await here.store.mail.find({ id: `told/${id}/hold/task/of/some/other/1/1` }))?.actedBy).toBe(`${id}/code/1`);
  });

  it.concurrent('proposes what somebody has pushed to its branch before, and writes nothing', async () => {
    const task = await world.newIssue('Done already');
    const { owner, repo } = task;
    const { rest } = world.forge.as('owner');
    const base = (await rest.git.getRef({ owner, repo, ref: 'heads/main' })).data.object.sha;
    const branch = taskBranch(task);
    await rest.git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha: base });
    const content = Buffer.from('by hand').toString('base64');
    const { data: pushed } = await rest.repos.createOrUpdateFileContents({
      owner,
      repo,
      branch,
      content,
      path: 'by-hand.txt',
      message: 'By hand',
    });
    const handle = await startTask(here, task, here.host, 'quick');
    const outcome = await handle.result();
    const pull_number = outcome.outcome === 'delivered' ? outcome.request : 0;
    const { data: pull } = await rest.pulls.get({ owner, repo, pull_number });
    expect(pull).toMatchObject({ title: 'Done already', head: { sha: pushed.commit.sha, ref: branch } });
    expect(pull.body).toContain('Found on its branch');
    expect(await rulesOf(task)).toEqual(expect.arrayContaining(['code-complete', 'no-request-yet', 'delivered']));
    expect(await rulesOf(task)).not.toContain('work-to-do');
  });

  it.concurrent('asks a person when the repository is archived meanwhile, and goes on when they say so', async () => {
    const task = await world.newIssue('Archive meanwhile');
    const handle = await startTask(here, task, here.host, 'quick');
    await until('the session runs', async () => (await rulesOf(task)).at(-1) === 'work-under-way');
    const { owner, repo } = task;
    const { rest } = world.forge.as('owner');
    await rest.repos.update({ owner, repo, archived: true });
    isArchived.resolve();
    const [item] = await waitingFor(task, 'The repository is archived (git push');
    expect(item?.question).toContain(
      'Take the repository out of the archive. Then it goes on within 10 minutes, or at once when you confirm.',
    );

    await rest.repos.update({ owner, repo, archived: false });
    expect(await answer(here, { item: item?.id ?? '', verdict: 'confirm', by: 'ann' })).toMatchObject({ state: 'accepted' });
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
    expect((await rulesOf(task)).filter((rule) => rule === 'work-to-do')).toHaveLength(1);
  });

  it.concurrent('steers its session in the last turn: nothing is delivered before the message was seen', async () => {
    const task = await world.newIssue('Answer slowly');
    const answering = world.model.requests().length;
    const handle = await startTask(here, task, here.host, 'quick');
    await until('the last turn has begun', () =>
      world.model
        .requests()
        .slice(answering)
        .some(({ messages }) => JSON.stringify(messages).includes('Answer slowly') && messages.some(({ role }) => role === 'tool')),
    );
    const { runId } = await handle.describe();
    await handle.signal('steer', 'Sign it.');
    await until('the session has mail', async () => (await here.store.mail.find({ id: `${runId}/0/0` })) !== undefined);
    goOn.resolve();
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
    const last = world.model.requests().findLast(({ messages }) => JSON.stringify(messages).includes('Answer slowly'));
    expect(JSON.stringify(last?.messages)).toContain('Sign it.');
  });

  it.concurrent('passes on what is typed to the session that runs', async () => {
    const task = await world.newIssue('Take long');
    const handle = await startTask(here, task, here.host, 'quick');
    await until('the session runs', async () => (await rulesOf(task)).at(-1) === 'work-under-way');
    await handle.signal('steer', 'Hurry.');
    await until('the session has mail', async () => (await here.store.mail.take({ address: `${taskId(task)}/code/1` })).length === 1);
    await kill(here, taskId(task), 'ann', 'enough');
  });

  // One after the other: faults and orders are for whoever comes.
  it('takes the double of its comment away that a late attempt has made', async () => {
    const task = await world.newIssue('Solve it twice');
    await world.forge.control('POST', '/_faults', { route: 'issues/create-comment', when: 'after', fault: { kind: 'cut' }, count: 1 });
    const handle = await startTask(here, task, here.host, 'quick');
    const { owner, repo, issue: issue_number } = task;
    const comments = async () => (await world.forge.as('writer').rest.issues.listComments({ owner, repo, issue_number })).data;
    const [first] = await until('the comment is there and its answer lost', async () => (await comments()).length === 1 && comments());
    // What a late attempt of ours would leave: the same mark, by us.
    await world.forge.as('writer').rest.issues.createComment({ owner, repo, issue_number, body: first?.body ?? '' });

    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
    await until('the sweep has been', async () => (await comments()).length === 1);
    expect(await comments()).toMatchObject([{ id: first?.id }]);
  });

  it('asks a person when the token is refused or has no rights, and sees by itself when that is over', async () => {
    await world.forge.control('POST', '/_faults', {
      route: 'issues/get',
      when: 'before',
      fault: { kind: 'status', status: 401 },
      count: 2,
    });
    const task = await world.newIssue('Solve it with rights');
    const { owner, repo } = task;
    const { rest } = world.forge.as('owner');
    await rest.repos.addCollaborator({ owner, repo, username: 'writer', permission: 'pull' });
    const handle = await startTask(here, task, here.host, 'quick');
    const [first] = await waitingFor(task, 'does not accept the token');
    await until('it waits for that', async () => (await rulesOf(task)).filter((rule) => rule === 'forge-refuses').length === 2);
    await handle.signal('look');

    const [item] = await waitingFor(task, 'The token may not do this (POST');
    expect((await here.store.outbox.find({ id: first?.id ?? '' }))?.withdrawnBecause).toBe('The forge answers again.');
    await rest.repos.addCollaborator({ owner, repo, username: 'writer', permission: 'push' });
    await answer(here, { item: item?.id ?? '', verdict: 'answer', by: 'ann', body: { text: 'It may now.' } });
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
  });

  it('that is killed kills its session, and gives mail back', async () => {
    const task = await world.newIssue('Take long');
    const handle = await startTask(here, task, here.host, 'quick');
    const session = here.client.workflow.getHandle(`${taskId(task)}/code/1`);
    await until('the session runs', async () => (await session.describe()).status.name === 'RUNNING');
    await send(here, { id: `tell/${taskId(task)}`, to: taskId(task), from: 'bob', kind: 'tell', body: 'Later.' });
    await writeFile(join(here.data, 'kill-at'), 'hold before endTask');
    const killed = kill(here, taskId(task), 'ann', 'wrong issue');
    await until('it is about to end', async () => (await readFile(join(here.data, 'held'), 'utf8')).includes('endTask'));
    await handle.signal('steer', 'Too late.');
    await rm(join(here.data, 'kill-at'));
    expect(await killed).toBe('cancelled');
    const notices = (await here.store.outbox.waiting({ askedBy: taskId(task) })).map(({ question }) => question);
    for (const words of ['Later.', 'Too late.']) expect(notices).toContainEqual(expect.stringContaining(`"${words}", said by`));
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await session.describe()).status.name).toBe('CANCELLED');
    expect((await here.store.mail.find({ id: `tell/${taskId(task)}` }))?.returnedBecause).toContain('killed');
  });

  it('is never without words in Temporal: whatever any workflow here has scheduled or waited for has a summary', async () => {
    const kinds = new Set<string>();
    const wordless: string[] = [];
    for await (const { workflowId, runId, type } of here.client.workflow.list()) {
      kinds.add(type);
      wordless.push(...withoutSummary(await here.client.workflow.getHandle(workflowId, runId).fetchHistory()));
    }
    expect([...kinds]).toEqual(expect.arrayContaining(['task', 'session']));
    expect(wordless).toEqual([]);
  });
});
