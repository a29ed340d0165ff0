// A poll of a repository: what webhooks tell at once, found later and for all together. It wakes who runs, and begins the task of an issue that is
// ready; both may happen twice and mean once.
import type { Client } from '@temporalio/client';
import type { PollActivities } from '../../contracts/poll.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import { sourceOf, taskId } from '../../contracts/task.ts';
import { mergeLaneId, mergeRequestId, repositoryId, type RepositoryRef } from '../../contracts/work.ts';
import { pollPolicy, type PollFacts } from '../../policies/poll.ts';
import { isLow } from '../../policies/quota.ts';
import { digestOf } from '../../store/digest.ts';
import { isOfForge } from '../forge/errors.ts';
import { quotaNow } from '../forge/quota.ts';
import { wakeIfRunning } from '../merge-lane/wake.ts';
import { beginByLabel, type ByLabelDeps } from '../task/by-label.ts';
import { movedBases } from './bases.ts';
import { BEGINNING, listChanged, type Changed, type Cursor } from './listing.ts';

export interface PollDeps extends ByLabelDeps {
  /** Whether issues of a repository may start tasks. */
  readonly isConfigured: (repository: string) => boolean;
  readonly everySeconds: number;
}

interface Found {
  readonly cursor: Cursor;
  readonly woken: number;
  readonly begun: number;
  readonly isUnsettled: boolean;
}

export function createPollActivities(deps: PollDeps): PollActivities {
  const { store, client, forge, isConfigured, everySeconds } = deps;
  return {
    async pollRepository({ repository }) {
      const name = repositoryId(repository);
      const row = await store.polls.find({ repository: name });
      // Rows of an earlier version know no bases.
      const before: Cursor = { ...BEGINNING, ...(row?.cursor as Cursor | undefined) };
      const configured = isConfigured(`${repository.owner}/${repository.repo}`);
      const watched = configured || (await isWatched(client, repository));
      const idle = watched ? 0 : before.idle + 1;
      const quota = await quotaNow(store);
      const common = { isConfigured: configured, idle, everySeconds };
      const ask = isLow(quota) || !watched ? notAsked(before, row?.failures ?? 0) : await asked(repository, before, row?.failures ?? 0);
      const facts: PollFacts = { ...common, ...ask.facts, quota: await quotaNow(store) };
      const { action, because } = pollPolicy.decide(facts);
      const nextAt = action.kind === 'pause' ? Date.now() + action.seconds * 1_000 : null;
      const cursor: Cursor = { ...ask.cursor, idle };
      await store.polls.save({ repository: name, cursor, failures: ask.facts.failures, said: because, nextAt });
      return { ...action, because };
    },
  };

  function notAsked(cursor: Cursor, failures: number) {
    return { cursor, facts: { failures, failed: '', isUnsettled: false, found: 'Nothing was asked.' } };
  }

  /** That the forge is away, or does not let us, is an ending of a poll like another. */
  async function asked(repository: RepositoryRef, before: Cursor, failures: number) {
    try {
      const { cursor, woken, begun, isUnsettled } = await look(repository, before);
      const found = `${woken} were woken and ${begun} begun.`;
      return { cursor, facts: { failures: 0, failed: '', isUnsettled, found } };
    } catch (error) {
      if (!isOfForge(error)) throw error;
      return { cursor: before, facts: { failures: failures + 1, failed: error.message.slice(0, 200), isUnsettled: false, found: '' } };
    }
  }

  async function look(repository: RepositoryRef, before: Cursor): Promise<Found> {
    const provider = forge();
    const { owner, repo } = repository;
    const { changed, cursor } = await listChanged(provider, repository, before);
    const waiting = await waitingForChecks(client, repository);
    const checks = await provider.checksShown(repository, waiting);
    const digests = Object.fromEntries(Object.entries(checks).map(([number, shown]) => [number, digestOf(shown)]));
    const checked = waiting.filter((number) => digests[number] !== before.checks[number]);

    const moved = (await isWatched(client, repository)) ? await movedBases(provider, repository, before.bases) : { bases: {}, numbers: [] };

    const requests = new Set([...changed.filter(({ isRequest }) => isRequest).map(({ number }) => number), ...checked, ...moved.numbers]);
    const lane = mergeLaneId(repository);
    const lanes = requests.size > 0 && (await store.merges.waiting({ lane })).length > 0 ? [lane] : [];
    const tasks = await Promise.all(changed.filter(({ isRequest }) => !isRequest).map((issue) => tasksOf(repository, issue)));
    let woken = 0;
    for (const workflow of [...[...requests].map((number) => mergeRequestId({ ...repository, number })), ...lanes, ...tasks.flat()])
      if (await wakeIfRunning(client, workflow)) woken++;

    const { begun, later } = await beginReady(`${owner}/${repo}`, changed);
    const seen = Object.fromEntries(Object.entries(cursor.seen).filter(([number]) => !later.has(Number(number))));
    return { cursor: { ...cursor, seen, checks: digests, bases: moved.bases, idle: 0 }, woken, begun, isUnsettled: later.size > 0 };
  }

  async function tasksOf({ owner, repo }: RepositoryRef, { number: issue }: Changed): Promise<string[]> {
    const ticket = { owner, repo, issue, goal: null };
    return (await store.sources.open({ source: sourceOf(ticket) })).map((one) => taskId({ ...ticket, ...one }));
  }

  async function beginReady(repository: string, changed: readonly Changed[]): Promise<{ begun: number; later: ReadonlySet<number> }> {
    const later = new Set<number>();
    let begun = 0;
    if (!isConfigured(repository)) return { begun, later };
    for (const { number, isReady, isRequest } of changed) {
      if (!isReady || isRequest) continue;
      const { outcome } = await beginByLabel(deps, { repository, issue: number });
      if (outcome === 'started') begun++;
      if (outcome === 'later') later.add(number);
    }
    return { begun, later };
  }
}

const owners = (repository: RepositoryRef): string =>
  `WorkflowType = 'mergeRequest' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${mergeRequestId({ ...repository, number: 0 }).slice(0, -1)}'`;

async function isWatched(client: Client, repository: RepositoryRef): Promise<boolean> {
  return (await client.workflow.count(owners(repository))).count > 0;
}

/** Numbers of the requests whose owners wait for checks. */
async function waitingForChecks(client: Client, repository: RepositoryRef): Promise<number[]> {
  const numbers: number[] = [];
  const query = `${owners(repository)} AND ${searchAttributes.phase.name} = 'waiting for ci'`;
  for await (const { workflowId } of client.workflow.list({ query }))
    numbers.push(Number(workflowId.slice(workflowId.lastIndexOf('/') + 1)));
  return numbers.sort((a, b) => a - b);
}
