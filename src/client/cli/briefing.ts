// What there is to say about an installation, without a model: what runs and why it stands where it does, who is waited for, what comes next,
// what was done since midnight, what is wrong. Each audience sees what is for it.
import type { Client } from '@temporalio/client';
import { installationId } from '../../config/installation.ts';
import type { OutboxItem } from '../../contracts/outbox.ts';
import { scheduleIds, type ScheduleMemo } from '../../contracts/schedule.ts';
import { sourceOfTask } from '../../contracts/task.ts';
import type { Store } from '../../store/store.ts';
import { forgeUse, type ForgeUse } from '../forge-use.ts';
import type { Doors } from './doors.ts';
import { withoutIdle } from './idle.ts';
import { nameOf as requestNameOf } from './request-name.ts';
import { listWork, type Work } from './work.ts';

/** `owner`: everything. `stakeholder`: tasks and requests, with reasons. `external`: what is in work and what is done. */
export const AUDIENCES = ['owner', 'stakeholder', 'external'] as const;
export type Audience = (typeof AUDIENCES)[number];

export interface Briefing {
  readonly running: readonly Running[];
  readonly waiting: readonly OutboxItem[];
  readonly next: readonly { readonly what: string; readonly at: string }[];
  /** Since midnight, here. */
  readonly done: readonly { readonly what: string; readonly how: string; readonly at: string }[];
  readonly problems: readonly string[];
  readonly forge: ForgeUse | null;
}

export interface Running extends Work {
  /** What it works on, for people. */
  readonly name: string;
  /** Why it is where it is; null where it decides nothing. */
  readonly because: string | null;
}

const OLD_QUESTION_MS = 24 * 60 * 60_000;
/** Below this part of it a quota is trouble. */
const LOW_QUOTA = 0.1;

export async function briefing({ client, store, config }: Doors, audience: Audience): Promise<Briefing> {
  const since = new Date().setHours(0, 0, 0, 0);
  const [work, waiting, next, ended, merged, failed, forge] = await Promise.all([
    listWork(client, { all: false }).then((running) => withoutIdle(store, running)),
    store.outbox.waiting({}),
    schedules(client, await installationId(config.data)),
    store.sources.endedSince({ since }),
    store.merges.loggedSince({ since }),
    failures(client, since),
    forgeUse(store),
  ]);
  const units = audience === 'owner' ? work : work.filter(({ kind }) => kind === 'task' || kind === 'mergeRequest');
  const done = [
    ...merged.map(({ request, at, by }) => ({ what: requestNameOf(request), how: `merged by ${by}`, at })),
    // A task that ended merged is the merge.
    ...ended
      .filter(({ outcome }) => outcome !== 'merged')
      .map(({ source, outcome, endedAt }) => ({ what: source, how: outcome, at: endedAt })),
  ].sort((a, b) => a.at - b.at);
  const all: Briefing = {
    running: await Promise.all(units.map(async (one) => ({ ...one, name: nameOf(one), because: await reasonOf(store, one) }))),
    waiting,
    next,
    done: done.map((one) => ({ ...one, at: new Date(one.at).toISOString() })),
    problems: [
      ...failed,
      ...forge.polls.filter(({ failures }) => failures > 0).map(({ repository, said }) => `The poll of ${repository} fails: ${said}`),
      ...forge.quotas
        .filter(({ remaining, most }) => remaining < most * LOW_QUOTA)
        .map(
          ({ resource, remaining, most, resetsAt }) =>
            `Of the forge's quota "${resource}" ${remaining} of ${most} are left until ${resetsAt}.`,
        ),
      ...waiting
        .filter(({ askedAt, accepts }) => accepts.length > 0 && askedAt < Date.now() - OLD_QUESTION_MS)
        .map(({ id }) => `${id} has waited for more than a day.`),
    ],
    forge,
  };
  if (audience === 'owner') return all;
  if (audience === 'stakeholder') return { ...all, problems: [], forge: null };
  return { ...all, running: all.running.map((one) => ({ ...one, because: null })), waiting: [], next: [], problems: [], forge: null };
}

/** "owner/repo#12" of a task or a request; the id of anything else. */
function nameOf({ id, kind }: Work): string {
  if (kind === 'mergeRequest') return `${requestNameOf(id)} (request)`;
  return sourceOfTask(id)?.source ?? id;
}

async function reasonOf(store: Store, { id, kind }: Work): Promise<string | null> {
  if (kind === 'session') return null;
  const last = await store.decisions.last({ workflow: id });
  return (await store.decisions.trace({ workflow: id, after: last - 1, limit: 1 }))[0]?.because ?? null;
}

async function schedules(client: Client, installation: string): Promise<{ what: string; at: string }[]> {
  const found: { what: string; at: string }[] = [];
  for await (const { scheduleId, memo, state, info } of client.schedule.list()) {
    const [at] = info.nextActionTimes;
    if (!scheduleId.startsWith(scheduleIds(installation)) || state.paused || at === undefined) continue;
    found.push({ what: (memo as Partial<ScheduleMemo> | undefined)?.runs ?? scheduleId, at: at.toISOString() });
  }
  return found.sort((a, b) => a.at.localeCompare(b.at));
}

/** Work that has not ended by itself. One that was killed was meant to be. */
async function failures(client: Client, since: number): Promise<string[]> {
  const query = `ExecutionStatus IN ('Failed', 'TimedOut') AND CloseTime > '${new Date(since).toISOString()}'`;
  const found: string[] = [];
  for await (const { workflowId, status } of client.workflow.list({ query }))
    found.push(`${workflowId} ended ${status.name.toLowerCase()}.`);
  return found;
}
