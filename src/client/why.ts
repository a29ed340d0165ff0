// Why a request is as it is: for its last wake-ups what was seen that was not seen before, which rule decided, and what came of it. Both lives
// of a request that was handed over again are one trace.
import type { Custody } from '../contracts/custody.ts';
import type { MergeRequestSnapshot } from '../contracts/merge-request-snapshot.ts';
import type { Gate } from '../contracts/proof.ts';
import type { Store } from '../store/store.ts';
import { explain, type Explanation } from './explain.ts';

export interface WakeUp {
  readonly seq: number;
  readonly at: number;
  /** What was otherwise than at the wake-up before. */
  readonly seen: readonly string[];
  readonly rule: string;
  readonly because: string;
  /** What was done, or who is waited for. */
  readonly did: string;
}

/** The last `count` wake-ups, oldest first. */
export async function why(store: Store, request: string, count: number): Promise<WakeUp[]> {
  const last = await store.decisions.last({ workflow: request });
  // One more, to know what was new in the first.
  const after = Math.max(0, last - count - 1);
  const decisions: Explanation[] = [];
  for (let at = after; at < last;) {
    const more = await explain(store, request, at);
    if (more.length === 0) break;
    decisions.push(...more);
    at = more.at(-1)?.seq ?? last;
  }
  const shown = after === 0 ? decisions.slice(-count) : decisions.slice(1);
  return Promise.all(
    shown.map(async (decision) => {
      const { seq, at, rule, because } = decision;
      const seen = news(decisions[decisions.indexOf(decision) - 1], decision);
      return { seq, at, seen, rule, because, did: await outcomeOf(store, decision) };
    }),
  );
}

/** Facts as an owner of requests keeps them; of older versions some may be missing. */
interface Seen {
  readonly now?: MergeRequestSnapshot;
  readonly gates?: readonly Gate[];
  readonly custody?: Custody;
  readonly running?: string | null;
  readonly answers?: Readonly<Record<string, string>>;
}

const SHORT = 12;

function asLines({ now, gates = [], custody, running, answers = {} }: Seen): Record<string, string> {
  const forge = now?.forge;
  return {
    head: (forge?.head ?? '').slice(0, SHORT),
    title: forge?.title ?? '',
    base: forge?.base.branch ?? '',
    state: forge === undefined ? '' : `${forge.state}${forge.draft ? ', draft' : ''}`,
    merge: forge?.merge ?? '',
    labels: (forge?.labels ?? []).join(', ') || 'none',
    checks: (forge?.checks ?? []).map(({ name, state }) => `${name} ${state}`).join(', ') || 'none',
    reviews: (forge?.reviews ?? []).map(({ by, state, commit }) => `${by} ${state} ${commit.slice(0, SHORT)}`).join(', ') || 'none',
    comments: `${now?.comments.length ?? 0}${now?.comments.length === 0 ? '' : `, the last of ${now?.comments.at(-1)?.by ?? 'nobody'}`}`,
    missing:
      gates
        .filter(({ needed, met }) => needed && !met)
        .map(({ name }) => name)
        .join(', ') || 'no gate',
    hands: custody === undefined ? '' : `${custody.policy}, ${custody.state}`,
    work: running ?? 'none',
    answers: `${Object.keys(answers).length}`,
  };
}

function news(before: Explanation | undefined, { facts }: Explanation): string[] {
  const [old, now] = [before === undefined ? {} : asLines(before.facts ?? {}), asLines(facts ?? {})];
  return Object.entries(now)
    .filter(([name, value]) => value !== old[name] && value !== '')
    .map(([name, value]) => `${name}: ${value}`);
}

async function outcomeOf(store: Store, { action }: Explanation): Promise<string> {
  const { kind, key, forWhom } = action as { readonly kind: string; readonly key?: string; readonly forWhom?: string };
  if (kind === 'wait') return `waits for ${forWhom ?? 'somebody'}`;
  if (key === undefined) return kind;
  const outcome = (await store.ledger.find({ key }))?.outcome;
  if (outcome === undefined || kind === 'session' || kind === 'review') return kind;
  if (outcome === null) return `${kind}: under way`;
  return outcome.state === 'done' ? `${kind}: done` : `${kind}: refused (${outcome.because})`;
}
