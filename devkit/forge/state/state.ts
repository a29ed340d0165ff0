// Everything the forge remembers. Reads come from memory; a transaction is on disk before it returns, so that what was acknowledged
// survives kill -9. One process owns the directory; transactions are synchronous: nothing of the world is awaited inside one.
import { DatabaseSync } from 'node:sqlite';
import { Collection } from './collection.ts';
import { COUNTED, INDEXES, type CollectionName, type IndexName, type Records } from './collections.ts';

/** An effect that took place, for those who count from outside. */
export interface Effect {
  /** What happened, for example `pull_request.merged`. */
  readonly kind: string;
  readonly actor: string;
  readonly repository: string | null;
  /** What it happened to, for example `#7` or `refs/heads/main`. */
  readonly subject: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Reader {
  get<Name extends CollectionName>(name: Name, id: number): Records[Name] | undefined;
  /** The document of that id, which must exist: another document refers to it. */
  need<Name extends CollectionName>(name: Name, id: number): Records[Name];
  first<Name extends CollectionName>(name: Name, index: IndexName<Name>, key: string | number): Records[Name] | undefined;
  /** In the order of their ids, which is the order of their creation. */
  select<Name extends CollectionName>(name: Name, index: IndexName<Name>, key: string | number): Records[Name][];
  all<Name extends CollectionName>(name: Name): Records[Name][];
  /** How many documents count under a key (COUNTED); always as it is now, also for a reader of the past. */
  count(name: CollectionName, key: string | number): number;
}

export interface Transaction extends Reader {
  /** Adds a document under an id of its own. */
  add<Name extends CollectionName>(name: Name, document: Omit<Records[Name], 'id'>): Records[Name];
  /** Changes fields of a document that exists; returns the new one. */
  change<Name extends CollectionName>(name: Name, id: number, fields: Partial<Omit<Records[Name], 'id'>>): Records[Name];
  remove(name: CollectionName, id: number): void;
  /** Adds a line to the list of effects (GET /_effects). */
  effect(effect: Effect): void;
}

type AnyDocument = Records[CollectionName];

export class State implements Reader {
  readonly #database: DatabaseSync;
  readonly #collections = new Map<CollectionName, Collection<AnyDocument>>();
  readonly #statements;
  readonly #afterCommit: ((changed: ReadonlySet<CollectionName>) => void)[] = [];
  readonly #changed = new Set<CollectionName>();
  readonly #now: () => number;
  #lastId: number;
  #inTransaction = false;

  constructor(file: string, now: () => number = Date.now) {
    this.#now = now;
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA locking_mode = exclusive;
      CREATE TABLE IF NOT EXISTS documents (collection TEXT, id INTEGER, data TEXT NOT NULL, PRIMARY KEY (collection, id)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS effects (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, data TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    `);
    this.#statements = {
      put: this.#database.prepare('INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET data = excluded.data'),
      remove: this.#database.prepare('DELETE FROM documents WHERE collection = ? AND id = ?'),
      effect: this.#database.prepare('INSERT INTO effects (at, data) VALUES (?, ?)'),
      effects: this.#database.prepare('SELECT sequence, at, data FROM effects WHERE sequence > ? ORDER BY sequence LIMIT ?'),
      count: this.#database.prepare("INSERT INTO counters VALUES ('id', ?) ON CONFLICT DO UPDATE SET value = excluded.value"),
    };
    this.#lastId = this.#load();
  }

  close(): void {
    this.#database.close();
  }

  get<Name extends CollectionName>(name: Name, id: number): Records[Name] | undefined {
    return this.#read(undefined).get(name, id);
  }
  need<Name extends CollectionName>(name: Name, id: number): Records[Name] {
    return this.#read(undefined).need(name, id);
  }
  first<Name extends CollectionName>(name: Name, index: IndexName<Name>, key: string | number): Records[Name] | undefined {
    return this.#read(undefined).first(name, index, key);
  }
  select<Name extends CollectionName>(name: Name, index: IndexName<Name>, key: string | number): Records[Name][] {
    return this.#read(undefined).select(name, index, key);
  }
  all<Name extends CollectionName>(name: Name): Records[Name][] {
    return this.#read(undefined).all(name);
  }

  count(name: CollectionName, key: string | number): number {
    return this.#collection(name).count(key);
  }

  /** The state as it was at a moment of the last minute (ms since the epoch): what a replica that lags would answer. */
  asOf(moment: number): Reader {
    return this.#read(moment);
  }

  /** Runs `body`; when it returns, everything that it changed is on disk, when it throws, nothing was changed. */
  transaction<Result>(body: (transaction: Transaction) => Result): Result {
    if (this.#inTransaction) throw new Error('a transaction does not start within another');
    this.#inTransaction = true;
    const now = this.#now();
    const undo: (() => void)[] = [];
    const firstId = this.#lastId;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = body(this.#writer(now, undo));
      if (this.#lastId !== firstId) this.#statements.count.run(this.#lastId);
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      for (const step of undo.reverse()) step();
      this.#lastId = firstId;
      throw error;
    } finally {
      this.#inTransaction = false;
      for (const collection of this.#collections.values()) collection.forget(now);
      const changed = new Set(this.#changed);
      this.#changed.clear();
      for (const listener of this.#afterCommit) listener(changed);
    }
  }

  /** Calls `listener` after every transaction, with the collections that it wrote to. */
  onCommit(listener: (changed: ReadonlySet<CollectionName>) => void): void {
    this.#afterCommit.push(listener);
  }

  /** Effects in the order in which they took place, after a sequence number. */
  effects(after: number, limit: number): (Effect & { sequence: number; at: number })[] {
    return this.#statements.effects.all(after, limit).map((row) => ({
      sequence: Number(row['sequence']),
      at: Number(row['at']),
      ...(JSON.parse(String(row['data'])) as Effect),
    }));
  }

  #load(): number {
    for (const [name, indexes] of Object.entries(INDEXES))
      this.#collections.set(name as CollectionName, new Collection(indexes as never, COUNTED[name as CollectionName] as never));
    for (const row of this.#database.prepare('SELECT collection, id, data FROM documents ORDER BY id').iterate())
      this.#collection(row['collection'] as CollectionName).replace(
        Number(row['id']),
        frozen(JSON.parse(String(row['data'])) as AnyDocument),
        null,
      );
    return Number(this.#database.prepare("SELECT value FROM counters WHERE name = 'id'").get()?.['value'] ?? 0);
  }

  #collection<Name extends CollectionName>(name: Name): Collection<Records[Name]> {
    return this.#collections.get(name) as unknown as Collection<Records[Name]>;
  }

  #read(at: number | undefined): Reader {
    const reader: Reader = {
      get: (name, id) => this.#collection(name).get(id, at),
      need: (name, id) => {
        const document = reader.get(name, id);
        if (document === undefined) throw new Error(`there is no ${name} ${id}`);
        return document;
      },
      first: (name, index, key) => {
        for (const document of this.#collection(name).select(index, key, at)) return document;
        return undefined;
      },
      select: (name, index, key) => [...this.#collection(name).select(index, key, at)],
      all: (name) => [...this.#collection(name).select(null, null, at)],
      count: (name, key) => this.count(name, key),
    };
    return reader;
  }

  #writer(now: number, undo: (() => void)[]): Transaction {
    const put = <Name extends CollectionName>(name: Name, id: number, document: Records[Name] | undefined): void => {
      if (document === undefined) this.#statements.remove.run(name, id);
      else this.#statements.put.run(name, id, JSON.stringify(document));
      this.#changed.add(name);
      const before = this.#collection(name).replace(id, document, now);
      undo.push(() => this.#collection(name).replace(id, before, null));
    };
    const reader = this.#read(undefined);
    return {
      ...reader,
      add: (name, fields) => {
        const document = frozen({ id: ++this.#lastId, ...fields } as unknown as Records[typeof name]);
        put(name, document.id, document);
        return document;
      },
      change: (name, id, fields) => {
        const document = frozen({ ...reader.need(name, id), ...fields });
        put(name, id, document);
        return document;
      },
      remove: (name, id) => {
        reader.need(name, id);
        put(name, id, undefined);
      },
      effect: (effect) => void this.#statements.effect.run(now, JSON.stringify(effect)),
    };
  }
}

const frozen = <Value extends object>(value: Value): Value => Object.freeze(value);
