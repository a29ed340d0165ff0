// What tasks come from. A source is worked on once at a time; trying it again is a new generation, with effects of its own.
import { read, write } from '../operation.ts';
import type { SourceRow } from '../schema.ts';
import { emit } from './events.ts';

export interface SourceRef {
  readonly workspace: string;
  readonly source: string;
}

/** How a try was begun: it stays so. */
export interface BegunAs {
  /** Identity (contracts/identity.ts); left out: the installation's own account. */
  readonly as?: string;
  /** Template of its branch's name; left out: the default. */
  readonly branch?: string;
}

/** How a try shall be begun. */
export interface BeginAs extends Pick<BegunAs, 'branch'> {
  /** Who names it; names it again, that is one try. */
  readonly by?: string;
  /** Identity, null: the installation's own account; left out: that of the try before, or the default. */
  readonly as?: string | null;
  readonly asDefault?: string | null;
}

/** `began`: this call opened the generation. `running`: it is open already, and was begun as it says. */
export interface BeginOutcome extends BegunAs {
  readonly state: 'began' | 'running';
  readonly generation: number;
}

export interface Generation extends BegunAs {
  readonly generation: number;
  readonly beganAt: number;
  readonly endedAt?: number;
  readonly outcome?: string;
  /** Names what began it, where that may try again. */
  readonly begunBy?: string;
}

export const sources = {
  /**
   * Opens the next generation, from 1, unless one is still open. A retry finds its own one running; one that says `by` whom is told that
   * it began it, also when that has ended meanwhile.
   */
  begin: write(async (scope, input: SourceRef & BeginAs): Promise<BeginOutcome> => {
    const { workspace, source, by, branch } = input;
    const own = await scope.db
      .selectFrom('sources')
      .select(['generation', 'begunAs', 'branch'])
      .where('workspace', '=', workspace)
      .where('source', '=', source)
      .where('begunBy', '=', by ?? '')
      .executeTakeFirst();
    if (own !== undefined) return { state: 'began', generation: own.generation, ...begunAs(own) };
    const latest = await scope.db
      .selectFrom('sources')
      .select(['generation', 'endedAt', 'begunAs', 'branch'])
      .where('workspace', '=', workspace)
      .where('source', '=', source)
      .orderBy('generation', 'desc')
      .executeTakeFirst();
    if (latest?.endedAt === null) return { state: 'running', generation: latest.generation, ...begunAs(latest) };
    const generation = (latest?.generation ?? 0) + 1;
    const as = input.as === undefined ? (latest === undefined ? (input.asDefault ?? null) : latest.begunAs) : input.as;
    await scope.db
      .insertInto('sources')
      .values({ workspace, source, generation, beganAt: scope.now, begunBy: by ?? null, begunAs: as, branch: branch ?? null })
      .execute();
    const chosen = begunAs({ begunAs: as, branch: branch ?? null });
    await emit(scope, { kind: 'source.began', subject: `${workspace}/${source}`, body: { generation, ...chosen } });
    return { state: 'began', generation, ...chosen };
  }),

  /** Closes a generation; its first outcome stays. */
  end: write(async (scope, input: SourceRef & { readonly generation: number; readonly outcome: string }): Promise<void> => {
    const { workspace, source, generation, outcome } = input;
    const ended = await scope.db
      .updateTable('sources')
      .set({ endedAt: scope.now, outcome })
      .where('workspace', '=', workspace)
      .where('source', '=', source)
      .where('generation', '=', generation)
      .where('endedAt', 'is', null)
      .executeTakeFirst();
    if (ended.numUpdatedRows > 0n)
      await emit(scope, { kind: 'source.ended', subject: `${workspace}/${source}`, body: { generation, outcome } });
  }),

  /** Generations that have ended at a time or later, oldest first. */
  endedSince: read(
    async (
      { db },
      { since }: { readonly since: number },
    ): Promise<(SourceRef & { readonly outcome: string; readonly endedAt: number })[]> => {
      const rows = await db.selectFrom('sources').selectAll().where('endedAt', '>=', since).orderBy('endedAt').execute();
      return rows.map(({ workspace, source, outcome, endedAt }) => ({
        workspace,
        source,
        outcome: outcome ?? '',
        endedAt: endedAt ?? since,
      }));
    },
  ),

  /** All generations of a source, oldest first. */
  generations: read(async ({ db }, { workspace, source }: SourceRef): Promise<Generation[]> => {
    const rows = await db
      .selectFrom('sources')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('source', '=', source)
      .orderBy('generation')
      .execute();
    return rows.map(({ generation, beganAt, endedAt, outcome, begunBy, ...as }) => ({
      generation,
      beganAt,
      ...begunAs(as),
      ...(endedAt !== null && { endedAt }),
      ...(outcome !== null && { outcome }),
      ...(begunBy !== null && { begunBy }),
    }));
  }),

  /** Tries of a source that are open, in whichever workspace. */
  open: read(async ({ db }, { source }: Pick<SourceRef, 'source'>): Promise<{ workspace: string; generation: number }[]> => {
    return db.selectFrom('sources').select(['workspace', 'generation']).where('source', '=', source).where('endedAt', 'is', null).execute();
  }),
};

const begunAs = ({ begunAs: as, branch }: Pick<SourceRow, 'begunAs' | 'branch'>): BegunAs => ({
  ...(as !== null && { as }),
  ...(branch !== null && { branch }),
});
