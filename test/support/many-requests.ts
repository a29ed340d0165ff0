// Many requests of ours in one repository, reviewed, as they are when their owners start: opened by one clone and few pushes.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startMergeRequest } from '../../src/activities/merge-request/start.ts';
import { forgeHost, mergeRequestId, repositoryId } from '../../src/contracts/work.ts';
import type { Client } from '@temporalio/client';
import type { Store } from '../../src/store/store.ts';
import { workflow } from '../forge/ci-support.ts';
import type { TestForge } from '../forge/harness.ts';
import { NEEDS_GOOD } from './request-world.ts';

export interface OpenedOn {
  readonly forge: TestForge;
  readonly store: Store;
  readonly client: Client;
  /** Of the workers. */
  readonly host: string;
}

export interface Opened {
  readonly id: string;
  readonly place: { readonly owner: string; readonly repo: string };
  readonly number: number;
  own(): Promise<void>;
}

/** @param ci `failing`: a job that a fix session makes pass */
export async function openRequests(setting: OpenedOn, count: number, { ci }: { readonly ci: 'none' | 'failing' }): Promise<Opened[]> {
  const { forge, store, host } = setting;
  const place = await forge.repository();
  const clone = await mkdtemp(join(tmpdir(), 'signalbox-bench-clone-'));
  const git = async (...args: string[]): Promise<string> => {
    const author = ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost'];
    return (await promisify(execFile)('git', ['-C', clone, ...author, ...args], { maxBuffer: 1e9 })).stdout.trim();
  };
  try {
    await git('clone', '--quiet', forge.remote(place, 'writer'), '.');
    if (ci === 'failing') {
      const [file = '', text = ''] = Object.entries(workflow(NEEDS_GOOD))[0] ?? [];
      await mkdir(join(clone, '.github/workflows'), { recursive: true });
      await writeFile(join(clone, file), text);
      await writeFile(join(clone, 'good.txt'), 'on the base\n');
      await git('add', '--all');
      await git('commit', '--quiet', '--message=CI');
      await git('push', '--quiet', 'origin', 'HEAD:main');
    }
    const base = await git('rev-parse', 'HEAD');
    await writeFile(join(clone, 'change.txt'), 'A change.\n');
    await git('add', '--all');
    if (ci === 'failing') await git('rm', '--quiet', 'good.txt');
    const tree = await git('write-tree');
    const { data: issue } = await forge.as('owner').rest.issues.create({ ...place, title: 'Do it', body: 'Please.' });
    const heads: { branch: string; head: string }[] = [];
    for (let at = 0; at < count; at++) {
      const branch = `signalbox/bench-${at}`;
      heads.push({ branch, head: await git('commit-tree', tree, '-p', base, '-m', `Change ${at}`) });
    }
    for (let at = 0; at < count; at += 100)
      await git('push', '--quiet', 'origin', ...heads.slice(at, at + 100).map(({ branch, head }) => `${head}:refs/heads/${branch}`));
    const repository = repositoryId({ host: forgeHost(forge.url), ...place });
    await store.checks.add({
      id: `${repository}/first`,
      repository,
      commit: heads[0]?.head ?? '',
      tree,
      kind: 'review',
      name: 'r',
      outcome: 'passed',
      because: 'Clean.',
      findings: null,
      session: null,
      evidence: null,
    });
    const goal = await store.blobs.put({ bytes: new TextEncoder().encode('Do it. Please.') });
    const opened: Opened[] = [];
    for (const { branch, head } of heads) {
      const { data } = await forge
        .as('writer')
        .rest.pulls.create({ ...place, head: branch, base: 'main', title: 'Do it', body: 'As asked.' });
      const ref = { host: forgeHost(forge.url), ...place, number: data.number };
      const id = mergeRequestId(ref);
      const request = {
        ref,
        work: { workspace: 'bench', ...place, host, worktree: id, branch, base: 'main' },
        goal,
        head,
        classification: null,
        author: null,
        earlier: null,
        issue: issue.number,
        tell: `task/bench/${place.repo}/${data.number}`,
      };
      const own = async (): Promise<void> =>
        void (await startMergeRequest(setting, request, { policy: 'merge', by: 'bench', because: 'Opened.' }));
      opened.push({ id, place, number: data.number, own });
    }
    return opened;
  } finally {
    await rm(clone, { recursive: true, force: true });
  }
}
