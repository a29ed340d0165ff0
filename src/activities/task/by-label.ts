// Begins the task of an issue that carries the ready label, told of by a webhook or found by a poll: both ask the forge here, and both name
// what they found by the forge's own event, so that it is one task in any case.
import { isReadyLabel, type Triggered } from '../../contracts/trigger.ts';
import { readyPolicy, type ReadyFacts } from '../../policies/ready.ts';
import { unlessGone } from '../forge/errors.ts';
import type { Forge } from '../forge/provider.ts';
import type { Memory } from '../merge-request/memory.ts';
import { taskId, type TaskRef } from '../../contracts/task.ts';
import type { Generation } from '../../store/operations/sources.ts';
import { beginTask, taskOf, workflowStatus, type BeginDeps } from './begin.ts';
import { openRequestOf } from './open-request.ts';

export interface ByLabelDeps extends BeginDeps {
  readonly forge: Forge;
  readonly memory: Pick<Memory, 'mayWrite'>;
  /** Of the forge as people see it. */
  readonly forgeHost: string;
  /** Host of the worktrees. */
  readonly host: string;
}

/** Where tasks belong that nobody has given a workspace. */
const WORKSPACE = 'default';

/** `later`: the forge does not show everything yet; look again. */
export type ByLabel = Pick<Triggered, 'because'> & { readonly outcome: Triggered['outcome'] | 'ignored' | 'later' };

/** Idempotent: one event of the forge is one task, whenever and however often this is called. */
export async function beginByLabel(deps: ByLabelDeps, at: { readonly repository: string; readonly issue: number }): Promise<ByLabel> {
  const { store, host } = deps;
  const seen = await look(deps, at);
  if (seen === undefined) return { outcome: 'ignored', because: `There is no issue ${at.repository}#${at.issue} for us.` };
  const { owner, repo, mark } = seen;
  const { because, action } = readyPolicy.decide(seen.facts);
  if (action.kind === 'ignore') return { outcome: 'ignored', because };
  if (action.kind === 'look again' || mark === null) return { outcome: 'later', because };
  if (action.kind !== 'start') {
    if (action.kind === 'tell') await store.outbox.ask({ id: `notice/${mark}`, askedBy: mark, question: because, accepts: [] });
    return store.triggers.settle({ id: mark, outcome: 'refused', because, task: null });
  }
  const ticket = { owner, repo, issue: at.issue, goal: null };
  const begun = await beginTask(deps, { workspace: WORKSPACE, ticket, pipeline: 'delivery', host, after: [], by: mark });
  const outcome = begun.state === 'began' ? 'started' : 'running';
  return store.triggers.settle({ id: mark, outcome, because, task: begun.id });
}

interface Seen {
  /** As the forge writes them: names of tasks contain them. */
  readonly owner: string;
  readonly repo: string;
  readonly facts: ReadyFacts;
  /** Names the newest time that the label was put on. */
  readonly mark: string | null;
}

async function look(
  { store, client, forge, memory, forgeHost }: ByLabelDeps,
  at: { repository: string; issue: number },
): Promise<Seen | undefined> {
  const [asked = '', named = ''] = at.repository.split('/');
  const issue = await unlessGone(() => forge().issue({ owner: asked, repo: named, number: at.issue }));
  if (issue === null) return undefined;
  const { owner, repo, state, isRequest } = issue;
  const name = `${owner}/${repo}#${at.issue}`;
  const facts = { name, state, isRequest, isLabelled: issue.labels.some(isReadyLabel) };
  const nothing: Seen = { owner, repo, facts: { ...facts, mark: null, request: null }, mark: null };
  if (!facts.isLabelled || isRequest || state === 'closed') return nothing;

  const put = await forge().labelled({ owner, repo, number: at.issue }, isReadyLabel);
  if (put === null) return nothing;
  const { by } = put;
  const mark = `label/${forgeHost}/${name}/${put.id}`;
  const tries = await store.sources.generations({ workspace: WORKSPACE, source: name });
  const tryOf = (one: Generation): TaskRef => taskOf({ workspace: WORKSPACE, owner, repo, issue: at.issue, goal: null }, one);
  const [settled, mayStart, request] = await Promise.all([
    store.triggers.find({ id: mark }),
    memory.mayWrite({ host: forgeHost, owner, repo }, by),
    isRunning().then(async (runs) => (runs ? null : ((await openRequestOf(forge, tries.map(tryOf)))?.number ?? null))),
  ]);
  // Begun by an attempt that could not say so any more.
  const isOver = tries.some(({ begunBy, endedAt }) => begunBy === mark && endedAt !== undefined);
  return { owner, repo, facts: { ...facts, mark: { by, mayStart, isKnown: settled !== undefined || isOver }, request }, mark };

  /** Its request is its own affair then. */
  async function isRunning(): Promise<boolean> {
    const last = tries.at(-1);
    if (last === undefined || last.endedAt !== undefined) return false;
    return ((await workflowStatus(client, taskId(tryOf(last)))) ?? 'RUNNING') === 'RUNNING';
  }
}
