// What has changed in a repository since the last look: one listing of issues and requests together, asked conditionally under an address that
// stays the same while nothing changes.
import { isReadyLabel, READY_LABEL } from '../../contracts/trigger.ts';
import type { ForgeProvider, Listed, Place } from '../forge/provider.ts';

/** Where a poll stands, by the forge's clock. */
export interface Cursor {
  /** From when on it asks; null before the first look. */
  readonly since: string | null;
  /** When what it has seen from then on was changed, by number. */
  readonly seen: Readonly<Record<string, string>>;
  /** The checks of the heads that somebody waits for, as they were: by number. */
  readonly checks: Readonly<Record<string, string>>;
  /** Where the branches were that open requests want to be merged into. */
  readonly bases: Readonly<Record<string, string>>;
  /** Polls in a row that found nobody who wants to know. */
  readonly idle: number;
}

export const BEGINNING: Cursor = { since: null, seen: {}, checks: {}, bases: {}, idle: 0 };

export interface Changed {
  readonly number: number;
  readonly isRequest: boolean;
  readonly isReady: boolean;
}

export interface Listing {
  readonly changed: readonly Changed[];
  readonly cursor: Pick<Cursor, 'since' | 'seen'>;
}

/** What is listed late is still found: lists of forges lag. */
const OVERLAP_MS = 2 * 60_000;
/** A second change within the same second as the first looks like none: what is as young as this is looked at again. */
const YOUNG_MS = 3_000;

/** @throws what the forge throws */
export async function listChanged(forge: ForgeProvider, place: Place, { since, seen }: Pick<Cursor, 'since' | 'seen'>): Promise<Listing> {
  if (since === null) return begin(forge, place);
  const { listed, now } = await forge.changedSince(place, since);
  const changed = listed.filter(({ number, changedAt }) => seen[number] !== changedAt);
  const newest = Math.max(Date.parse(since), ...listed.map(({ changedAt }) => Date.parse(changedAt) - OVERLAP_MS));
  const settled = listed.filter(({ changedAt }) => Date.parse(changedAt) >= newest && now - Date.parse(changedAt) > YOUNG_MS);
  return {
    changed: changed.map(changedOf),
    cursor: { since: inSeconds(newest), seen: Object.fromEntries(settled.map(({ number, changedAt }) => [number, changedAt])) },
  };
}

/** Whoever watches something has looked when it began to; issues that were ready before are not watched by anybody. */
async function begin(forge: ForgeProvider, place: Place): Promise<Listing> {
  const { listed, now } = await forge.openWith(place, READY_LABEL);
  return { changed: listed.map(changedOf), cursor: { since: inSeconds(now - OVERLAP_MS), seen: {} } };
}

const changedOf = ({ number, isRequest, labels, state }: Listed): Changed => ({
  number,
  isRequest,
  isReady: state === 'open' && labels.some(isReadyLabel),
});

/** As forges write times. */
const inSeconds = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
