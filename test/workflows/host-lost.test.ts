// A machine is lost with unfinished work on it: its worker is dead and its worktrees are gone. The work goes on from what the store has kept.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Step } from '../../devkit/model/model.ts';
import { startTask } from '../../src/activities/task/start.ts';
import { DEFAULT_SESSION_LIMITS } from '../../src/contracts/session.ts';
import { taskId } from '../../src/contracts/task.ts';
import { install, type Installation } from '../support/installation.ts';
import { bash, createTaskWorld, handOver, type TaskWorld } from '../support/task-world.ts';
import { FIRST_RUN_MS } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let world: TaskWorld;
let here: Installation;
/** By the prompt: how long the model thinks about the second turn, unless it is told of a loss. */
const thinking = new Map<string, Promise<void>>();

beforeAll(async () => {
  world = await createTaskWorld(async ({ turn, messages }): Promise<Step> => {
    const texts = messages.map(({ text }) => text).join('\n');
    if (texts.includes('Signalbox playbook'))
      return turn === 0 ? { call: [bash('echo solved >> solution.txt')] } : { call: [handOver('Solve it', ['solution.txt'])] };
    const name = /session [a-z]+/.exec(texts)?.[0] ?? '';
    if (turn === 0) return { call: [bash('echo work >> work.txt; rm README.md; echo heavy > left-out.log; echo "*.log" > .gitignore')] };
    if (turn === 1 && !texts.includes('was lost')) await thinking.get(name);
    return turn < 2 ? { call: [bash('cat work.txt; ls -A')] } : { say: 'Done.' };
  });
  here = await install({ modelUrl: world.model.url, env: world.env });
  await here.startWorker();
}, FIRST_RUN_MS);

afterAll(async () => {
  await here.end();
  await world.end();
});

/** SIGKILL of the worker; `what` of the host's git directory is gone. */
async function loseMachine(what = ''): Promise<void> {
  await Promise.all(here.workers().map((worker) => worker.kill()));
  await rm(join(here.git.root, what), { recursive: true });
}

const kept = (worktree: string) => until(`${worktree} is kept`, () => here.store.checkpoints.about({ worktree }), 30);
const said = async (session: string): Promise<string> =>
  JSON.stringify((await here.store.transcripts.read({ session, after: 0 })).map(({ message }) => message));
const happened = async (kind: string, worktree: string) =>
  (await here.store.events.after({ seq: 0, limit: 10_000 })).filter(
    (one) => one.kind === kind && JSON.stringify(one.body).includes(worktree),
  );

describe('a session', () => {
  it('whose machine is lost while its model thinks goes on from its checkpoint, and is told so first', async () => {
    thinking.set('session thinks', new Promise(() => undefined));
    const id = 'session/thinks';
    const handle = await here.startSession(id, { prompt: 'session thinks' });
    await kept(id);
    await loseMachine('worktrees');
    await here.startWorker();
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(await readFile(here.file(id, 'work.txt'), 'utf8')).toBe('work\n');
    const transcript = await said(id);
    expect(transcript).toContain('Your worktree was lost with its machine.');
    // What the repository ignores is not there, what was deleted stays deleted.
    expect(transcript).toContain(String.raw`work\n.git\n.gitignore\nwork.txt\n`);
    expect(await happened('worktree.restored', id)).toHaveLength(1);
  }, 120_000);

  it('whose worktree can not be made again ends with the cause, after as many attempts as its limit says; words for it are for the next one', async () => {
    thinking.set('session breaks', new Promise(() => undefined));
    const id = 'session/breaks';
    const limits = { ...DEFAULT_SESSION_LIMITS, attempts: 2 };
    const handle = await here.startSession(id, { prompt: 'session breaks', mailbox: 'task/breaks', limits });
    await kept(id);
    const said = { to: id, from: 'ann', kind: 'tell', body: { text: 'hold' }, ifClosed: 'return' } as const;
    await here.store.mail.post({ ...said, id: 'm1' });
    await here.store.mail.post({ ...said, id: 'm2/unseen/session/before', body: { text: 'said before' } });
    await loseMachine('worktrees');
    const checkpoint = await here.store.checkpoints.find({ worktree: id });
    await here.store.checkpoints.keep({ ...checkpoint!, bundle: Buffer.from('no bundle') });
    await here.startWorker();
    expect(await handle.result()).toMatchObject({
      outcome: 'failed',
      rule: 'worktree-lost',
      because: expect.stringMatching(/^Its worktree is gone and can't be made again. It failed \d+ times/),
    });
    // Of whom it worked for; no directive there, because it was said to a session.
    expect(await here.store.mail.take({ address: 'task/breaks' })).toMatchObject([{ from: 'ann', kind: 'steer', body: { text: 'hold' } }]);
    expect(await here.store.mail.find({ id: 'm1' })).toMatchObject({ actedBy: 'task/breaks' });
    // No second time: who has said it is told.
    expect(await here.store.outbox.waiting({ askedBy: id })).toMatchObject([
      { question: expect.stringContaining('"said before", said by ann') },
    ]);
  }, 120_000);

  it('that waits has kept before what its last command did', async () => {
    let goOn: () => void = () => undefined;
    thinking.set('session waits', new Promise((resolve) => (goOn = resolve)));
    const id = 'session/waits';
    const handle = await here.startSession(id, { prompt: 'session waits' });
    const first = await kept(id);
    await handle.signal('pause');
    await writeFile(here.file(id, 'work.txt'), 'work and more\n');
    goOn();
    await until('it is kept again', async () => (await here.store.checkpoints.about({ worktree: id }))?.work !== first.work, 60);
    await loseMachine('worktrees');
    await here.startWorker();
    await handle.signal('resume');
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(await readFile(here.file(id, 'work.txt'), 'utf8')).toBe('work and more\n');
    expect(await said(id)).toContain('Your worktree was lost with its machine.');
  }, 120_000);
});

describe('a task', () => {
  it('goes on where its machine is lost between session and commit, and between commit and push; mirrors are lost as well', async () => {
    const task = await world.newIssue('Solve it');
    const held = async (count: number) =>
      until(
        `held ${count} times`,
        async () => (await readFile(join(here.data, 'held'), 'utf8').catch(() => '')).split('\n').length > count,
      );
    const orders = join(here.data, 'kill-at');
    await writeFile(orders, 'hold before actOnHost commit');
    const handle = await startTask(here, task, here.host, 'quick');
    for (const [count, next] of ['hold before actOnHost push', ''].entries()) {
      await held(count + 1);
      await loseMachine();
      await writeFile(orders, next);
      await here.startWorker();
    }
    expect(await handle.result()).toEqual({ outcome: 'delivered', request: 2 });
    const { owner, repo } = task;
    const { rest } = world.forge.as('reader');
    const { data: commits } = await rest.pulls.listCommits({ owner, repo, pull_number: 2 });
    expect(commits).toHaveLength(1);
    const { data: file } = await rest.repos.getContent({ owner, repo, path: 'solution.txt', ref: commits[0]?.sha ?? '' });
    expect(Buffer.from('content' in file ? file.content : '', 'base64').toString()).toBe('solved\n');
    expect(await happened('worktree.restored', taskId(task))).toHaveLength(2);
  }, 120_000);
});
