// The two column types that SQLite and PostgreSQL spell differently.
import { sql, SqliteAdapter, type ColumnDefinitionBuilder, type Expression, type Kysely } from 'kysely';

const isSqlite = (db: Kysely<unknown>): boolean => db.getExecutor().adapter instanceof SqliteAdapter;

/** A number that grows with each row and is never given twice, also after a deletion. */
export function sequence(db: Kysely<unknown>): ['integer' | 'bigserial', (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder] {
  return isSqlite(db) ? ['integer', (column) => column.primaryKey().autoIncrement()] : ['bigserial', (column) => column.primaryKey()];
}

export function bytes(db: Kysely<unknown>): Expression<unknown> {
  return isSqlite(db) ? sql`blob` : sql`bytea`;
}
