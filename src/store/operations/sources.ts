// What tasks come from. A source is worked on once at a time; trying it again is a new generation, with effects of its own.
import { read, write } from '../operation.ts';
import { emit } from './events.ts';

export interface SourceRef {
  readonly workspace: string;
  readonly source: string;
}

/** `began`: this call opened the generation. `running`: it is open already. */
export interface BeginOutcome {
  readonly state: 'began' | 'running';
  readonly generation: number;
}

export interface Generation {
  readonly generation: number;
  readonly beganAt: number;
  readonly endedAt?: number;
  readonly outcome?: string;
}

export const sources = {
  /** Opens the next generation, from 1, unless one is still open. A retry finds its own one running. */
  begin: write(async (scope, { workspace, source }: SourceRef): Promise<BeginOutcome> => {
    const latest = await scope.db
      .selectFrom('sources')
      .select(['generation', 'endedAt'])
      .where('workspace', '=', workspace)
      .where('source', '=', source)
      .orderBy('generation', 'desc')
      .executeTakeFirst();
    if (latest?.endedAt === null) return { state: 'running', generation: latest.generation };
    const generation = (latest?.generation ?? 0) + 1;
    await scope.db.insertInto('sources').values({ workspace, source, generation, beganAt: scope.now }).execute();
    await emit(scope, { kind: 'source.began', subject: `${workspace}/${source}`, body: { generation } });
    return { state: 'began', generation };
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

  /** All generations of a source, oldest first. */
  generations: read(async ({ db }, { workspace, source }: SourceRef): Promise<Generation[]> => {
    const rows = await db
      .selectFrom('sources')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('source', '=', source)
      .orderBy('generation')
      .execute();
    return rows.map(({ generation, beganAt, endedAt, outcome }) => ({
      generation,
      beganAt,
      ...(endedAt !== null && { endedAt }),
      ...(outcome !== null && { outcome }),
    }));
  }),
};
