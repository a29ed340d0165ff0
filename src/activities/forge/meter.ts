// Counts what is asked of the forge, and keeps what it says of our quota. Counts are kept in the process and written every few seconds: a
// kill loses those, which nobody decides by.
import type { Store } from '../../store/store.ts';

export interface Meter {
  /** Counts what is sent through it. */
  counting(send: typeof fetch): typeof fetch;
  /** The same for other accounts than the installation's own: their calls count, what they have left is theirs. */
  readonly ofOthers: Pick<Meter, 'counting'>;
  /** Writes what was counted since the last time. */
  flush(): Promise<void>;
}

const HOUR_MS = 60 * 60_000;

export function createMeter(store: Pick<Store, 'forgeUse'>): Meter {
  let counted = new Map<string, { hour: number; resource: string; calls: number; unchanged: number }>();
  const quotas = new Map<string, { resource: string; most: number; remaining: number; resetsAt: number }>();
  let isNew = false;

  function count({ headers, status }: Response, isOwn: boolean): void {
    const number = (name: string): number => Number(headers.get(`x-ratelimit-${name}`) ?? NaN);
    const resource = headers.get('x-ratelimit-resource') ?? 'other';
    const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const key = `${hour} ${resource}`;
    const before = counted.get(key) ?? { hour, resource, calls: 0, unchanged: 0 };
    counted.set(key, { ...before, calls: before.calls + 1, unchanged: before.unchanged + (status === 304 ? 1 : 0) });
    const [most, remaining, reset] = [number('limit'), number('remaining'), number('reset')];
    if (isOwn && [most, remaining, reset].every(Number.isFinite))
      quotas.set(resource, { resource, most, remaining, resetsAt: reset * 1_000 });
    isNew = true;
  }

  const counting =
    (isOwn: boolean): Meter['counting'] =>
    (send) =>
    async (input, init) => {
      const response = await send(input, init);
      count(response, isOwn);
      return response;
    };
  return {
    counting: counting(true),
    ofOthers: { counting: counting(false) },
    async flush() {
      if (!isNew) return;
      const calls = [...counted.values()];
      counted = new Map();
      isNew = false;
      await store.forgeUse.add({ calls, quotas: [...quotas.values()] });
    },
  };
}
