// The ledger of effects. A key is one effect for ever. An attempt holds it for the time of its lease; its number fences older attempts.
import type { Cause, EffectClass, EffectOutcome } from '../../contracts/effect.ts';
import type { EffectEventKind } from '../../contracts/event.ts';
import { StoreError } from '../errors.ts';
import { read, write, type Scope } from '../operation.ts';
import type { EffectRow } from '../schema.ts';
import { emit } from './events.ts';

type Outcome = EffectOutcome<unknown>;

export interface NewClaim {
  readonly key: string;
  /** Names the kind of effect: what a sweep builds it from again, together with the target. */
  readonly kind: string;
  readonly class: EffectClass;
  /** JSON, small: what it is done to. */
  readonly target: unknown;
  readonly cause: Cause;
  /** Longer than the attempt can take. */
  readonly leaseMs: number;
  /** Says which process it is, to whoever finds the key held. */
  readonly holder: string | null;
}

export type ClaimOutcome =
  | { readonly state: 'settled'; readonly outcome: Outcome }
  | { readonly state: 'held'; readonly forMs: number; readonly attempt: number; readonly holder: string | null }
  /** An attempt above 1 has to look at the world first: an earlier one may have acted. */
  | { readonly state: 'claimed'; readonly attempt: number };

export interface Settlement {
  readonly key: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  /** `acted`: this attempt did it, or was refused. `found`: a probe saw that an earlier one had. */
  readonly by: 'acted' | 'found';
}

/** `late`: another attempt's outcome is on record, and holds. */
export type SettleOutcome = { readonly state: 'recorded' | 'late'; readonly outcome: Outcome };

export interface EffectToSweep {
  readonly key: string;
  readonly kind: string;
  readonly target: unknown;
  readonly outcome: Outcome;
}

export const ledger = {
  claim: write(async (scope, input: NewClaim): Promise<ClaimOutcome> => {
    const { db, now } = scope;
    const row = await db.selectFrom('effects').selectAll().where('key', '=', input.key).executeTakeFirst();
    if (row !== undefined && (row.kind !== input.kind || row.class !== input.class))
      throw new StoreError(
        'STORE_MISUSED',
        `${input.key} is the key of an effect ${row.kind} (${row.class}), not ${input.kind} (${input.class}).`,
      );
    if (row !== undefined && row.outcomeJson !== null) return { state: 'settled', outcome: parse(row.outcomeJson) };
    if (row !== undefined && row.leaseUntil > now)
      return { state: 'held', forMs: row.leaseUntil - now, attempt: row.attempt, holder: row.holder };

    const attempt = (row?.attempt ?? 0) + 1;
    const leaseUntil = now + input.leaseMs;
    if (row === undefined) await db.insertInto('effects').values(firstClaim(input, leaseUntil)).execute();
    else await db.updateTable('effects').set({ attempt, leaseUntil, holder: input.holder }).where('key', '=', input.key).execute();
    await record(scope, 'effect.claimed', input.key, { attempt, kind: input.kind, ...input.cause, ...identityIn(input.target) });
    return { state: 'claimed', attempt };
  }),

  /** Extends the lease, or says that the key has gone to another attempt or has ended. */
  renew: write(
    async ({ db, now }, input: { readonly key: string; readonly attempt: number; readonly leaseMs: number }): Promise<boolean> => {
      const result = await db
        .updateTable('effects')
        .set({ leaseUntil: now + input.leaseMs })
        .where('key', '=', input.key)
        .where('attempt', '=', input.attempt)
        .where('outcomeJson', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  ),

  /**
   * Records how the effect ended. The first record holds, also when it comes from an attempt whose lease has run out: that one acted.
   * Where two attempts may have acted, the key is put down for a sweep.
   */
  settle: write(async (scope, input: Settlement): Promise<SettleOutcome> => {
    const { db, now } = scope;
    const row = await existing(scope, input.key);
    if (row.outcomeJson !== null) {
      const outcome = parse(row.outcomeJson);
      if (row.settledAttempt === input.attempt) return { state: 'recorded', outcome };
      if (input.by === 'acted') await db.updateTable('effects').set({ sweepDue: 1, settledAt: now }).where('key', '=', input.key).execute();
      await record(scope, 'effect.late', input.key, { attempt: input.attempt, by: input.by, outcome: input.outcome });
      return { state: 'late', outcome };
    }
    await db
      .updateTable('effects')
      .set({
        outcomeJson: JSON.stringify(input.outcome),
        settledAt: now,
        settledAttempt: input.attempt,
        sweepDue: row.attempt > 1 ? 1 : 0,
      })
      .where('key', '=', input.key)
      .execute();
    const kind = input.outcome.state === 'refused' ? 'effect.refused' : input.by === 'found' ? 'effect.found' : 'effect.done';
    const as = identityIn(JSON.parse(row.targetJson));
    await record(scope, kind, input.key, { attempt: input.attempt, outcome: input.outcome, ...as });
    return { state: 'recorded', outcome: input.outcome };
  }),

  /**
   * Gives the key up after a failure. The next attempt may come once the world no longer hides what this one did, and looks first. From then
   * on nobody holds it: whoever finds its process gone later must not make that wait longer.
   */
  release: write(
    async (
      scope,
      input: { readonly key: string; readonly attempt: number; readonly hiddenMs: number; readonly because: string },
    ): Promise<void> => {
      await scope.db
        .updateTable('effects')
        .set({ leaseUntil: scope.now + input.hiddenMs, holder: null })
        .where('key', '=', input.key)
        .where('attempt', '=', input.attempt)
        .where('outcomeJson', 'is', null)
        .execute();
      await record(scope, 'effect.failed', input.key, { attempt: input.attempt, because: input.because });
    },
  ),

  /** How far an effect has come: undefined before anybody has claimed it, without an outcome while it may or may not have been done. */
  find: read(async ({ db }, input: { readonly key: string }): Promise<{ readonly outcome: Outcome | null } | undefined> => {
    const row = await db.selectFrom('effects').select('outcomeJson').where('key', '=', input.key).executeTakeFirst();
    return row && { outcome: row.outcomeJson === null ? null : parse(row.outcomeJson) };
  }),

  /** What has ended among the keys that begin with `prefix`, in the order of the keys. */
  settled: read(
    async (
      { db },
      input: { readonly prefix: string },
    ): Promise<{ readonly key: string; readonly outcome: Outcome; readonly at: number }[]> => {
      const rows = await db
        .selectFrom('effects')
        .select(['key', 'outcomeJson', 'settledAt'])
        .where('key', '>=', input.prefix)
        .where('key', '<', `${input.prefix}\u{10ffff}`)
        .where('outcomeJson', 'is not', null)
        .orderBy('key')
        .execute();
      return rows.map(({ key, outcomeJson, settledAt }) => ({ key, outcome: parse(outcomeJson ?? ''), at: settledAt ?? 0 }));
    },
  ),

  /** The same, of what carries a mark, with what each was done to. */
  marked: read(async ({ db }, input: { readonly prefix: string }): Promise<{ readonly target: unknown; readonly outcome: Outcome }[]> => {
    const rows = await db
      .selectFrom('effects')
      .select(['targetJson', 'outcomeJson'])
      .where('key', '>=', input.prefix)
      .where('key', '<', `${input.prefix}\u{10ffff}`)
      .where('class', '=', 'marked')
      .where('outcomeJson', 'is not', null)
      .orderBy('key')
      .execute();
    return rows.map(({ targetJson, outcomeJson }) => ({ target: JSON.parse(targetJson) as unknown, outcome: parse(outcomeJson ?? '') }));
  }),

  /** Marked effects of these kinds that may be there twice and have been quiet for so long, oldest first. */
  sweepable: read(
    async (
      { db, now },
      input: { readonly quietMs: number; readonly kinds: readonly string[]; readonly limit: number },
    ): Promise<EffectToSweep[]> => {
      const rows = await db
        .selectFrom('effects')
        .select(['key', 'kind', 'targetJson', 'outcomeJson'])
        .where('sweepDue', '=', 1)
        .where('class', '=', 'marked')
        .where('kind', 'in', input.kinds)
        .where('settledAt', '<=', now - input.quietMs)
        .orderBy('settledAt')
        .limit(input.limit)
        .execute();
      return rows.map(({ key, kind, targetJson, outcomeJson }) => ({
        key,
        kind,
        target: JSON.parse(targetJson) as unknown,
        outcome: parse(outcomeJson ?? ''),
      }));
    },
  ),

  /** A sweep has looked and removed so many doubles. */
  swept: write(async (scope, input: { readonly key: string; readonly removed: number }): Promise<void> => {
    await scope.db.updateTable('effects').set({ sweepDue: 0 }).where('key', '=', input.key).execute();
    await record(scope, 'effect.swept', input.key, { removed: input.removed });
  }),
};

function firstClaim(input: NewClaim, leaseUntil: number): EffectRow {
  return {
    key: input.key,
    kind: input.kind,
    class: input.class,
    targetJson: JSON.stringify(input.target ?? null),
    attempt: 1,
    leaseUntil,
    holder: input.holder,
    outcomeJson: null,
    settledAt: null,
    settledAttempt: null,
    sweepDue: 0,
  };
}

async function existing({ db }: Scope, key: string): Promise<EffectRow> {
  const row = await db.selectFrom('effects').selectAll().where('key', '=', key).executeTakeFirst();
  if (row === undefined) throw new StoreError('STORE_MISUSED', `Nobody has claimed ${key}.`);
  return row;
}

const record = (scope: Scope, kind: EffectEventKind, subject: string, body: unknown) => emit(scope, { kind, subject, body });

/** As whose account it was done (contracts/identity.ts), where that was not the installation's own: for the audit log. */
function identityIn(target: unknown): { readonly as?: string } {
  const as = (target as { readonly as?: unknown } | null | undefined)?.as;
  return typeof as === 'string' ? { as } : {};
}

const parse = (json: string): Outcome => JSON.parse(json) as Outcome;
