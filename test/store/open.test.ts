// What a store refuses to be opened on, and what is said then.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { migrations } from '../../src/store/migrations/index.ts';
import { openStore } from '../../src/store/open.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-store-'));
  path = join(directory, 'store.db');
});
afterEach(() => rm(directory, { recursive: true }));

function inDatabase(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

it.each([true, false])('a schema of a newer Signalbox is refused, and what to do is said (migrate: %s)', async (migrate) => {
  await (await openStore({ path, migrate: true })).close();
  inDatabase(`insert into kysely_migration values ('9999-future', '2100-01-01T00:00:00.000Z')`);
  await expect(openStore({ path, migrate })).rejects.toMatchObject({
    code: 'STORE_SCHEMA_NEWER',
    message: `${path}: The store was written by a newer Signalbox (it has 9999-future). Upgrade Signalbox, or restore a backup from before the upgrade.`,
  });
});

it('a schema that lacks a migration is refused, and what to do is said', async () => {
  await expect(openStore({ path })).rejects.toMatchObject({
    code: 'STORE_SCHEMA_INCOMPLETE',
    message: `${path}: The store lacks ${Object.keys(migrations).join(', ')}. Stop what uses it, make a backup, and run \`signalbox up\`, which brings it up to date.`,
  });
});

it('a migration that fails half-way leaves nothing behind, and is done by the next start', async () => {
  await (await openStore({ path, migrate: true })).close();
  const made = new DatabaseSync(path);
  const all = `select name from sqlite_master where type = 'table' and name not like 'kysely%' and name not like 'sqlite%'`;
  const tables = made
    .prepare(all)
    .all()
    .map(({ name }) => String(name));
  made.close();
  // Of the first migration's tables, the second one is there already, and in its way.
  const inTheWay = tables.filter((table) => table !== 'mail').map((table) => `drop table ${table}`);
  inDatabase(`delete from kysely_migration; ${inTheWay.join('; ')}`);
  await expect(openStore({ path, migrate: true })).rejects.toThrow('already exists');
  const database = new DatabaseSync(path);
  expect(database.prepare(`select name from sqlite_master where name in ('effects', 'pauses')`).all()).toEqual([]);
  database.close();

  inDatabase('drop table mail');
  const store = await openStore({ path, migrate: true });
  expect(await store.mail.take({ address: 'task/1' })).toEqual([]);
  await store.close();
});

it('another program’s database is refused', async () => {
  inDatabase('create table accounts (id integer)');
  await expect(openStore({ path, migrate: true })).rejects.toMatchObject({
    code: 'STORE_FOREIGN',
    message: expect.stringContaining('accounts'),
  });
});

it('a file that is no database, and one that cannot be made, are refused with their path', async () => {
  await writeFile(path, 'once upon a time there was a file that is not a database');
  await expect(openStore({ path, migrate: true })).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining(path) });
  const nowhere = join(directory, 'nowhere', 'store.db');
  await expect(openStore({ path: nowhere, migrate: true })).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining(nowhere),
  });
});

it('a closed store finishes what is under way, then refuses, and can be closed again', async () => {
  const store = await openStore({ path, migrate: true });
  const underWay = store.blobs.put({ bytes: new Uint8Array(10) });
  await store.close();
  expect(await underWay).toMatch(/^[0-9a-f]{64}$/);
  await expect(store.blobs.put({ bytes: new Uint8Array(10) })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  await store.close();
});

it('an input that cannot pass to the store’s thread fails alone', async () => {
  const store = await openStore({ path, migrate: true });
  const event = { kind: 'session.x', subject: 's', body: () => undefined } as const;
  await expect(store.events.append({ events: [event] })).rejects.toThrow('could not be cloned');
  expect(await store.events.after({ seq: 0, limit: 10 })).toEqual([]);
  await store.close();
});
