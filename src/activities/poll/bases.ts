// Requests whose base has moved: no listing of changes shows that. Asked conditionally, so that it costs no quota while nothing moves.
import type { Octokit } from 'octokit';
import { statusOf } from '../forge/client.ts';

export interface Moved {
  /** Where each base of an open request is now. */
  readonly bases: Readonly<Record<string, string>>;
  /** Numbers of the open requests whose base was elsewhere before. */
  readonly numbers: readonly number[];
}

/** @param before what was found the last time; a base that was not in it has not moved: whoever begins looks by itself */
export async function movedBases(
  octokit: Octokit,
  place: Readonly<Record<'owner' | 'repo', string>>,
  before: Readonly<Record<string, string>>,
): Promise<Moved> {
  const open = await octokit.paginate(octokit.rest.pulls.list, { ...place, state: 'open', per_page: 100 });
  const bases: Record<string, string> = {};
  for (const branch of new Set(open.map(({ base }) => base.ref))) {
    const tip = await tipOf(octokit, place, branch);
    if (tip !== null) bases[branch] = tip;
  }
  const moved = (branch: string): boolean => before[branch] !== undefined && before[branch] !== bases[branch];
  return { bases, numbers: open.filter(({ base }) => moved(base.ref)).map(({ number }) => number) };
}

async function tipOf(octokit: Octokit, place: Readonly<Record<'owner' | 'repo', string>>, branch: string): Promise<string | null> {
  try {
    return (await octokit.rest.git.getRef({ ...place, ref: `heads/${branch}` })).data.object.sha;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return null;
  }
}
