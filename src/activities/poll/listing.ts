// What has changed in a repository since the last look: one listing of issues and requests together, asked conditionally under an address that
// stays the same while nothing changes.
import type { Octokit } from 'octokit';
import { isReadyLabel, READY_LABEL } from '../../contracts/trigger.ts';

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

type Place = Readonly<Record<'owner' | 'repo', string>>;
type Listed = Awaited<ReturnType<Octokit['rest']['issues']['listForRepo']>>['data'][number];

/** @throws what octokit throws */
export async function listChanged(octokit: Octokit, place: Place, { since, seen }: Pick<Cursor, 'since' | 'seen'>): Promise<Listing> {
  if (since === null) return begin(octokit, place);
  let forgeNow = 0;
  const listed = await octokit.paginate(
    octokit.rest.issues.listForRepo,
    { ...place, state: 'all', sort: 'updated', direction: 'asc', since, per_page: 100 },
    ({ data, headers }) => {
      forgeNow = timeOf(headers);
      return data;
    },
  );
  const changed = listed.filter(({ number, updated_at: at }) => seen[number] !== at);
  const newest = Math.max(Date.parse(since), ...listed.map(({ updated_at: at }) => Date.parse(at) - OVERLAP_MS));
  const settled = listed.filter(({ updated_at: at }) => Date.parse(at) >= newest && forgeNow - Date.parse(at) > YOUNG_MS);
  return {
    changed: changed.map(changedOf),
    cursor: { since: inSeconds(newest), seen: Object.fromEntries(settled.map(({ number, updated_at: at }) => [number, at])) },
  };
}

/** Whoever watches something has looked when it began to; issues that were ready before are not watched by anybody. */
async function begin(octokit: Octokit, place: Place): Promise<Listing> {
  let forgeNow = 0;
  const ready = await octokit.paginate(
    octokit.rest.issues.listForRepo,
    { ...place, state: 'open', labels: READY_LABEL, per_page: 100 },
    ({ data, headers }) => {
      forgeNow = timeOf(headers);
      return data;
    },
  );
  return { changed: ready.map(changedOf), cursor: { since: inSeconds(forgeNow - OVERLAP_MS), seen: {} } };
}

const changedOf = ({ number, pull_request: request, labels, state }: Listed): Changed => ({
  number,
  isRequest: request !== undefined,
  isReady: state === 'open' && labels.some((label) => isReadyLabel(typeof label === 'string' ? label : (label.name ?? ''))),
});

/** As forges write times. */
const inSeconds = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

const timeOf = ({ date }: { readonly date?: string | undefined }): number => (date === undefined ? Date.now() : Date.parse(date));
