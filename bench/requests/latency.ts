// How soon something is noticed and done: from the moment that the gateway has accepted a webhook.
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, rounded } from '../kernel/figures.ts';
import { openRequests, type Opened } from '../../test/support/many-requests.ts';
import { traceOf, until, type Setting, type Told } from './setting.ts';

export interface Latency {
  readonly what: string;
  readonly times: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

const of = (what: string, times: readonly number[]): Latency => ({
  what,
  times: times.length,
  p50Ms: rounded(percentile(times, 50), 0),
  p95Ms: rounded(percentile(times, 95), 0),
  maxMs: rounded(Math.max(...times), 0),
});

/** @param counts how many labels, and how many requests with failing CI */
export async function measureLatency(setting: Setting, [labels = 100, mended = 5]: readonly number[] = []): Promise<Latency[]> {
  return [...(await reactions(setting, labels)), ...(await mending(setting, mended))];
}

/** A person puts `hold` on and takes it off: each time another decision. */
async function reactions(setting: Setting, count: number): Promise<Latency[]> {
  const { forge, store } = setting;
  const [request] = await openRequests(setting, 1, { ci: 'none' });
  if (request === undefined) throw new Error('there is no request');
  await setting.subscribe(request.place);
  await request.own();
  await settles(setting, request, 'approval-missing');
  const [decided, answered]: [number[], number[]] = [[], []];
  const { rest } = forge.as('owner');
  const at = { ...request.place, issue_number: request.number };
  for (let number = 0; number < count; number++) {
    const before = (await traceOf(store, request.id)).at(-1)?.seq ?? 0;
    const [began, told] = [Date.now(), setting.told.length];
    await (number % 2 === 0 ? rest.issues.addLabels({ ...at, labels: ['hold'] }) : rest.issues.removeLabel({ ...at, name: 'hold' }));
    const wanted = number % 2 === 0 ? 'person-holds' : 'approval-missing';
    const reaction = await until(`${wanted}`, async () => (await traceOf(store, request.id, before)).find(({ rule }) => rule === wanted));
    const accepted = await until('the webhook was accepted', () => setting.told.slice(told).find(({ event }) => event === 'pull_request'));
    decided.push(reaction.at - accepted.at);
    answered.push(reaction.at - began);
    await sleep(100); // what else follows from it is over
  }
  return [
    of('webhook accepted → its request has decided (a label)', decided),
    of('the call that sets the label → its request has decided', answered),
  ];
}

/** CI fails, is mended, a person approves, it is merged. */
async function mending(setting: Setting, count: number): Promise<Latency[]> {
  const [fixed, claimed, merged]: number[][] = [[], [], []];
  for (let number = 0; number < count; number++) {
    const [request] = await openRequests(setting, 1, { ci: 'failing' });
    if (request === undefined) throw new Error('there is no request');
    const { place, id } = request;
    await setting.subscribe(place);
    const asked = setting.asked.length;
    await request.own();
    const failed = await until('CI has failed', () =>
      toldOf(setting, place.repo, 'check_run', ({ conclusion }) => conclusion === 'failure'),
    );
    const call = await until('the fix session asks its model', () =>
      setting.asked.slice(asked).find(({ playbook }) => playbook === 'fix-checks'),
    );
    fixed?.push(call.at - failed.at);
    await settles(setting, request, 'approval-missing');
    const { rest } = setting.forge.as('owner');
    const { data: pull } = await rest.pulls.get({ ...place, pull_number: request.number });
    await rest.pulls.createReview({ ...place, pull_number: request.number, commit_id: pull.head.sha, event: 'APPROVE' });
    const approved = await until('the approval is told of', () => toldOf(setting, place.repo, 'pull_request_review', () => true));
    const effect = (kind: string) => async (): Promise<number | undefined> => {
      const events = await setting.store.events.after({ seq: 0, limit: 1_000_000 });
      return events.find((event) => event.kind === kind && event.subject.startsWith(id) && event.subject.includes('/merge/'))?.at;
    };
    const calledAt = await until('the merge is claimed', effect('effect.claimed'));
    const mergedAt = await until('it is merged', effect('effect.done'));
    claimed?.push(calledAt - approved.at);
    merged?.push(mergedAt - approved.at);
  }
  return [
    of('CI’s failure accepted → first model call of the fix session', fixed ?? []),
    of('last gate (an approval) accepted → the merge is claimed', claimed ?? []),
    of('last gate (an approval) accepted → merged', merged ?? []),
  ];
}

function toldOf(
  { told }: Setting,
  repo: string,
  event: string,
  is: (check: { readonly conclusion?: string }) => boolean,
): Told | undefined {
  return told.find(
    (one) => one.event === event && one.body.repository?.name === repo && is((one.body['check_run'] ?? {}) as { conclusion?: string }),
  );
}

const settles = async ({ store }: Setting, { id }: Opened, rule: string): Promise<void> => {
  await until(`${id} stands at ${rule}`, async () => ((await traceOf(store, id)).at(-1)?.rule === rule ? true : undefined), 300);
};
