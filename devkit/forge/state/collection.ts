// One collection in memory: documents by id, by index, and as they were in the last minute. The database behind it is in state.ts.

/** How far back `at` can look, in ms: longer than any lag, short enough to be forgotten. */
export const REMEMBERED_MS = 60_000;

type Document = { readonly id: number };
type Version<D> = { readonly until: number; readonly document: D | undefined };
type Indexer<D> = (document: D) => string | number | null;

export class Collection<D extends Document> {
  readonly #documents = new Map<number, D>();
  readonly #indexes = new Map<string, { key: Indexer<D>; ids: Map<string | number, Set<number>> }>();
  readonly #versions = new Map<number, Version<D>[]>();
  readonly #counted: Indexer<D>;
  readonly #counts = new Map<string | number, number>();

  /** @param counted under which key a document counts, as it is now; null: under none */
  constructor(indexes: Readonly<Record<string, Indexer<D>>>, counted: Indexer<D> = () => null) {
    this.#counted = counted;
    for (const [name, key] of Object.entries(indexes)) this.#indexes.set(name, { key, ids: new Map() });
  }

  /** The document now, or at a moment of the last minute. */
  get(id: number, at?: number): D | undefined {
    const version = at === undefined ? undefined : this.#versions.get(id)?.find(({ until }) => until > at);
    return version === undefined ? this.#documents.get(id) : version.document;
  }

  /** Documents under a key of an index, or all of them, in the order of their ids. */
  *select(index: string | null, key: string | number | null, at?: number): Generator<D> {
    const by = index === null ? undefined : this.#indexes.get(index);
    const ids = index === null ? this.#known(at) : (by?.ids.get(key ?? '') ?? []);
    for (const id of ids) {
      const document = this.get(id, at);
      // An index may still have an id that a transaction gave to another document and did not keep: ids that were taken back are given again.
      if (document !== undefined && (by === undefined || by.key(document) === key)) yield document;
    }
  }

  /** How many documents count under a key now. */
  count(key: string | number): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Puts `document` in the place of what is there, `undefined` removes it; returns what was there. `now` in ms, or null to leave no version. */
  replace(id: number, document: D | undefined, now: number | null): D | undefined {
    const before = this.#documents.get(id);
    if (now !== null) this.#remember(id, { until: now, document: before });
    this.#tally(before, -1);
    this.#tally(document, 1);
    if (document === undefined) this.#documents.delete(id);
    else {
      this.#documents.set(id, document);
      this.#addToIndexes(document);
    }
    return before;
  }

  /**
   * Forgets the versions that nobody can ask for any more, and with them the index entries of what is gone. Documents stand in the order of
   * their first version, so it ends at the first that is young: it costs what it forgets, not what is there.
   */
  forget(now: number): void {
    const oldest = now - REMEMBERED_MS;
    for (const [id, versions] of this.#versions) {
      if ((versions[0]?.until ?? 0) > oldest) return;
      this.#versions.delete(id);
      const kept = versions.filter(({ until }) => until > oldest);
      if (kept.length > 0) this.#versions.set(id, kept);
      else {
        const last = versions.findLast(({ document }) => document !== undefined)?.document;
        if (!this.#documents.has(id) && last !== undefined) this.#dropFromIndexes(last);
      }
    }
  }

  /** Ids of what is there, for a moment of the past also of what was. */
  #known(at: number | undefined): Iterable<number> {
    return at === undefined ? this.#documents.keys() : new Set([...this.#documents.keys(), ...this.#versions.keys()]);
  }

  #tally(document: D | undefined, by: number): void {
    const key = document === undefined ? null : this.#counted(document);
    if (key !== null) this.#counts.set(key, this.count(key) + by);
  }

  #remember(id: number, version: Version<D>): void {
    const versions = this.#versions.get(id);
    if (versions === undefined) this.#versions.set(id, [version]);
    else versions.push(version);
  }

  #addToIndexes(document: D): void {
    for (const { key, ids } of this.#indexes.values()) {
      const value = key(document);
      if (value === null) continue;
      const set = ids.get(value);
      if (set === undefined) ids.set(value, new Set([document.id]));
      else set.add(document.id);
    }
  }

  #dropFromIndexes(document: D): void {
    for (const { key, ids } of this.#indexes.values()) {
      const value = key(document);
      if (value !== null) ids.get(value)?.delete(document.id);
    }
  }
}
