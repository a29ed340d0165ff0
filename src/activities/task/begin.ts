// Begins the work on a ticket: a new try of its source, or the one that is open. Whoever lets work begin (a command, a schedule, a label, a
// webhook) does it by this.
import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { Pipeline } from '../../contracts/plan.ts';
import { sourceOf, taskId, type TaskInput, type TaskOutcome, type TaskRef, type Ticket } from '../../contracts/task.ts';
import type { BeginAs, BeginOutcome, Generation, SourceRef } from '../../store/operations/sources.ts';
import type { Store } from '../../store/store.ts';
import { startTask } from './start.ts';

export interface BeginDeps {
  readonly store: Store;
  readonly client: Client;
  /** What the branches of new tasks are called; undefined: as always. */
  readonly branch: string | undefined;
  /** Identity of what is begun for the first time without naming one (contracts/identity.ts); null: the installation's own account. */
  readonly identity: string | null;
}

export interface Begun {
  readonly id: string;
  /** Identity as which it is worked on; null: the installation's own account. */
  readonly as: string | null;
  /** `running`: it was begun before. */
  readonly state: BeginOutcome['state'];
  readonly handle: WorkflowHandle<(input: TaskInput) => Promise<TaskOutcome>>;
}

/**
 * Starts the task of a ticket; begun twice, it is one task.
 * @param after ids of tasks that have to be merged first
 * @returns `too late` where the task runs and can't be told any more whom it shall follow
 */
export async function beginTask(
  deps: BeginDeps,
  input: {
    readonly workspace: string;
    readonly ticket: Ticket;
    readonly pipeline: Pipeline;
    readonly host: string;
    readonly after: readonly string[];
    /** In how many minutes; no limit where it is left out. */
    readonly afterMinutes?: number | undefined;
    /** Names who begins it, where that may try again: then it is told that it began it. */
    readonly by?: string;
    /** Identity as which it is worked on, null: the installation's own account; undefined: that of the try before, or the default. */
    readonly as?: string | null | undefined;
  },
): Promise<Begun | { readonly state: 'too late'; readonly id: string }> {
  const { workspace, pipeline, host, after, afterMinutes, by, as } = input;
  const { owner, repo, issue, goal } = input.ticket;
  const ticket: Ticket = { owner, repo, issue, goal }; // and nothing else of a task before
  const wanted: SourceRef & BeginAs = {
    workspace,
    source: sourceOf(ticket),
    asDefault: deps.identity,
    ...(by !== undefined && { by }),
    ...(as !== undefined && { as }),
    ...(deps.branch !== undefined && { branch: deps.branch }),
  };
  const { state, ...begun } = await begin(deps, wanted, (generation) => taskId({ workspace, ...ticket, generation }));
  const task: TaskRef = { workspace, ...ticket, ...begun };
  const id = taskId(task);
  if (after.length > 0) {
    // Rows before the task: it sees them with its first look. One that runs has had that look.
    if ((await workflowStatus(deps.client, id)) !== undefined) return { state: 'too late', id };
    await deps.store.chains.follow({ task: id, after });
  }
  return { id, state, as: begun.as ?? null, handle: await startTask(deps, task, host, pipeline, afterMinutes) };
}

/** A try of a ticket, as it was begun. */
export const taskOf = (ticket: Ticket & Pick<TaskRef, 'workspace'>, { generation, as, branch }: Generation): TaskRef => ({
  ...ticket,
  generation,
  ...(as !== undefined && { as }),
  ...(branch !== undefined && { branch }),
});

/** The open try of a source, or a new one. A task that was terminated could not say that its try is over. */
async function begin(
  { store, client }: BeginDeps,
  source: SourceRef & BeginAs,
  idOf: (generation: number) => string,
): Promise<BeginOutcome> {
  const begun = await store.sources.begin(source);
  if (begun.state === 'began') return begun;
  const status = (await workflowStatus(client, idOf(begun.generation))) ?? 'RUNNING'; // or it has not started yet
  if (status === 'RUNNING' || status === 'COMPLETED') return begun;
  await store.sources.end({ ...source, generation: begun.generation, outcome: status.toLowerCase() });
  return store.sources.begin(source);
}

/** Temporal's word for how a workflow stands; undefined where there is none of this id. */
export async function workflowStatus(client: Client, id: string): Promise<string | undefined> {
  try {
    return (await client.workflow.getHandle(id).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
