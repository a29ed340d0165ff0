// Trouble on request (POST /_faults): before an effect, after it, or instead of the newest facts. Kept in memory: a restart ends it.
import picomatch from 'picomatch';
import { seededRandom, type Random } from '../random.ts';
import { Refusal } from './reply.ts';

export interface FaultRequest {
  /** A GitHub operation id (`pulls/merge`), a pattern of them (`issues/*`), `git/upload-pack`, `git/receive-pack`, `graphql` or `webhook/<event>`. */
  readonly route: string;
  /** `before`: nothing takes place; `after`: the effect takes place and the answer does not say so. */
  readonly when: 'before' | 'after';
  readonly fault:
    | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
    | { readonly kind: 'secondary-limit'; readonly retryAfter?: number }
    | { readonly kind: 'cut' }
    | { readonly kind: 'delay'; readonly ms: number }
    | { readonly kind: 'stale'; readonly ms: number }
    | { readonly kind: 'lost' }
    | { readonly kind: 'doubled' };
  /** How often; without it, until it is removed. */
  readonly count?: number;
  /** Of each matching request, 0 to 1. */
  readonly probability?: number;
  readonly seed?: number;
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
}

export class Faults {
  readonly #held = new Map<number, Held>();
  #lastId = 0;

  add(request: FaultRequest): Fault {
    const held: Held = { request, id: ++this.#lastId, hits: 0, matches: picomatch(request.route), random: seededRandom(request.seed ?? 1) };
    this.#held.set(held.id, held);
    return view(held);
  }

  list(): Fault[] {
    return [...this.#held.values()].map(view);
  }

  /** False if there is no such fault. */
  remove(id: number): boolean {
    return this.#held.delete(id);
  }

  clear(): void {
    this.#held.clear();
  }

  /** The fault that strikes this request at this moment, counted as a hit. */
  strike(route: string, when: 'before' | 'after', kinds?: readonly FaultRequest['fault']['kind'][]): FaultRequest['fault'] | undefined {
    for (const held of this.#held.values()) {
      const { request } = held;
      if (request.when !== when || !held.matches(route) || (kinds !== undefined && !kinds.includes(request.fault.kind))) continue;
      if (request.count !== undefined && held.hits >= request.count) continue;
      if (request.probability !== undefined && !held.random.chance(request.probability)) continue;
      held.hits++;
      return request.fault;
    }
    return undefined;
  }
}

const view = ({ request, id, hits }: Held): Fault => ({ id, ...request, hits });

/** What a fault of kind `status` answers. */
export const asRefusal = (fault: { status: number; retryAfter?: number }): Refusal =>
  new Refusal(
    fault.status,
    fault.status === 429 ? 'Too many requests' : 'Server Error',
    {},
    fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) },
  );
