// `signalbox run`: refuses early what can't be worked on, then starts the task of an issue or of a goal, or finds the one that runs.
import { setTimeout as sleep } from 'node:timers/promises';
import { createForge } from '../../activities/forge/create.ts';
import { beginTask, taskOf, workflowStatus } from '../../activities/task/begin.ts';
import { openRequestOf } from '../../activities/task/open-request.ts';
import { putText } from '../../activities/work/texts.ts';
import type { OutboxItem } from '../../contracts/outbox.ts';
import type { Pipeline } from '../../contracts/plan.ts';
import { sourceOf, sourceOfTask, taskId, type TaskOutcome, type Ticket } from '../../contracts/task.ts';
import { forgeHost, mergeRequestId } from '../../contracts/work.ts';
import { withDoors, type Doors } from './doors.ts';
import { EXIT } from './exit-codes.ts';
import { findWork } from './find-work.ts';
import { identityNamed, nameOfIdentity } from './identity.ts';
import { dim, note, print, printJson, yellow } from './output.ts';
import { Problem } from './problem.ts';
import { running } from './processes.ts';
import { asking, openIssue, parsePipeline, thisRepository } from './target.ts';

const LOOK_EVERY_MS = 300;
const MOST_FOLLOWED = 20;

export interface RunOptions {
  readonly json?: true;
  readonly issue?: string;
  readonly workspace: string;
  readonly pipeline: string;
  /** Name of the identity as which it is worked on. */
  readonly as?: string;
  /** Tasks that have to be merged first. */
  readonly after?: readonly string[];
  /** Minutes in which they have to be. */
  readonly afterTimeout?: number;
  readonly wait?: true;
}

export async function run(goal: string, options: RunOptions): Promise<void> {
  const pipeline = parsePipeline(options.pipeline);
  checkWanted(goal, options.issue);
  if (options.afterTimeout !== undefined && options.after === undefined)
    throw new Problem('--after-timeout limits the wait for the tasks of --after: name one.');
  await withDoors(async (doors) => {
    const as = identityNamed(doors.config, options.as);
    const ticket = await ticketOf(doors, goal, options.issue, as);
    const after = await followed(doors, options.after ?? []);
    await begin(doors, { workspace: options.workspace, ticket, pipeline, after, as, afterMinutes: options.afterTimeout }, options);
  });
}

/** Begins it, or finds what works on it, and says so; with `wait` it stays until that has ended. */
export async function begin(
  doors: Doors,
  wanted: {
    readonly workspace: string;
    readonly ticket: Ticket;
    readonly pipeline: Pipeline;
    readonly after: readonly string[];
    readonly afterMinutes?: number | undefined;
    /** As whom; undefined: as the try before, or the default. */
    readonly as: string | null | undefined;
  },
  options: Pick<RunOptions, 'json' | 'wait'>,
): Promise<void> {
  const { after } = wanted;
  await refuseWithoutKey(doors);
  await refuseBesideRequest(doors, wanted);
  const { branch, identity, host } = doors.config;
  const begun = await beginTask({ ...doors, branch, identity }, { ...wanted, host });
  if (begun.state === 'running' && wanted.as !== undefined && wanted.as !== begun.as)
    throw new Problem(`${begun.id} works on it already, as ${nameOfIdentity(begun.as)}; it stays so until it has ended.`);
  if (begun.state === 'too late') throw new Problem(`${begun.id} works on it already; it is too late to say what it shall follow.`);
  const { id, state, handle } = begun;
  const by = begun.as === null ? {} : { as: nameOfIdentity(begun.as) };
  if (options.wait !== true) {
    if (options.json === true)
      return printJson({ task: id, state: state === 'began' ? 'started' : 'running', ...by, ...(after.length > 0 && { after }) });
    print(
      state === 'began'
        ? `Started ${id}${begun.as === null ? '' : ` as ${nameOfIdentity(begun.as)}`}${after.length === 0 ? '' : `; it waits for ${after.join(', ')}`}`
        : `${id} works on it already.`,
    );
    return print(dim(`Next: signalbox logs ${id} --follow`));
  }
  const [outcome] = await Promise.all([handle.result(), tellDecisions(doors, id)]);
  process.exitCode = outcome.outcome === 'merged' || outcome.outcome === 'delivered' ? EXIT.done : EXIT.refused;
  if (options.json === true) return printJson({ task: id, ...outcome });
  print(inWords(outcome));
}

/** Refuses where the worker of this host could ask no model: its environment counts, not that of this command. */
async function refuseWithoutKey({ config }: Doors): Promise<void> {
  const lacks = (await running(config.data, 'worker'))?.lacks ?? [];
  if (lacks.length > 0)
    throw new Problem(
      `The worker was started without ${lacks.join(' and ')}, so no session could ask its model. Set ${lacks.length === 1 ? 'it' : 'them'} (or other models: SIGNALBOX_MODEL) and run "signalbox up" again.`,
    );
}

/** Refuses a new try while the request of an earlier one is open: it would be another answer to the same ticket. */
async function refuseBesideRequest(
  doors: Doors,
  { workspace, ticket, as }: { readonly workspace: string; readonly ticket: Ticket; readonly as: string | null | undefined },
): Promise<void> {
  const { config, store, client } = doors;
  const tries = (await store.sources.generations({ workspace, source: sourceOf(ticket) })).map((one) => ({
    task: taskOf({ workspace, ...ticket }, one),
    isOver: one.endedAt !== undefined,
  }));
  const last = tries.at(-1);
  if (last === undefined) return;
  const before = last.task.as;
  if (as === undefined && before !== undefined && !config.identities.some(({ name }) => name === nameOfIdentity(before)))
    throw new Problem(`The try before was begun as ${nameOfIdentity(before)}, which there is not any more. Say as whom this one is: --as.`);
  if (!last.isOver && ((await workflowStatus(client, taskId(last.task))) ?? 'RUNNING') === 'RUNNING') return;
  const name = `${ticket.owner}/${ticket.repo}`;
  const open = await asking(config, name, () =>
    openRequestOf(
      createForge(config.github),
      tries.map(({ task }) => task),
    ),
  );
  if (open === null) return;
  const request = `${name}#${open.number}`;
  const id = mergeRequestId({ host: forgeHost(config.github.apiUrl), ...ticket, number: open.number });
  const state = (await store.custody.of({ request: id }))?.state;
  const next =
    state === 'paused'
      ? `Let it go on: signalbox mr resume ${request}`
      : state === 'active'
        ? `It is in work: signalbox mr show ${request}`
        : `Hand it over: signalbox mr adopt ${request}`;
  throw new Problem(`${request} is open, of ${taskId(open.task)}. ${next}. Or close it to begin anew.`);
}

/** Refuses what names no work, or two. */
export function checkWanted(goal: string, named: string | undefined): void {
  if (goal.trim() !== '' && named !== undefined)
    throw new Problem(`Either a goal or --issue, not both: ${JSON.stringify(goal.trim())} and ${named}.`);
  if (goal.trim() === '' && named === undefined)
    throw new Problem(
      'Say what to work on: signalbox run "a goal" in a checkout of the repository, or signalbox run --issue owner/repo#12.',
    );
}

/** What is to be worked on: the issue that is named, or the goal in the repository of this directory. */
export async function ticketOf(
  { config, store }: Doors,
  goal: string,
  named: string | undefined,
  as: string | null | undefined,
): Promise<Ticket> {
  if (named !== undefined) {
    const { owner, repo, issue } = await openIssue(config, named, as);
    return { owner, repo, issue, goal: null };
  }
  return { ...(await thisRepository(config, as)), issue: null, goal: await putText(store, goal.trim()) };
}

/** Ids of the tasks that are named. Refused where one has ended without a merge: the new task could only fail. */
async function followed({ client, store }: Doors, named: readonly string[]): Promise<string[]> {
  if (named.length > MOST_FOLLOWED) throw new Problem(`A task follows at most ${MOST_FOLLOWED} others, not ${named.length}.`);
  const ids = new Set<string>();
  for (const name of named) {
    const { workflowId: id } = await findWork(client, name);
    const source = sourceOfTask(id);
    if (source === undefined) throw new Problem(`${id} is no task: only tasks can be followed.`);
    const end = (await store.sources.generations(source)).find(({ generation }) => generation === source.generation)?.outcome;
    if (end !== undefined && end !== 'merged') throw new Problem(`${id} has ended without a merge (${end}): nothing can follow it.`);
    ids.add(id);
  }
  return [...ids];
}

function inWords(outcome: TaskOutcome): string {
  switch (outcome.outcome) {
    case 'merged':
      return `Pull request #${outcome.request} is merged.`;
    case 'delivered':
      return `Pull request #${outcome.request} is open.`;
    case 'closed':
      return 'It was closed: nothing more to do.';
    case 'given up':
    case 'failed':
      return outcome.because;
  }
}

/** Prints each decision of a task and of its request as it is made, and what people are asked, on standard error, until the task has ended. */
async function tellDecisions({ client, store }: Doors, id: string): Promise<void> {
  const told = new Map<string, number>();
  const asked = new Set<string>();
  for (;;) {
    const isOver = (await client.workflow.getHandle(id).describe()).status.name !== 'RUNNING';
    for (const workflow of [id, ...(await store.custody.madeBy({ task: id }))]) {
      for (const { seq, because, rule } of await store.decisions.trace({ workflow, after: told.get(workflow) ?? 0, limit: 100 })) {
        note(`${workflow === id ? '' : 'request: '}${because} ${dim(rule)}`);
        told.set(workflow, seq);
      }
      for (const item of await store.outbox.waiting({ askedBy: workflow })) {
        if (!asked.has(item.id)) note(yellow(whatToDo(item)));
        asked.add(item.id);
      }
    }
    if (isOver) return;
    await sleep(LOOK_EVERY_MS);
  }
}

const whatToDo = ({ id, question, accepts }: OutboxItem): string =>
  `Waits for you: ${question} ${accepts.length === 0 ? `signalbox outbox ack ${id}` : accepts.map((verdict) => `signalbox ${verdict} ${id}`).join(' | ')}`;
