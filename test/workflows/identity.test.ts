// Work under identities (X6): a service account that does everything, a person's that only commits and opens, the installation's own beside
// them. Who did what is asked of the forge, from outside.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ISSUE, PROJECT } from '../../devkit/demo/project.ts';
import demoScript from '../../devkit/demo/script.ts';
import { footersIn } from '../../src/activities/publish/footer.ts';
import { beginTask } from '../../src/activities/task/begin.ts';
import type { OutboxItem } from '../../src/contracts/outbox.ts';
import type { Pipeline } from '../../src/contracts/plan.ts';
import { taskId, type TaskRef } from '../../src/contracts/task.ts';
import { READY_LABEL } from '../../src/contracts/trigger.ts';
import { forgeHost, mergeRequestId } from '../../src/contracts/work.ts';
import { newestDecision } from '../support/decisions.ts';
import { install, type Installation } from '../support/installation.ts';
import { bash, createTaskWorld, handOver, type IssueTask, type TaskWorld } from '../support/task-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const BOT = 'bot:commits,requests,comments,merges';
const ANN = 'ann:commits,requests';

let world: TaskWorld;
let here: Installation;
let folder: string;
/** Begins the titles of issues that one command solves. */
const SMALL = 'Solve it while';
/** Sessions of "expires" wait for the one, those of "loses" for the other. */
const hasExpired = Promise.withResolvers<undefined>();
const hasLost = Promise.withResolvers<undefined>();
/** Repository that the worker polls for the label. */
const LABELLED = 'labelled';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-identities-'));
  world = await createTaskWorld(async (conversation) => {
    if (!conversation.prompt.includes(SMALL)) return demoScript(conversation);
    if (conversation.prompt.includes('expires')) await hasExpired.promise;
    if (conversation.prompt.includes('loses')) await hasLost.promise;
    return { call: [conversation.turn === 0 ? bash('echo solved > solution.txt') : handOver('Solve it', ['solution.txt'])] };
  });
  await world.forge.addUser('robot');
  await world.forge.addUser('ann');
  const file = join(folder, 'identities.yaml');
  await writeFile(
    file,
    `identities:
  - { name: bot, token: $BOT_TOKEN, author: Robot <robot@example.org> }
  - { name: ann, token: $ANN_TOKEN, author: Ann <ann@example.org>, actAsUser: true }
  - { name: late, token: $LATE_TOKEN }
  - { name: sealed, token: $BOT_TOKEN, author: Robot <robot@example.org>, signingKey: key }
`,
  );
  await world.forge.repository(LABELLED);
  const { tokens } = world.forge;
  here = await install({
    modelUrl: world.model.url,
    env: {
      ...world.env,
      SIGNALBOX_IDENTITIES: file,
      BOT_TOKEN: tokens['robot'] ?? '',
      ANN_TOKEN: tokens['ann'] ?? '',
      SIGNALBOX_AUTO_MERGE: 'true',
      SIGNALBOX_POLL_SECONDS: '2',
      // For what names none, as the label.
      SIGNALBOX_IDENTITY: 'bot',
      SIGNALBOX_REPOSITORIES: `owner/${LABELLED}`,
    },
  });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await world.end();
  await rm(folder, { recursive: true });
});

/** The demo's repository with its issue; robot and ann may write there. */
async function newIssue(title: string, place?: { readonly owner: string; readonly repo: string }): Promise<IssueTask> {
  const { owner, repo } = place ?? (await world.forge.repository());
  const { rest } = world.forge.as('owner');
  for (const [path, content] of Object.entries(PROJECT)) {
    if (path === 'README.md') continue;
    await rest.repos.createOrUpdateFileContents({ owner, repo, path, message: path, content: Buffer.from(content).toString('base64') });
  }
  for (const username of ['robot', 'ann']) await invite({ owner, repo }, username);
  const { data } = await rest.issues.create({ owner, repo, ...ISSUE, title });
  return { workspace: 'test', owner, repo, issue: data.number, goal: null, generation: 1 };
}

async function invite({ owner, repo }: { readonly owner: string; readonly repo: string }, username: string): Promise<void> {
  const { data } = await world.forge.as('owner').rest.repos.addCollaborator({ owner, repo, username, permission: 'push' });
  await world.forge.as(username).rest.repos.acceptInvitationForAuthenticatedUser({ invitation_id: data.id });
}

async function begin(task: TaskRef, as: string | null, pipeline: Pipeline = 'quick') {
  const { workspace, owner, repo, issue, goal } = task;
  const given = { workspace, ticket: { owner, repo, issue, goal }, pipeline, host: here.host, after: [], as };
  const begun = await beginTask({ ...here, branch: undefined, identity: null }, given);
  if (begun.state === 'too late') throw new Error('it runs already');
  return begun.handle;
}

/** What Signalbox has done in a repository: kinds of effects with who did them. */
async function doneIn({ owner, repo }: TaskRef): Promise<Record<string, string[]>> {
  type Effect = { readonly kind: string; readonly actor: string; readonly repository: string | null };
  const effects = (await world.forge.control<Effect[]>('GET', '/_effects?limit=10000')).filter(
    ({ repository, actor, kind }) => repository === `${owner}/${repo}` && actor !== 'owner' && !/invitation|collaborator/.test(kind),
  );
  const kinds = new Set(effects.map(({ kind }) => kind));
  return Object.fromEntries(
    [...kinds].map((kind) => [kind, [...new Set(effects.filter((one) => one.kind === kind).map(({ actor }) => actor))].sort()]),
  );
}

const commitsOf = async ({ owner, repo }: TaskRef, number: number) =>
  (await world.forge.as('reader').rest.pulls.listCommits({ owner, repo, pull_number: number })).data.map(({ commit }) => commit);

describe('work under an identity', () => {
  it.concurrent(
    'is committed, opened, spoken for and merged by its account',
    async () => {
      const task = await newIssue(ISSUE.title);
      const handle = await begin(task, BOT, 'delivery');
      expect(await handle.result()).toMatchObject({ outcome: 'merged' });
      const done = await doneIn(task);
      expect(Object.keys(done)).toEqual(expect.arrayContaining(['pull_request.opened', 'issue_comment.created', 'pull_request.merged']));
      expect(new Set(Object.values(done).flat())).toEqual(new Set(['robot']));
      const commits = await commitsOf(task, 2);
      expect(new Set(commits.map(({ author }) => author?.email))).toEqual(new Set(['robot@example.org']));
    },
    240_000,
  );

  it.concurrent(
    'of a person is committed and opened in their name, which is disclosed, and nothing more',
    async () => {
      const task = await newIssue(ISSUE.title);
      const handle = await begin(task, ANN, 'delivery');
      expect(await handle.result()).toMatchObject({ outcome: 'merged' });
      expect(await doneIn(task)).toMatchObject({
        'pull_request.opened': ['ann'],
        'pull_request.synchronize': ['ann'],
        'pull_request.edited': ['ann'],
        'issue_comment.created': ['writer'],
        'issue_comment.edited': ['writer'],
        'issue.labeled': ['writer'],
        'issue.closed': ['writer'],
        'pull_request.merged': ['writer'],
      });
      for (const { author, message } of await commitsOf(task, 2)) {
        expect(author?.email).toBe('ann@example.org');
        expect(message).toContain('Co-authored-by: Signalbox <');
      }
      const { data: pull } = await world.forge.as('reader').rest.pulls.get({ owner: task.owner, repo: task.repo, pull_number: 2 });
      expect(footersIn(pull.body ?? '')).toEqual([expect.stringContaining('Opened by Signalbox on behalf of @ann.')]);
    },
    240_000,
  );

  it.concurrent(
    'stops where its account may not push any more, and goes on when it may; others go on in the same repository',
    async () => {
      const task = await newIssue(`${SMALL} the account loses its rights`);
      const { owner, repo } = task;
      const { rest } = world.forge.as('owner');
      const handle = await begin(task, BOT);
      await until('its session runs', async () => (await newestDecision(here.store, taskId(task)))?.rule === 'work-under-way', 60);
      await rest.repos.removeCollaborator({ owner, repo, username: 'robot' });
      hasLost.resolve(undefined);
      const item = await waitingFor(
        task,
        `The token of the identity bot may not do this (${owner}/${repo}: It may not push there.). Give the token write access`,
      );
      const { data } = await rest.issues.create({ owner, repo, title: `${SMALL} another account works`, body: 'Please.' });
      const other = { ...task, issue: data.number };
      expect(await (await begin(other, null)).result()).toMatchObject({ outcome: 'delivered' });
      expect((await doneIn(task))['pull_request.opened']).toEqual(['writer']);
      expect((await here.store.outbox.find({ id: item.id }))?.withdrawnBecause).toBeUndefined();

      await invite(task, 'robot');
      await handle.signal('look');
      expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
      expect((await here.store.outbox.find({ id: item.id }))?.withdrawnBecause).toBe('The forge answers again.');
      expect((await doneIn(task))['pull_request.opened']).toEqual(['robot', 'writer']);
    },
    240_000,
  );

  it.concurrent(
    'is what the label lets begin as, where the installation names it for what names none',
    async () => {
      const task = await newIssue(ISSUE.title, { owner: 'owner', repo: LABELLED });
      const { owner, repo, issue } = task;
      await world.forge.as('owner').rest.issues.addLabels({ owner, repo, issue_number: issue, labels: [READY_LABEL] });
      const opened = async () => (await doneIn(task))['pull_request.opened'];
      await until('its request is opened', async () => (await opened()) !== undefined, 120);
      expect(await opened()).toEqual(['robot']);
      const [first] = await commitsOf(task, issue + 1);
      expect(first?.author?.email).toBe('robot@example.org');
    },
    240_000,
  );

  // One after the other: faults are for whoever comes as robot.
  it('stops where its token expires, and goes on when that is good again; nobody else is held up', async () => {
    const [task, other] = [await newIssue(`${SMALL} the token expires`), await newIssue(`${SMALL} the other waits`)];
    const handle = await begin(task, BOT);
    await until('its session runs', async () => (await newestDecision(here.store, taskId(task)))?.rule === 'work-under-way');
    const fault = { kind: 'status', status: 401 };
    for (const route of ['*/*', 'git/*'])
      await world.forge.control('POST', '/_faults', { route, actor: 'robot', when: 'before', fault, count: 10_000 });
    hasExpired.resolve(undefined);
    const item = await waitingFor(task, 'The forge does not accept the token of the identity bot: it is wrong or has expired');
    expect(item.question).toContain('Set a valid $BOT_TOKEN, then "signalbox down" and "signalbox up". Then it goes on within 10 minutes');

    expect(await (await begin(other, null)).result()).toMatchObject({ outcome: 'delivered' });
    expect((await doneIn(other))['pull_request.opened']).toEqual(['writer']);
    expect((await here.store.outbox.find({ id: item.id }))?.withdrawnBecause).toBeUndefined();
    expect((await doneIn(task))['pull_request.opened']).toBeUndefined();

    await world.forge.control('DELETE', '/_faults');
    await handle.signal('look');
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
    expect((await here.store.outbox.find({ id: item.id }))?.withdrawnBecause).toBe('The forge answers again.');
    expect((await doneIn(task))['pull_request.opened']).toEqual(['robot']);
  }, 240_000);

  it('waits for a token that is not set, and goes on by itself with a worker that has it', async () => {
    const task = await newIssue(`${SMALL} there is no token`);
    const handle = await begin(task, 'late:commits,requests,comments,merges');
    const item = await waitingFor(task, '(identity late: $LATE_TOKEN is not set.)');
    await Promise.all(here.workers().map((worker) => worker.kill()));
    await here.startWorker({ LATE_TOKEN: world.forge.tokens['robot'] ?? '' });
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
    expect((await here.store.outbox.find({ id: item.id }))?.withdrawnBecause).toBe('The forge answers again.');
    expect(new Set(Object.values(await doneIn(task)).flat())).toEqual(new Set(['robot']));
    const rows = await here.store.events.after({ seq: 0, limit: 10_000 });
    const opened = rows.find(({ kind, subject }) => kind === 'effect.done' && subject === `${taskId(task)}/request`);
    expect(opened?.body).toMatchObject({ as: 'late:commits,requests,comments,merges' });
  }, 240_000);

  it('waits for a key that can sign before any session begins, and goes on by itself with a worker that has it', async () => {
    const task = await newIssue(`${SMALL} nothing can be signed`);
    const handle = await begin(task, 'sealed:commits,requests,comments,merges');
    const key = join(folder, 'key');
    const item = await waitingFor(task, `An identity can not be used (identity sealed: commits can't be signed with ${key}: `);
    expect(item.question).toContain('Mend it ($BOT_TOKEN, or the file of SIGNALBOX_IDENTITIES), then "signalbox down" and "signalbox up".');
    expect(JSON.stringify(world.model.requests())).not.toContain('nothing can be signed');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'signalbox', '-f', key]);
    await Promise.all(here.workers().map((worker) => worker.kill()));
    await here.startWorker();
    expect(await handle.result()).toMatchObject({ outcome: 'delivered' });
    expect((await here.store.outbox.find({ id: item.id }))?.withdrawnBecause).toBe('The forge answers again.');
  }, 240_000);

  it('is merged once, and by its account, when the worker is killed between the merge and its record', async () => {
    const task = await newIssue(ISSUE.title);
    const fault = { kind: 'delay', ms: 30_000 };
    await world.forge.control('POST', '/_faults', { route: 'pulls/merge', actor: 'robot', when: 'after', fault, count: 1 });
    const handle = await begin(task, BOT, 'delivery');
    await until('it is merged', async () => (await doneIn(task))['pull_request.merged'], 180);
    await Promise.all(here.workers().map((worker) => worker.kill()));
    await here.startWorker();
    expect(await handle.result()).toMatchObject({ outcome: 'merged' });
    expect((await doneIn(task))['pull_request.merged']).toEqual(['robot']);
    const ref = { host: forgeHost(world.forge.url), owner: task.owner, repo: task.repo, number: 2 };
    expect(await here.store.merges.logged({ request: mergeRequestId(ref) })).toMatchObject({ by: 'robot', how: 'lane' });
  }, 240_000);
});

/** What a person is told, once it says so. */
const waitingFor = (task: TaskRef, words: string): Promise<OutboxItem> =>
  until(`a person is told: ${words}`, async () =>
    (await here.store.outbox.waiting({ askedBy: taskId(task) })).find(({ question }) => question.includes(words)),
  );
