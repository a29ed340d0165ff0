// A task through its whole pipeline: classified, coded, reviewed by two families, fixed, reviewed again, proposed. Real forge, real git, real
// server; the model follows the demo's script.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ISSUE, PROJECT } from '../../devkit/demo/project.ts';
import { repositoryPath } from '../../devkit/forge/domain/create-repository.ts';
import demoScript from '../../devkit/demo/script.ts';
import { listener } from '../../src/client/cli/listener.ts';
import { shown } from '../../src/client/cli/shown.ts';
import { asWork } from '../../src/client/cli/work.ts';
import { explain } from '../../src/client/explain.ts';
import { send } from '../../src/client/send.ts';
import { costOf } from '../../src/activities/session/cost.ts';
import { startTask } from '../../src/activities/task/start.ts';
import type { TrackedFinding } from '../../src/contracts/review.ts';
import { searchAttributes } from '../../src/contracts/search-attributes.ts';
import { taskId } from '../../src/contracts/task.ts';
import { install, type Installation } from '../support/installation.ts';
import { createTaskWorld, type IssueTask, type TaskWorld } from '../support/task-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let world: TaskWorld;
let here: Installation;
/** Folder of the key that signs. */
let keys: string;
/** The sessions of the request wait for this. */
const answering = Promise.withResolvers<undefined>();

beforeAll(async () => {
  const ofRequests = ['answer-comments', 'fix-checks'];
  world = await createTaskWorld((conversation) =>
    ofRequests.includes(conversation.playbook ?? '') ? answering.promise.then(() => demoScript(conversation)) : demoScript(conversation),
  );
  keys = await mkdtemp(join(tmpdir(), 'signalbox-keys-'));
  const SIGNALBOX_SIGNING_KEY_FILE = join(keys, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', SIGNALBOX_SIGNING_KEY_FILE]);
  const authorship = {
    SIGNALBOX_AUTHOR: 'Bot <bot@example.org>',
    SIGNALBOX_CO_AUTHOR: 'Ann <ann@example.org>',
    SIGNALBOX_SIGNING_KEY_FILE,
  };
  here = await install({ modelUrl: world.model.url, env: { ...world.env, ...authorship } });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await world.end();
  await rm(keys, { recursive: true });
});

const rulesOf = async (workflow: string): Promise<string[]> => (await explain(here.store, workflow)).map(({ rule }) => rule);

/** The demo's repository with its issue. */
async function newIssue(): Promise<IssueTask> {
  const { owner, repo } = await world.forge.repository();
  const { rest } = world.forge.as('owner');
  for (const [path, content] of Object.entries(PROJECT)) {
    if (path === 'README.md') continue;
    await rest.repos.createOrUpdateFileContents({ owner, repo, path, message: path, content: Buffer.from(content).toString('base64') });
  }
  const { data } = await rest.issues.create({ owner, repo, ...ISSUE });
  return { workspace: 'test', owner, repo, issue: data.number, goal: null, generation: 1 };
}

describe('a delivery', () => {
  it('is classified, coded, reviewed by two families, fixed, reviewed again and proposed', async () => {
    const task = await newIssue();
    const id = taskId(task);
    await startTask(here, task, here.host, 'delivery');
    await until('the request is proposed', async () => (await rulesOf(id)).includes('not-owned-yet'), 120);

    expect(await rulesOf(id)).toEqual(
      expect.arrayContaining(['not-classified', 'work-to-do', 'not-committed', 'not-reviewed', 'not-pushed', 'no-request-yet']),
    );
    const rounds = await rulesOf(`${id}/review/1`);
    expect(rounds.filter((rule) => rule !== 'sessions-run')).toEqual([
      'not-reviewed-yet',
      'findings-to-fix',
      'fix-not-committed',
      'not-reviewed-yet',
      'nothing-to-fix',
    ]);

    const { owner, repo } = task;
    const { rest } = world.forge.as('reader');
    const [request] = (await rest.pulls.list({ owner, repo })).data;
    expect(request).toMatchObject({ title: 'Give 10 % off orders of 100.00 or more', state: 'open' });
    expect(request?.body).toContain('## How it was verified');
    expect(request?.body).toContain(`Closes #${task.issue}.`);
    expect(request?.body).toContain(`Written by an agent under Signalbox: task \`${id}\`, pipeline \`delivery\`, session \`code/1\`.`);
    const { data: commits } = await rest.pulls.listCommits({ owner, repo, pull_number: request?.number ?? 0 });
    for (const { commit } of commits) expect(commit.message).toMatch(/\nSignalbox-Session: \S+\nCo-authored-by: Ann <ann@example\.org>$/);
    expect(new Set(commits.map(({ commit }) => commit.author?.email))).toEqual(new Set(['bot@example.org']));
    const git = ['--git-dir', repositoryPath(world.forge.dataDirectory, owner, repo)];
    for (const { sha } of commits)
      expect(execFileSync('git', [...git, 'cat-file', 'commit', sha]).toString()).toContain('\ngpgsig -----BEGIN SSH SIGNATURE-----');
    expect(commits.map(({ commit }) => commit.message.split('\n')[0])).toEqual([
      'feat: give 10 % off large orders',
      'fix: start the discount at 100.00 and round to whole cents',
    ]);

    const end = (await explain(here.store, `${id}/review/1`)).at(-1)?.action as { readonly end: { readonly head: string } };
    expect(end.end.head).toBe(request?.head.sha);
    const facts = (await explain(here.store, `${id}/review/1`)).at(-1)?.facts as { readonly findings: readonly TrackedFinding[] };
    expect(facts.findings.map(({ severity, state, fixes }) => ({ severity, state, fixes }))).toEqual([
      { severity: 'major', state: 'fixed', fixes: 1 },
      { severity: 'minor', state: 'fixed', fixes: 1 },
    ]);

    // In Temporal: what it waits for and what comes next, where to look, and by what it can be found.
    const handle = here.client.workflow.getHandle(id);
    const currentDetails = await until('it waits for the request', async () => {
      const seen = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      return seen.currentDetails.includes('request-watched') && seen.currentDetails;
    });
    expect(currentDetails.split('\n\n')).toEqual([
      `**waiting for request** (request-watched): The owner of request #${request?.number} will tell how it ends.`,
      'Next: it decides anew when it hears of the request, at the latest in 24 h.',
      `[issue](${world.forge.url}/${owner}/${repo}/issues/${task.issue}) · [request](${world.forge.url}/${owner}/${repo}/pull/${request?.number})`,
    ]);
    expect((await handle.describe()).typedSearchAttributes.get(searchAttributes.risk)).toBe('Low');

    const { tree, phases, findings } = await shown(here, asWork(await handle.describe()));
    expect(phases.find(({ phase }) => phase === 'review')).toMatchObject({ state: 'done', result: expect.stringContaining('clean') });
    expect(phases.find(({ phase }) => phase === 'merge')).toMatchObject({ state: 'now', because: expect.any(String) });
    expect(phases.find(({ phase }) => phase === 'ux-design')).toMatchObject({ state: 'out' });
    const review = tree.children.find(({ kind }) => kind === 'review');
    expect(tree.children.map((child) => child.id.slice(id.length + 1))).toEqual(
      expect.arrayContaining(['classify/1', 'code/1', 'review/1']),
    );
    expect(tree.children.find(({ kind }) => kind === 'mergeRequest')?.id).toMatch(/^mr\/127\.0\.0\.1:\d+\//);
    expect(review?.children.find((child) => child.id.endsWith('/fix-1'))).toMatchObject({ gave: expect.stringMatching(/^fix: /) });
    expect(tree.cost.turns).toBeGreaterThan(review?.cost.turns ?? 0);
    expect(findings.map(({ severity, rounds }) => ({ severity, rounds }))).toEqual([
      { severity: 'major', rounds: ['open', 'fixed'] },
      { severity: 'minor', rounds: ['open', 'fixed'] },
    ]);

    // What is said to the task now reaches whoever works on its request.
    const hasHeard = (words: string): boolean => JSON.stringify(world.model.requests()).includes(words);
    await send(here, { id: 'told', to: id, from: 'ann', kind: 'tell', body: { text: 'Mention it in the README.' } });
    await until('a session of the request has heard it', () => hasHeard('Mention it in the README.'), 60);
    expect((await explain(here.store, id)).find(({ rule }) => rule === 'words-for-the-request')?.because).toContain('ann said something');
    const [mr = ''] = await here.store.custody.madeBy({ task: id });
    const { id: to } = await until('it is listed', async () => {
      const found = await listener(here, { id, kind: 'task' }, 'steer');
      return found.id !== id && found;
    });
    expect(to).toMatch(new RegExp(`^${mr}/(answer|fix-checks)/`));
    await send(here, { id: 'steered', to, from: 'ann', kind: 'steer', body: { text: 'Mind the gap.' }, urgent: true });
    answering.resolve(undefined);
    await until('it has heard that as well', () => hasHeard('Mind the gap.'), 60);
    expect(await here.store.mail.take({ address: id })).toEqual([]);
    const all = await shown(here, asWork(await handle.describe()));
    const ofRequest = (await costOf(here.store, mr)).turns;
    expect(ofRequest).toBeGreaterThan(0);
    expect(all.tree.cost.turns).toBeGreaterThanOrEqual((await costOf(here.store, id)).turns + 1);
  }, 240_000);
});
