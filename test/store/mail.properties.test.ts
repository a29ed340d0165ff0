// Whatever is done to a mailbox, and in whichever order: each mail is unseen, acted on, given back or out of date, and never nowhere.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { memoryStore } from './backends.ts';

type Step =
  | { readonly do: 'post'; readonly id: number; readonly ifClosed: 'return' | 'reopen'; readonly expiresIn: number | undefined }
  | { readonly do: 'act'; readonly on: readonly number[] }
  | { readonly do: 'reply'; readonly turn: number; readonly on: readonly number[] }
  | { readonly do: 'close' | 'giveBack' }
  | { readonly do: 'pass'; readonly ms: number };

const id = fc.integer({ min: 0, max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('post' as const),
    id,
    ifClosed: fc.constantFrom('return' as const, 'reopen' as const),
    expiresIn: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
  }),
  fc.record({ do: fc.constant('act' as const), on: fc.array(id, { maxLength: 3 }) }),
  fc.record({ do: fc.constant('reply' as const), turn: fc.integer({ min: 1, max: 3 }), on: fc.array(id, { maxLength: 3 }) }),
  fc.record({ do: fc.constantFrom('close' as const, 'giveBack' as const) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40 }) }),
);

interface Letter {
  readonly expiresAt: number;
  actedBy?: string;
  returned?: true;
}

const address = 's1';
const name = (id: number): string => `m${id}`;

it('no mail is lost, and a mailbox closes only when nothing in it is unseen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { store, clock } = await memoryStore();
      const letters = new Map<string, Letter>();
      const turns = new Map<number, number>();
      let messages = 0;
      let closed = false;
      const isUnseen = (letter: Letter) => letter.actedBy === undefined && letter.returned === undefined && letter.expiresAt > clock.now;
      const unseen = () => [...letters].filter(([, letter]) => isUnseen(letter)).map(([id]) => id);
      const act = (ids: readonly string[], by: string) => {
        for (const id of ids) {
          const letter = letters.get(id);
          if (letter !== undefined) letter.actedBy ??= by;
        }
      };

      for (const step of steps) {
        switch (step.do) {
          case 'post': {
            const expiresAt = step.expiresIn === undefined ? undefined : clock.now + step.expiresIn;
            const mail = { id: name(step.id), to: address, from: 'ann', kind: 'tell', body: step.id } as const;
            const outcome = await store.mail.post({ ...mail, ...(expiresAt !== undefined && { expiresAt }), ifClosed: step.ifClosed });
            const known = letters.get(mail.id);
            if (known !== undefined) {
              expect(outcome.state).toBe(known.returned === true ? 'undelivered' : 'posted');
              break;
            }
            const isReturned: boolean = closed && step.ifClosed === 'return';
            letters.set(mail.id, { expiresAt: expiresAt ?? Infinity, ...(isReturned && { returned: true }) });
            expect(outcome).toMatchObject(isReturned ? { state: 'undelivered' } : { state: 'posted', reopened: closed });
            closed &&= isReturned;
            break;
          }
          case 'act':
            await store.mail.acted({ mail: step.on.map(name), by: 'decision' });
            act(step.on.map(name), 'decision');
            break;
          case 'reply': {
            const entry = { session: address, key: `turn/${step.turn}`, messages: ['reply'], acted: step.on.map(name) };
            const { added, seq } = await store.transcripts.append(entry);
            expect(added).toBe(!turns.has(step.turn));
            if (added) {
              turns.set(step.turn, ++messages);
              act(entry.acted, `${address}#${seq}`);
            }
            expect(seq).toBe(turns.get(step.turn));
            break;
          }
          case 'close': {
            const outcome = await store.mail.close({ address });
            expect(outcome.state).toBe(unseen().length === 0 ? 'closed' : 'unseen');
            closed ||= outcome.state === 'closed';
            break;
          }
          case 'giveBack': {
            const returned = await store.mail.giveBack({ address, because: 'killed' });
            expect(returned.map(({ id }) => id)).toEqual(unseen());
            for (const id of unseen()) letters.set(id, { ...(letters.get(id) as Letter), returned: true });
            closed = true;
            break;
          }
          case 'pass':
            clock.now += step.ms;
        }
        expect((await store.mail.take({ address })).map(({ id }) => id)).toEqual(unseen());
      }

      for (const [id, letter] of letters) {
        const mail = await store.mail.find({ id });
        expect({ by: mail?.actedBy, returned: mail?.returnedBecause !== undefined }).toEqual({
          by: letter.actedBy,
          returned: letter.returned === true,
        });
      }
      await store.close();
    }),
    { numRuns: 150 },
  );
});
