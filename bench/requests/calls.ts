// What watching a request costs: calls of the forge and quota, for each look and for each hour, beside a look every 30 s that remembers nothing;
// and what a look leaves in Temporal's history.
import { setTimeout as sleep } from 'node:timers/promises';
import { createAnswers } from '../../src/activities/forge/conditional.ts';
import { createForge } from '../../src/activities/forge/create.ts';
import { createMeter } from '../../src/activities/forge/meter.ts';
import { forgeHost } from '../../src/contracts/work.ts';
import type { ForgeCalls } from '../../src/store/operations/forge-use.ts';
import type { Store } from '../../src/store/store.ts';
import { rounded } from '../kernel/figures.ts';
import { openRequests } from '../../test/support/many-requests.ts';
import { traceOf, until, type Setting } from './setting.ts';

export interface Calls {
  readonly what: string;
  readonly callsALook: number;
  /** Not answered with "not modified". */
  readonly quotaALook: number;
  readonly callsAnHour: number;
  readonly quotaAnHour: number;
  readonly historyBytesALook: number | null;
}

/** As the owner of a parked request looks by itself, and the poll of its repository does (src/policies, SIGNALBOX_POLL_SECONDS). */
const OWN_LOOKS_AN_HOUR = 1;
const POLLS_AN_HOUR = 20;
const BASELINE_AN_HOUR = 120;
/** Longer than a worker's count takes to be written. */
const WRITTEN_MS = 6_000;

export async function measureCalls(setting: Setting, [looks = 20]: readonly number[] = []): Promise<Calls[]> {
  const { client, store } = setting;
  const [request] = await openRequests(setting, 1, { ci: 'none' });
  if (request === undefined) throw new Error('there is no request');
  await request.own();
  const last = async () => (await traceOf(store, request.id)).at(-1);
  await until('it is parked', async () => ((await last())?.rule === 'approval-missing' ? true : undefined));
  const baseline = await bare(setting, { ...request.place, number: request.number });
  await sleep(WRITTEN_MS);

  const handle = client.workflow.getHandle(request.id);
  const bytes = async (): Promise<number> => Number((await handle.describe()).historySize ?? 0);
  const [before, bytesBefore] = [await used(store), await bytes()];
  for (let number = 0; number < looks; number++) {
    const seq = (await last())?.seq ?? 0;
    await handle.signal('look');
    await until('it has looked', async () => (((await last())?.seq ?? 0) > seq ? true : undefined));
  }
  await sleep(WRITTEN_MS);
  const [after, bytesAfter] = [await used(store), await bytes()];
  const look = { calls: (after.calls - before.calls) / looks, quota: (after.quota - before.quota) / looks };
  const historyBytesALook = rounded((bytesAfter - bytesBefore) / looks, 0);
  const poll = await polled(setting, request.place);
  const row = (what: string, one: Use, anHour: number): Calls => ({
    what,
    callsALook: rounded(one.calls),
    quotaALook: rounded(one.quota),
    historyBytesALook: null,
    callsAnHour: rounded(one.calls * anHour),
    quotaAnHour: rounded(one.quota * anHour),
  });
  return [
    row('a look every 30 s that remembers nothing', baseline, BASELINE_AN_HOUR),
    { ...row('a parked request: its own looks', look, OWN_LOOKS_AN_HOUR), historyBytesALook },
    row('the poll of its repository, for all requests together', poll, POLLS_AN_HOUR),
  ];
}

interface Use {
  readonly calls: number;
  readonly quota: number;
}

const sum = (calls: readonly ForgeCalls[]): Use => ({
  calls: calls.reduce((total, one) => total + one.calls, 0),
  quota: calls.reduce((total, one) => total + one.calls - one.unchanged, 0),
});

const used = async (store: Store): Promise<Use> => sum(await store.forgeUse.calls({ since: 0 }));

/** One look without a memory. */
async function bare({ forge }: Setting, at: { readonly owner: string; readonly repo: string; readonly number: number }): Promise<Use> {
  const counted: ForgeCalls[] = [];
  const meter = createMeter({
    forgeUse: { add: async ({ calls }: { calls: readonly ForgeCalls[] }) => void counted.push(...calls) },
  } as never);
  const client = createForge({ apiUrl: forge.url, token: forge.tokens['writer'] }, { answers: createAnswers(0), meter })();
  await client.facts({ host: forgeHost(forge.url), ...at });
  await meter.flush();
  return sum(counted);
}

/** Polls that find nothing new, one after the other. */
async function polled({ client, store, forge }: Setting, { owner, repo }: { readonly owner: string; readonly repo: string }): Promise<Use> {
  const repository = `${forgeHost(forge.url)}/${owner}/${repo}`;
  const handle = client.workflow.getHandle(`poll/${repository}`);
  const at = async (): Promise<number> => (await store.polls.all({})).find((one) => one.repository === repository)?.at ?? 0;
  const once = async (): Promise<void> => {
    const before = await at();
    await handle.signal('look');
    await until('it has polled', async () => ((await at()) > before ? true : undefined));
  };
  await sleep(WRITTEN_MS); // what has just changed is young no more
  await once();
  await once();
  await sleep(WRITTEN_MS);
  const before = await used(store);
  const POLLS = 5;
  for (let number = 0; number < POLLS; number++) await once();
  await sleep(WRITTEN_MS);
  const after = await used(store);
  return { calls: (after.calls - before.calls) / POLLS, quota: (after.quota - before.quota) / POLLS };
}
