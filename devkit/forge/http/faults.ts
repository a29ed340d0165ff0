// Trouble on request (POST /_faults): before an effect, after it, or instead of the newest facts. Kept in memory: a restart ends it.
import picomatch from 'picomatch';
import { seededRandom, type Random } from '../random.ts';
import { Refusal } from './reply.ts';

export interface FaultRequest {
  /** A GitHub operation id (`pulls/merge`), a pattern of them (`issues/*`), `git/upload-pack`, `git/receive-pack`, `graphql`, `graphql/<mutation>` or `webhook/<event>`. */
  readonly route: string;
  /** `before`: nothing takes place; `after`: the effect takes place and the answer does not say so. */
  readonly when: 'before' | 'after';
  readonly fault:
    | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
    | { readonly kind: 'secondary-limit'; readonly retryAfter?: number }
    | { readonly kind: 'cut' }
    | { readonly kind: 'delay'; readonly ms: number }
    /** Until the fault is removed: the moment at which tests do what shall happen meanwhile. */
    | { readonly kind: 'hold' }
    | { readonly kind: 'stale'; readonly ms: number }
    | { readonly kind: 'lost' }
    | { readonly kind: 'doubled' };
  /** How often; without it, until it is removed. */
  readonly count?: number;
  /** Of each matching request, 0 to 1. */
  readonly probability?: number;
  readonly seed?: number;
  /** Only in this repository, `owner/name`. Not for GraphQL, whose requests name theirs within the question. */
  readonly repository?: string;
  /** Only what this person asks for, or causes. */
  readonly actor?: string;
}

/** Where and by whom, as far as it is known. */
export interface Scope {
  readonly repository?: string | undefined;
  readonly actor?: string | undefined;
}

export interface Fault extends FaultRequest {
  readonly id: number;
  readonly hits: number;
}

interface Held {
  readonly request: FaultRequest;
  readonly id: number;
  hits: number;
  readonly matches: (route: string) => boolean;
  readonly random: Random;
  readonly removed: PromiseWithResolvers<void>;
}

/** A fault that has struck; one of kind `hold` says when it ends. */
export type Struck = Exclude<FaultRequest['fault'], { kind: 'hold' }> | { readonly kind: 'hold'; readonly ended: Promise<void> };

export class Faults {
  readonly #held = new Map<number, Held>();
  #lastId = 0;

  add(request: FaultRequest): Fault {
    const held: Held = {
      request,
      id: ++this.#lastId,
      hits: 0,
      matches: picomatch(request.route),
      random: seededRandom(request.seed ?? 1),
      removed: Promise.withResolvers(),
    };
    this.#held.set(held.id, held);
    return view(held);
  }

  list(): Fault[] {
    return [...this.#held.values()].map(view);
  }

  /** False if there is no such fault. */
  remove(id: number): boolean {
    this.#held.get(id)?.removed.resolve();
    return this.#held.delete(id);
  }

  clear(): void {
    for (const id of [...this.#held.keys()]) this.remove(id);
  }

  /** The fault that strikes this request at this moment, counted as a hit. */
  strike(route: string, when: 'before' | 'after', scope: Scope, kinds: readonly FaultRequest['fault']['kind'][]): Struck | undefined {
    for (const held of this.#held.values()) {
      const { request } = held;
      if (request.when !== when || !held.matches(route) || !kinds.includes(request.fault.kind)) continue;
      if (!isWithin(request, scope)) continue;
      if (request.count !== undefined && held.hits >= request.count) continue;
      if (request.probability !== undefined && !held.random.chance(request.probability)) continue;
      held.hits++;
      const { fault } = request;
      return fault.kind === 'hold' ? { kind: 'hold', ended: held.removed.promise } : fault;
    }
    return undefined;
  }
}

const isWithin = ({ repository, actor }: FaultRequest, scope: Scope): boolean =>
  (repository === undefined || repository.toLowerCase() === scope.repository?.toLowerCase()) &&
  (actor === undefined || actor.toLowerCase() === scope.actor?.toLowerCase());

const view = ({ request, id, hits }: Held): Fault => ({ id, ...request, hits });

/** What a fault of kind `status` answers. */
export const asRefusal = (fault: { status: number; retryAfter?: number }): Refusal =>
  new Refusal(
    fault.status,
    fault.status === 429 ? 'Too many requests' : 'Server Error',
    {},
    fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) },
  );
