// The merge request that a person names.
import type { Custody } from '../../contracts/custody.ts';
import type { Config } from '../../config/config.ts';
import { forgeHost, mergeRequestId, type MergeRequestRef } from '../../contracts/work.ts';
import type { Store } from '../../store/store.ts';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';
import { here } from './target.ts';

/** @param named "owner/repo#7", or "#7" in a checkout of the repository */
export async function requestNamed(config: Config, named: string): Promise<MergeRequestRef> {
  const [, owner, repo, number] = /^(?:([\w.-]+)\/([\w.-]+))?#(\d{1,9})$/.exec(named) ?? [];
  if (number === undefined)
    throw new Problem(`${JSON.stringify(named)} names no request; it is written owner/repo#7, or #7 in a checkout of the repository.`);
  const place = owner === undefined || repo === undefined ? await here(config) : { owner, repo };
  return { host: forgeHost(config.github.apiUrl), owner: place.owner, repo: place.repo, number: Number(number) };
}

/**
 * How a request stands that was handed over. Owners and repositories have one name, however it is written. Where only one forge has such a request
 * in hand it is that one, whatever GITHUB_API_URL says here.
 */
export async function inHand(store: Store, ref: MergeRequestRef): Promise<Custody> {
  const id = mergeRequestId(ref).toLowerCase();
  const name = `${ref.owner}/${ref.repo}#${ref.number}`;
  const known = (await store.custody.all({})).filter(({ request }) => nameOf(request).toLowerCase() === name.toLowerCase());
  const custody = known.find(({ request }) => request.toLowerCase() === id) ?? (known.length === 1 ? known[0] : undefined);
  if (custody !== undefined) return custody;
  throw new Problem(
    `Nobody has handed ${name} over. "signalbox mr adopt ${name}" does; "signalbox mr list --all" shows all.`,
    EXIT.unknown,
  );
}

/** "owner/repo#7" of the id of a request. */
export function nameOf(id: string): string {
  const [number = '', repo = '', owner = ''] = id.split('/').reverse();
  return `${owner}/${repo}#${number}`;
}
