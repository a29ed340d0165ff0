// Passes on what accepted webhooks are about: owners of requests, tasks and the merge lane look, if they run; an issue that carries the ready
// label is begun, and so is what a webhook of another system asks for. Nothing else is started, so that what has ended stays ended; who starts later sees everything in its first snapshot. A
// delivery that can't be passed on is due again after a while, for an hour: by then, whoever it concerns has looked by itself. Deliveries
// that need an answer of the forge hold up no others.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { unlessGone } from '../../activities/forge/errors.ts';
import type { ForgeProvider, Place } from '../../activities/forge/provider.ts';
import { wakeIfRunning } from '../../activities/merge-lane/wake.ts';
import type { ByLabel } from '../../activities/task/by-label.ts';
import type { Concerns, Delivery, Start } from '../../contracts/delivery.ts';
import { sourceOf, taskId } from '../../contracts/task.ts';
import { mergeLaneId, mergeRequestId } from '../../contracts/work.ts';
import type { Store } from '../../store/store.ts';

export interface PassOnDeps {
  readonly store: Pick<Store, 'deliveries' | 'merges' | 'sources'>;
  readonly client: Client;
  readonly forge: ForgeProvider;
  /** Of the forge as people see it. */
  readonly host: string;
  /** Begins the work on an issue that is said to be ready; undefined where nobody wants that for its repository. */
  readonly begin: (at: { readonly repository: string; readonly issue: number }) => Promise<ByLabel> | undefined;
  /** Begins the work that a webhook of another system asks for. @param by names the delivery: told again, it is the same task */
  readonly start: (repository: string, start: Start, by: string) => Promise<unknown>;
}

export interface PassOn {
  /** Takes up what is due and not under way. Returns at once what the store says; `more`: some may be left that were not looked at. */
  round(): Promise<{ readonly more: boolean }>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

const MOST_AT_ONCE = 200;
const GIVEN_UP_AFTER_MS = 60 * 60_000;
/** How soon something is tried again that could not be passed on: the server or the forge is away, or does not show everything yet. */
const AGAIN_MS = 2_000;

/** @param problem told of each delivery that could not be passed on yet */
export function createPassOn(deps: PassOnDeps, problem: (because: string) => void, stopped: AbortSignal): PassOn {
  const { store, client, forge, host, begin, start: startGoal } = deps;
  const underWay = new Map<string, Promise<void>>();
  return {
    async round() {
      const due = (await store.deliveries.due({ limit: MOST_AT_ONCE + underWay.size })).filter(({ id }) => !underWay.has(id));
      const known: Known = { requests: new Map(), woken: new Map(), begun: new Map() };
      const [quick, slow] = [due.filter(isQuick), due.filter((one) => !isQuick(one))];
      for (const one of slow) start([one], known);
      start(quick, known);
      return { more: due.length >= MOST_AT_ONCE };
    },
    async idle() {
      await Promise.all(underWay.values());
    },
  };

  /** Together, so that what is done is written at once. */
  function start(deliveries: readonly Delivery[], known: Known): void {
    if (deliveries.length === 0) return;
    const work = Promise.all(deliveries.map((delivery) => attend(delivery, known)))
      .then(async (all) => {
        const [passed, left] = [all.filter(({ isPassed }) => isPassed), all.filter(({ isPassed }) => !isPassed)];
        if (passed.length > 0) await store.deliveries.passedOn({ ids: passed.map(({ id }) => id) });
        for (const { id } of passed) underWay.delete(id);
        if (left.length > 0) await sleep(AGAIN_MS, undefined, { signal: stopped }).catch(() => undefined);
      })
      .catch((error: unknown) => problem(String(error)))
      .finally(() => {
        for (const { id } of deliveries) underWay.delete(id);
      });
    for (const { id } of deliveries) underWay.set(id, work);
  }

  async function attend({ id, concerns, receivedAt }: Delivery, known: Known): Promise<{ id: string; isPassed: boolean }> {
    const isOld = Date.now() - receivedAt > GIVEN_UP_AFTER_MS;
    try {
      for (const workflow of await concerned(concerns, known)) await once(known.woken, workflow, () => wakeIfRunning(client, workflow));
      const { repository, issue, ready, start: wish } = concerns;
      if (wish !== null) await startGoal(repository, wish, id);
      const begun =
        ready && issue !== null ? await once(known.begun, `${repository}#${issue}`, async () => begin({ repository, issue })) : undefined;
      return { id, isPassed: begun?.outcome !== 'later' || isOld };
    } catch (error) {
      problem(`${id}: ${String(error)}`);
      return { id, isPassed: isOld };
    }
  }

  async function concerned({ repository, requests: named, commit, branch, issue }: Concerns, { requests }: Known): Promise<string[]> {
    const [owner = '', repo = ''] = repository.split('/');
    if (issue !== null) {
      const ticket = { owner, repo, issue, goal: null };
      const tries = await store.sources.open({ source: sourceOf(ticket) });
      return tries.map((one) => taskId({ ...ticket, ...one }));
    }
    const numbers =
      branch !== null
        ? await once(requests, `${repository} branch ${branch}`, () => requestsAt({ owner, repo }, branch))
        : commit !== null
          ? await once(requests, `${repository} ${commit}`, async () => [...(await forge.requestsAt({ owner, repo }, commit))])
          : named;
    if (numbers.length === 0) return [];
    const lane = mergeLaneId({ host, owner, repo });
    const merges = await store.merges.waiting({ lane });
    return [...numbers.map((number) => mergeRequestId({ host, owner, repo, number })), ...(merges.length > 0 ? [lane] : [])];
  }

  /** Open requests from a branch, or into it: they may conflict now, or be behind. Asked conditionally: most of the time nothing has changed. */
  async function requestsAt(place: Place, branch: string): Promise<number[]> {
    const open = await unlessGone(() => forge.openRequests(place));
    return (open ?? []).filter((one) => one.base === branch || one.branch === branch).map(({ number }) => number);
  }
}

/** What the deliveries of one round have asked for already. */
interface Known {
  readonly requests: Map<string, Promise<number[]>>;
  readonly woken: Map<string, Promise<boolean>>;
  readonly begun: Map<string, Promise<ByLabel | undefined>>;
}

/** Needs no answer of the forge. */
const isQuick = ({ concerns: { commit, branch, ready } }: Delivery): boolean => commit === null && branch === null && !ready;

/** Several deliveries about one thing ask and wake once. */
function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}
