// What the task policy wants to know: the ticket and the branch from the forge, everything else from the store.
import type { Client } from '@temporalio/client';
import type { Followed, RequestEnd, TaskFacts } from '../../policies/task-facts.ts';
import { plan } from '../../policies/plan.ts';
import { FOUND } from '../../policies/task-facts.ts';
import type { Classification } from '../../contracts/outputs.ts';
import type { Directive, Heeded, Told } from '../../contracts/directive.ts';
import type { Mail } from '../../contracts/mail.ts';
import type { RequestPolicy } from '../../contracts/request-policy.ts';
import { directiveIn, mayDirect, skipped } from '../../policies/directives.ts';
import { sourceOf, sourceOfTask, taskBranch, taskId, type AssessTask, type TaskRef, type TaskSnapshot } from '../../contracts/task.ts';
import type { Store } from '../../store/store.ts';
import { seeIdentity } from '../forge/access.ts';
import type { Accounts } from '../forge/accounts.ts';
import type { Forge } from '../forge/provider.ts';
import { look, refusals, type Coordinator } from '../forge/refusals.ts';
import { budgetOf, type BudgetDeps } from '../session/budget.ts';
import { outputOf } from '../session/output.ts';
import { getText } from '../work/texts.ts';
import { workflowStatus } from './begin.ts';

export interface FactsDeps extends BudgetDeps {
  readonly accounts: Accounts;
  readonly client: Client;
  /** How requests are opened. */
  readonly requests: RequestPolicy;
  /** Most sessions of one kind that are tried without asking a person. */
  readonly tries: number;
}

export async function factsOf(deps: FactsDeps, input: Omit<AssessTask, 'understands' | 'decision'>): Promise<TaskFacts> {
  const { store, client, tries, accounts } = deps;
  const { task, pipeline, sessions, reviews, running } = input;
  const id = taskId(task);
  const { forge } = accounts.of(task.as, 'comments');
  const refused = await refusals(deps, coordinatorOf(task));
  const [looked, settled, classification, asked, mail, after, budget, owner] = await Promise.all([
    look(async () => {
      await seeIdentity(accounts, coordinatorOf(task));
      return snapshot({ store, forge }, task);
    }),
    store.ledger.settled({ prefix: `${id}/` }),
    classificationOf(store, id, sessions, tries),
    store.outbox.askedBy({ workflow: id }),
    store.mail.take({ address: id }),
    followedBy({ store, client }, id),
    budgetOf(deps, id),
    ownerOf(store, id),
  ]);
  const now = 'seen' in looked ? looked.seen : UNSEEN;
  const { title, body, labels } = now;
  const done = Object.fromEntries(settled.map(({ key, outcome }) => [key.slice(id.length + 1), outcome]));
  const heeded = heededOf(done);
  return {
    now,
    id,
    name: sourceOf(task),
    hasIssue: task.issue !== null,
    pipeline,
    plan: plan({
      pipeline,
      classification,
      title,
      body,
      labels,
      skipped: skipped(heeded),
      isCoded: done[FOUND]?.state === 'done',
      changed: changedIn(done),
    }),
    done,
    sessions,
    classified: typeof classification !== 'string',
    risk: typeof classification === 'string' ? null : classification.riskLevel,
    requests: deps.requests,
    reviews,
    running,
    answers: Object.fromEntries(
      asked.map(({ id: item, answer }) => [
        item.slice(`${id}/ask/`.length),
        answer === undefined ? null : { verdict: answer.verdict, text: textOf(answer.body) },
      ]),
    ),
    told: toldIn(mail),
    words: wordsIn(mail),
    owner,
    heeded,
    approvable: asked
      .filter(
        ({ answer, withdrawnBecause, accepts }) => answer === undefined && withdrawnBecause === undefined && accepts.includes('approve'),
      )
      .map(({ id: item, askedAt }) => ({ id: item, at: askedAt })),
    budget,
    requestEnd: requestEndIn(mail),
    after,
    afterLeft: await minutesLeft(store, input),
    refusal: 'refusal' in looked ? { ...looked.refusal, number: refused.number } : refused.standing,
    tries,
  };
}

/** What is known of the forge while it refuses to tell. */
const UNSEEN: TaskSnapshot = { state: 'open', labels: [], title: '', body: '', createdAt: 0, milestone: null, pushed: null };

/** The newest classification; `failed` when every try has ended without one. */
export async function classificationOf(
  store: Store,
  id: string,
  sessions: AssessTask['sessions'],
  tries: number,
): Promise<Classification | 'none' | 'failed'> {
  const keys = Object.keys(sessions).filter((key) => key.startsWith('classify/'));
  for (const key of keys.toReversed()) {
    const output = await outputOf(store, `${id}/${key}`);
    if (output?.kind === 'classification') return output.value;
  }
  return keys.length >= tries ? 'failed' : 'none';
}

/** What the newest commit of the task has changed, or what was found on its branch. Rows of older versions do not say. */
function changedIn(done: TaskFacts['done']): readonly string[] {
  const row = Object.entries(done).findLast(([name, { state }]) => state === 'done' && (name === FOUND || name.startsWith('commit/')))?.[1];
  return row?.state === 'done' ? ((row.result as { readonly files?: readonly string[] }).files ?? []) : [];
}

/** What the owner of the request has told; unseen until the task has ended, so it is there for every decision. */
function requestEndIn(mail: readonly Mail[]): RequestEnd | null {
  const notes = mail.filter(({ kind, from }) => kind === 'note' && from.startsWith('mr/'));
  return (notes[0]?.body as RequestEnd | undefined) ?? null;
}

/** What in a mailbox acts by rule, of those who may say so. */
function toldIn(mail: readonly Mail[]): Told[] {
  return mail.flatMap((letter) => {
    const { id, from, postedAt } = letter;
    const directive = directiveOf(letter);
    return directive === null ? [] : [{ mail: id, by: from, directive, at: postedAt }];
  });
}

const directiveOf = ({ kind, from, body }: Mail): Directive | null =>
  kind === 'tell' && mayDirect(from) ? directiveIn(textOf(body)) : null;

/** What is said and acts by no rule. */
const wordsIn = (mail: readonly Mail[]): TaskFacts['words'] =>
  mail
    .filter((letter) => (letter.kind === 'steer' || letter.kind === 'tell') && directiveOf(letter) === null)
    .map(({ id, from }) => ({ mail: id, by: from }));

/** Who has the request of a task in hand. */
async function ownerOf(store: Store, id: string): Promise<string | null> {
  for (const request of await store.custody.madeBy({ task: id })) {
    const state = (await store.custody.of({ request }))?.state;
    if (state === 'active' || state === 'paused') return request;
  }
  return null;
}

const DIRECTIVE = 'directive/';

function heededOf(done: TaskFacts['done']): Heeded[] {
  return Object.entries(done)
    .filter(([name]) => name.startsWith(DIRECTIVE))
    .sort(([a], [b]) => Number(a.slice(DIRECTIVE.length)) - Number(b.slice(DIRECTIVE.length)))
    .flatMap(([, outcome]) => (outcome.state === 'done' ? [outcome.result as Heeded] : []));
}

/** How the tasks stand that a task follows, from what is kept of their ends. One that ends later wakes it (endTask). */
async function followedBy({ store, client }: Pick<FactsDeps, 'store' | 'client'>, id: string): Promise<Followed[]> {
  const others = await store.chains.before({ task: id });
  return Promise.all(
    others.map(async (task) => {
      const { generation, ...source } = sourceOfTask(task) ?? { workspace: '', source: task, generation: 0 };
      const kept = (await store.sources.generations(source)).find((one) => one.generation === generation)?.outcome;
      // One that was terminated could not say that it is over.
      const status = kept === undefined ? await workflowStatus(client, task) : undefined;
      const end = kept ?? (status === 'TERMINATED' || status === 'FAILED' || status === 'TIMED_OUT' ? status.toLowerCase() : undefined);
      return { task, state: end === undefined ? 'open' : end === 'merged' ? 'merged' : 'failed', how: end ?? '' };
    }),
  );
}

/** Of the time in which the tasks that it follows have to be merged; null: there is no limit. */
async function minutesLeft(store: Store, { task, afterMinutes }: Pick<AssessTask, 'task' | 'afterMinutes'>): Promise<number | null> {
  if (afterMinutes === undefined) return null;
  return Math.max(0, Math.ceil(((await beganAt(store, task)) - Date.now()) / 60_000 + afterMinutes));
}

async function beganAt(store: Store, task: TaskRef): Promise<number> {
  const tries = await store.sources.generations({ workspace: task.workspace, source: sourceOf(task) });
  return tries.find(({ generation }) => generation === task.generation)?.beganAt ?? 0;
}

const textOf = (body: unknown): string => {
  if (typeof body === 'string') return body;
  const text = (body as { readonly text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : '';
};

/** A task to whoever keeps what it is refused. */
export const coordinatorOf = (task: TaskRef): Coordinator => ({ workflow: taskId(task), as: task.as, place: task });

interface Asked {
  readonly store: Store;
  readonly forge: Forge;
}

export async function snapshot({ store, forge }: Asked, task: TaskRef): Promise<TaskSnapshot> {
  const [ticket, pushed] = await Promise.all([ticketOf({ store, forge }, task), forge().branchAt(task, taskBranch(task))]);
  return { ...ticket, pushed };
}

/** The words of the ticket, from the issue or from the goal. */
export async function ticketOf({ store, forge }: Asked, task: TaskRef): Promise<Omit<TaskSnapshot, 'pushed'>> {
  const { issue, goal } = task;
  if (issue !== null) {
    const { state, labels, title, body, createdAt, milestone } = await forge().issue({ ...task, number: issue });
    return { state, labels, title, body, createdAt: Math.floor(Date.parse(createdAt) / 1000), milestone };
  }
  const text = await getText(store, goal ?? '');
  const [title = '', ...rest] = text.trim().split('\n');
  const createdAt = Math.floor((await beganAt(store, task)) / 1000);
  return { state: 'open', labels: [], title, body: rest.join('\n').trim(), createdAt, milestone: null };
}
