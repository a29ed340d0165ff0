// Everything that the policy of a request decides by, at one moment: the forge, the ledger of effects, our own checks, what people answer.
import { inHandId, mergeRequestId } from '../../contracts/work.ts';
import type { Custody } from '../../contracts/custody.ts';
import type { BaseUpdate } from '../../contracts/merge-request-actions.ts';
import type { Nits } from '../../contracts/merge-request-settings.ts';
import type { AssessMergeRequest, NewMergeRequest } from '../../contracts/merge-request.ts';
import { escalatedKey } from '../../contracts/review.ts';
import { gates, gatesOfPeople } from '../../policies/gates.ts';
import { escalation, REST_MINUTES, type MergeRequestFacts, type MergeRequestLimits } from '../../policies/merge-request-facts.ts';
import type { Coordinator } from '../forge/refusals.ts';
import { readGates, type GateDeps } from '../merge-lane/gate-facts.ts';
import { digestOf } from '../../store/digest.ts';
import { proofRecord } from '../proof/record.ts';
import { proofSection } from '../proof/section.ts';
import type { Store } from '../../store/store.ts';
import { contextOf } from './effects.ts';
import { afterEnd } from './aftermath.ts';
import { footerOfRequest } from './footer.ts';
import { statusCommentBefore } from './status.ts';
import { readRequest } from './read.ts';
import type { Reader } from './reader.ts';

export interface FactsDeps extends Reader, GateDeps {
  readonly limits: MergeRequestLimits;
  readonly updateBy: BaseUpdate;
  readonly nits: Nits;
}

/** Words for the next session; other mail only brings what is in a row elsewhere. */
export const WORDS: readonly string[] = ['steer', 'tell', 'answer'];

export async function factsOf(deps: FactsDeps, input: AssessMergeRequest): Promise<MergeRequestFacts> {
  const { store, limits, updateBy, nits } = deps;
  const { request, sessions, reviews, running } = input;
  const [id, mailbox] = [inHandId(request), mergeRequestId(request.ref)];
  const [custody, settled, statusBefore, asked, mail, wishes, escalated] = await Promise.all([
    custodyOfRequest(store, request),
    store.ledger.settled({ prefix: `${id}/` }),
    statusCommentBefore(store, request),
    store.outbox.askedBy({ workflow: mailbox }),
    store.mail.take({ address: mailbox }),
    store.merges.of({ request: mailbox }),
    escalatedBy(store, [id, ...(request.tell === null ? [] : [request.tell])]),
  ]);
  const own = settled.map(({ key, ...row }) => ({ ...row, name: key.slice(id.length + 1) })).filter(({ name }) => !OF_REVIEWS.test(name));
  const done = Object.fromEntries(own.map(({ name, outcome }) => [name, outcome]));
  const { ref } = request;
  const context = contextOf(request, escalation({ done, limits, escalated }));
  const { facts: gateFacts, talk } = await readGates(deps, { ref, context }, undefined, deps.memory);
  const all = gates(gateFacts);
  const record = proofRecord(ref, gateFacts, all, request.goal);
  const heads = headsOf(request, own);
  const { snapshot: now } = await readRequest(deps, request, gateFacts.now, heads, talk);
  return {
    overdue: overdueOf(custody, own, limits),
    ...(await afterEnd(deps.forge, limits.trackDays, ref, now.forge, own.find(({ name }) => name === 'conclude')?.at)),
    id,
    request,
    custody,
    now,
    done,
    statusBefore,
    running,
    sessions,
    reviews,
    limits,
    updateBy,
    nits,
    heads,
    escalated,
    gates: custody.policy === 'merge' ? all : gatesOfPeople(all),
    proof: digestOf(proofSection(record, null)),
    footer: footerOfRequest(request),
    reviewed: gateFacts.checks.some(({ kind }) => kind === 'review'),
    wishes: wishes
      .filter((wish) => wish.id.startsWith(`${id}/merge/`))
      .map(({ head, outcome, settledAt }) => ({
        head,
        outcome,
        // Never where nothing lags, also by the clock of a host that is behind.
        fresh: settledAt !== null && Math.max(0, Date.now() - settledAt) < limits.lagSeconds * 1000,
        rested: settledAt !== null && Date.now() - settledAt >= REST_MINUTES * 60_000,
      })),
    answers: Object.fromEntries(asked.flatMap(({ id: item, answer }) => (answer === undefined ? [] : [[item, answer.verdict]]))),
    told: mail.filter(({ kind }) => WORDS.includes(kind)).map((one) => one.id),
  };
}

/** A request to whoever keeps what its owner is refused. */
export const coordinatorOf = ({ ref, work }: Pick<NewMergeRequest, 'ref' | 'work'>): Coordinator => ({
  workflow: mergeRequestId(ref),
  as: work.as,
  place: ref,
});

/** What the first review of a task or a request has said about which no later one may be silent. */
async function escalatedBy(store: Store, owners: readonly string[]): Promise<string | null> {
  const rows = await Promise.all(owners.map((owner) => store.ledger.settled({ prefix: `${owner}/review/` })));
  const row = rows.flat().find(({ key, outcome }) => outcome.state === 'done' && key === escalatedKey(key.slice(0, key.lastIndexOf('/'))));
  return row?.outcome.state === 'done' ? (row.outcome.result as { readonly because: string }).because : null;
}

/** In whose hands a request is. @throws Error where nobody has handed it over, which whoever starts its owner does */
export async function custodyOfRequest(store: Store, { ref, generation }: Pick<NewMergeRequest, 'ref' | 'generation'>): Promise<Custody> {
  const request = mergeRequestId(ref);
  const custody = await store.custody.of({ request, generation });
  if (custody === undefined) throw new Error(`${request} was never handed over for the ${generation}. time.`);
  return custody;
}

/** Effects of the reviews are theirs: their ids begin with the request's. */
const OF_REVIEWS = /^review\//;

interface Settled {
  readonly name: string;
  readonly outcome: { readonly state: 'done' | 'refused' };
  readonly at: number;
}

const HOUR_MS = 60 * 60_000;

/** A wait begins when the status comment was made to tell of it, and anew when people have let it go on. */
function overdueOf(
  custody: Custody,
  own: readonly Settled[],
  { reminders: { most, hours } }: MergeRequestLimits,
): MergeRequestFacts['overdue'] {
  const told = own.filter(({ name }) => name.startsWith('status/')).map(({ at }) => at);
  const since = Math.max(custody.at, ...told);
  const passed = (whom: keyof typeof hours): number => Math.min(most + 1, Math.floor((Date.now() - since) / (hours[whom] * HOUR_MS)));
  const times = (whom: keyof typeof hours): number => (told.length === 0 ? 0 : passed(whom));
  return {
    ci: times('ci'),
    reviewer: times('reviewer'),
    operator: times('operator'),
    people: times('people'),
    // A pause is no status: it begins with the word.
    resting: Math.min(1, passed('resting')),
  };
}

/** What the request began with, and what has become its head by us since. */
function headsOf(request: NewMergeRequest, own: readonly Settled[]): string[] {
  const moves = own.filter(({ name, outcome }) => /^(push|take-up)\//.test(name) && outcome.state === 'done').sort((a, b) => a.at - b.at);
  return [request.head, ...moves.map(({ name }) => name.slice(name.lastIndexOf('/') + 1))];
}
