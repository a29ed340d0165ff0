// Who has which merge request in hand: rows are only added, and how a request stands follows from them (contracts/custody.ts). A request is in
// one hand at a time: a generation is opened when the one before is over.
import {
  custodyOf,
  type Custody,
  type CustodyEntry,
  type CustodyOutcome,
  type CustodyPolicy,
  type CustodyWord,
} from '../../contracts/custody.ts';
import { sourceOfTask, type TaskEnd } from '../../contracts/task.ts';
import { read, write, type Scope } from '../operation.ts';
import type { CustodyRow } from '../schema.ts';
import { emit } from './events.ts';

export interface BeginCustody {
  readonly request: string;
  readonly policy: CustodyPolicy;
  /** The task that has made the request: it hands it over once, and one that was killed hands it over paused. */
  readonly task: string | null;
  readonly by: string;
  readonly because: string;
}

interface Said {
  readonly request: string;
  readonly by: string;
  readonly because: string;
}

const CAN_SAY: Readonly<Record<'pause' | 'resume' | 'release', Custody['state']>> = {
  pause: 'paused',
  resume: 'active',
  release: 'released',
};

export const custody = {
  /** Opens a generation unless one is open (`running`). A task that has handed its request over before gets that one, also when it is `over`. */
  begin: write(
    async (
      scope,
      { request, policy, task, by, because }: BeginCustody,
    ): Promise<{ readonly state: 'began' | 'running' | 'over'; readonly custody: Custody }> => {
      const latest = await latestOf(scope, request);
      const own = task === null ? undefined : (await wordsOf(scope, request)).find((word) => word.word === 'begin' && word.task === task);
      if (own !== undefined) {
        const before = custodyOf(await wordsOf(scope, request, own.generation));
        return { state: isOpen(before) ? 'running' : 'over', custody: before };
      }
      if (latest !== undefined && isOpen(latest)) return { state: 'running', custody: latest };
      const generation = (latest?.generation ?? 0) + 1;
      await add(scope, { request, generation, word: 'begin', policy, task, by, because });
      if (task !== null && (await wasKilled(scope, task))) {
        const killed = `${task} was killed before it handed the request over.`;
        await add(scope, { request, generation, word: 'pause', policy: null, task: null, by: task, because: killed });
      }
      return { state: 'began', custody: custodyOf(await wordsOf(scope, request, generation)) };
    },
  ),

  /** Says that it shall rest, go on, or go back to people for good. Said again it changes nothing. */
  say: write(async (scope, input: Said & { readonly word: keyof typeof CAN_SAY }): Promise<CustodyOutcome> => {
    const { request, word, by, because } = input;
    const now = await latestOf(scope, request);
    if (now === undefined) return { state: 'unknown' };
    if (now.state === CAN_SAY[word]) return { state: 'already', custody: now };
    if (!isOpen(now)) return { state: 'over', custody: now };
    await add(scope, { request, generation: now.generation, word, policy: null, task: null, by, because });
    return { state: 'said', custody: custodyOf(await wordsOf(scope, request, now.generation)) };
  }),

  /** Gives the open generation another policy. */
  setPolicy: write(async (scope, { request, policy, by, because }: Said & { readonly policy: CustodyPolicy }): Promise<CustodyOutcome> => {
    const now = await latestOf(scope, request);
    if (now === undefined) return { state: 'unknown' };
    if (!isOpen(now)) return { state: 'over', custody: now };
    if (now.policy === policy) return { state: 'already', custody: now };
    await add(scope, { request, generation: now.generation, word: 'policy', policy, task: null, by, because });
    return { state: 'said', custody: custodyOf(await wordsOf(scope, request, now.generation)) };
  }),

  /** Closes a generation; the first end stays. */
  end: write(async (scope, { generation, ...said }: Said & { readonly generation: number }): Promise<void> => {
    const words = await wordsOf(scope, said.request, generation);
    if (words.length === 0 || words.some(({ word }) => word === 'end')) return;
    await add(scope, { ...said, generation, word: 'end', policy: null, task: null });
  }),

  /** Pauses every request in hand that a task has made; returns those that it has paused, or had. */
  pauseOf: write(async (scope, { task, by, because }: { readonly task: string; readonly by: string; readonly because: string }) => {
    const begun = await scope.db.selectFrom('custody').select(['request', 'generation']).where('task', '=', task).execute();
    const paused: string[] = [];
    for (const { request, generation } of begun) {
      const now = custodyOf(await wordsOf(scope, request, generation));
      if (!isOpen(now)) continue;
      paused.push(request);
      if (now.state !== 'paused') await add(scope, { request, generation, word: 'pause', policy: null, task: null, by, because });
    }
    return paused;
  }),

  /** Requests that a task has made and handed over. */
  madeBy: read(async ({ db }, { task }: { readonly task: string }): Promise<string[]> => {
    const rows = await db.selectFrom('custody').select('request').distinct().where('task', '=', task).orderBy('request').execute();
    return rows.map(({ request }) => request);
  }),

  /** How a request stands: in the generation that is named, or the newest. Undefined where nobody has handed it over. */
  of: read(
    async (scope, { request, generation }: { readonly request: string; readonly generation?: number }): Promise<Custody | undefined> => {
      if (generation === undefined) return latestOf(scope, request);
      const words = await wordsOf(scope, request, generation);
      return words.length === 0 ? undefined : custodyOf(words);
    },
  ),

  /** Everything that was said about a request, oldest first. */
  words: read((scope, { request }: { readonly request: string }): Promise<CustodyEntry[]> => wordsOf(scope, request)),

  /** How every request stands that was ever handed over, the newest first. */
  all: read(async (scope, _: Readonly<Record<string, never>>): Promise<Custody[]> => {
    const rows = await scope.db.selectFrom('custody').selectAll().orderBy('seq').execute();
    const newest = new Map<string, CustodyEntry[]>();
    for (const word of rows.map(asEntry)) {
      const before = newest.get(word.request);
      newest.set(word.request, before?.[0]?.generation === word.generation ? [...before, word] : [word]);
    }
    return [...newest.values()].map(custodyOf).sort((a, b) => b.since - a.since);
  }),
};

const isOpen = ({ state }: Custody): boolean => state === 'active' || state === 'paused';

async function wordsOf({ db }: Scope, request: string, generation?: number): Promise<CustodyEntry[]> {
  const rows = await db
    .selectFrom('custody')
    .selectAll()
    .where('request', '=', request)
    .$if(generation !== undefined, (query) => query.where('generation', '=', generation ?? 0))
    .orderBy('seq')
    .execute();
  return rows.map(asEntry);
}

async function latestOf(scope: Scope, request: string): Promise<Custody | undefined> {
  const words = await wordsOf(scope, request);
  const generation = words.at(-1)?.generation;
  return generation === undefined ? undefined : custodyOf(words.filter((word) => word.generation === generation));
}

async function wasKilled({ db }: Scope, task: string): Promise<boolean> {
  const source = sourceOfTask(task);
  if (source === undefined) return false;
  const row = await db
    .selectFrom('sources')
    .select('outcome')
    .where('workspace', '=', source.workspace)
    .where('source', '=', source.source)
    .where('generation', '=', source.generation)
    .executeTakeFirst();
  return row?.outcome === ('killed' satisfies TaskEnd);
}

async function add(scope: Scope, { by, ...word }: Omit<CustodyEntry, 'at'>): Promise<void> {
  await scope.db
    .insertInto('custody')
    .values({ ...word, saidBy: by, at: scope.now })
    .execute();
  const { request, ...body } = word;
  await emit(scope, { kind: `request.${word.word}`, subject: request, body: { ...body, by } });
}

const asEntry = ({ seq: _, saidBy, word, policy, ...row }: Omit<CustodyRow, 'seq'> & { seq: number }): CustodyEntry => ({
  ...row,
  word: word as CustodyWord,
  policy: policy as CustodyPolicy | null,
  by: saidBy,
});
