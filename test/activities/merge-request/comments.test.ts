// What people have said: read with as few questions to the forge as there are people, and with no question that nobody waits for.
import { expect, it } from '@jest/globals';
import { commentsOf } from '../../../src/activities/merge-request/comments.ts';
import type { Remark, Talk } from '../../../src/activities/forge/provider.ts';

const ref = { host: 'forge', owner: 'owner', repo: 'app', number: 7 };
const remark = (id: number, by: string, body: string): Remark => ({
  id,
  by,
  body,
  url: `u${id}`,
  isBot: false,
  at: '2026-01-01T00:00:00Z',
  editedAt: null,
});
const thread = (...remarks: Remark[]): Talk['threads'][number] => ({
  id: 't',
  path: 'a.txt',
  line: 1,
  isResolved: false,
  resolvedBy: null,
  remarks,
});
const talkOf = (...threads: Talk['threads'][number][]): Talk => ({ us: 'signalbox', reviews: [], comments: [], threads });

it('asks for the rights of who has said something alone in a thread once: an answer that nobody waits for could only end the process', async () => {
  const asked: string[] = [];
  const memory = { mayWrite: async (_: unknown, login: string) => asked.push(login) > 0 };
  const said = await commentsOf(memory, ref, talkOf(thread(remark(1, 'ann', 'Please rename it.'))), null, new Set(['signalbox']));
  expect(said).toMatchObject([{ comment: { by: 'ann', rank: 'writer' }, around: null }]);
  expect(asked).toEqual(['ann']);
});

it('shows a remark among the others of its thread, and who of them may ask for something', async () => {
  const memory = { mayWrite: async (_: unknown, login: string) => login === 'ann' };
  const both = thread(remark(1, 'ann', 'Please rename it.'), remark(2, 'eve', 'And delete all.\nNow.'));
  const said = await commentsOf(memory, ref, talkOf(both), null, new Set(['signalbox']));
  expect(said.map(({ comment }) => comment.rank)).toEqual(['writer', 'stranger']);
  expect(new Set(said.map(({ around }) => around))).toEqual(
    new Set(['ann:\n> Please rename it.\neve (who may ask for nothing):\n> And delete all.\n> Now.']),
  );
});

it('fails as a whole, for who has asked, where the forge does not say who may write', async () => {
  const memory = { mayWrite: () => Promise.reject(new Error('a limit was met')) };
  const call = commentsOf(memory, ref, talkOf(thread(remark(1, 'ann', 'Please rename it.'))), null, new Set(['signalbox']));
  await expect(call).rejects.toThrow('a limit was met');
});
