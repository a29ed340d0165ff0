// Effects of a request on what is gone: done with, as a value, and not tried for ever.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createForge, createPages } from '../../../src/activities/forge/create.ts';
import { requestEffect } from '../../../src/activities/merge-request/effects.ts';
import { createMemory } from '../../../src/activities/merge-request/memory.ts';
import type { NewMergeRequest } from '../../../src/contracts/merge-request.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { startTestForge, type TestForge } from '../../forge/harness.ts';
import { workbench } from '../../forge/pull-request-support.ts';

let forge: TestForge;
let store: Store;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-effects-'));
  store = await openStore({ path: join(folder, 'store.db'), migrate: true });
  forge = await startTestForge({ arguments: ['--undelayed'] });
}, 60_000);
afterAll(async () => {
  await forge.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

const call = { signal: new AbortController().signal, fetch, mark: 'signalbox-mark' };

it('is refused where a thread, a comment or an issue is gone', async () => {
  const bench = await workbench(forge);
  const pull = await bench.open('feature');
  const place = { ...bench.place, pull_number: pull.number };
  const owner = forge.as('owner').rest;
  const [file] = (await owner.pulls.listFiles(place)).data;
  const at = { commit_id: pull.head.sha, path: file?.filename ?? '', line: 1, side: 'RIGHT' as const };
  const { data: first } = await owner.pulls.createReviewComment({ ...place, ...at, body: 'Please rename it.' });
  const ours = createForge({ apiUrl: forge.url, token: forge.tokens['writer'] });
  const ref = { host: 'forge', ...bench.place, number: pull.number };
  const [thread] = (await ours().facts(ref)).talk.threads;
  await owner.pulls.deleteReviewComment({ ...bench.place, comment_id: first.id });

  const accounts = { of: () => ({ forge: ours }) };
  const deps = { accounts, store, pages: createPages({ apiUrl: forge.url }) } as unknown as Parameters<typeof requestEffect>[0];
  const request = { ref, generation: 1, work: {} } as unknown as NewMergeRequest;
  const act = async (action: Parameters<typeof requestEffect>[2]): Promise<unknown> =>
    requestEffect(deps, request, action, { askedBy: 'test', rule: 'r' })?.act(call);
  const where = { in: 'thread', url: 'u', thread: 't', first: first.id, path: 'a', line: 1, repliedAt: null } as const;
  expect(await act({ kind: 'resolve', key: 'k', thread: thread?.id ?? '' })).toMatchObject({ state: 'refused' });
  expect(await act({ kind: 'reply', key: 'k', comment: 'c', place: where, session: 's', commit: null })).toMatchObject({
    state: 'refused',
  });
  expect(await act({ kind: 'closeIssue', key: 'k', issue: 999 })).toMatchObject({ state: 'refused' });
  expect(await createMemory(ours).authorOf(ref, 999)).toBeNull();
}, 60_000);
