// What a person wants worked on: an issue, or a goal in the repository of this directory. Refused early, before anything is kept, when the
// forge would refuse it later.
import { createForge } from '../../activities/forge/create.ts';
import { isUnavailable, refusalOf } from '../../activities/forge/errors.ts';
import { isLimit } from '../../activities/forge/limit.ts';
import type { Config } from '../../config/config.ts';
import { PIPELINES, type Pipeline } from '../../contracts/plan.ts';
import { forgeHost } from '../../contracts/work.ts';
import { repositoryHere } from '../repository-here.ts';
import { EXIT } from './exit-codes.ts';
import { nameOfIdentity, pusher } from './identity.ts';
import { note, yellow } from './output.ts';
import { Problem } from './problem.ts';

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

export interface Issue extends Repository {
  readonly issue: number;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
}

/**
 * @param named "owner/repo#12", or "#12" or "12" in a checkout of the repository
 * @param as identity that is to work on it; undefined: the default
 */
export async function openIssue(config: Config, named: string, as?: string | null): Promise<Issue> {
  const found = await anyIssue(config, named, as);
  if (found.state === 'closed') throw new Problem(`${found.owner}/${found.repo}#${found.issue} is closed. Reopen it to have it worked on.`);
  return found;
}

export async function anyIssue(config: Config, named: string, as?: string | null): Promise<Issue & { readonly state: string }> {
  const [, owner, repo, number] = /^(?:([\w.-]+)\/([\w.-]+))?#?(\d{1,9})$/.exec(named) ?? [];
  const isWhole = owner !== undefined && named.includes('#');
  if (number === undefined || (owner !== undefined && !isWhole))
    throw new Problem(`${JSON.stringify(named)} names no issue; it is written owner/repo#12, or #12 in a checkout of the repository.`);
  const place = owner === undefined || repo === undefined ? await here(config, { warns: true }) : { owner, repo };
  const issue = Number(number);
  await checkRights(config, place, as);
  return asking(config, `${place.owner}/${place.repo}#${issue}`, async () => {
    const { title, body, labels, state } = await createForge(config.github)().issue({ ...place, number: issue });
    return { ...place, issue, title, body, labels, state };
  });
}

export function parsePipeline(name: string): Pipeline {
  const pipeline = PIPELINES.find((one) => one === name);
  if (pipeline === undefined) throw new Problem(`There is no pipeline ${JSON.stringify(name)}; there are ${PIPELINES.join(' and ')}.`);
  return pipeline;
}

/** The repository of this directory, where who is to work on it may push. Says what of the checkout will not be seen. */
export async function thisRepository(config: Config, as?: string | null): Promise<Repository> {
  const place = await here(config, { warns: true });
  await checkRights(config, place, as);
  return place;
}

/** The repository that this directory is a checkout of. @param warns for what works on the repository: says what of the checkout will not be seen */
export async function here({ github }: Config, { warns = false } = {}): Promise<Repository> {
  const found = await repositoryHere(process.cwd());
  if ('problem' in found) throw new Problem(found.problem);
  const { host, owner, repo, dirty } = found;
  const forge = forgeHost(github.apiUrl);
  if (host !== forge && host !== forge.replace(/:\d+$/, ''))
    throw new Problem(
      `The remote of this repository is at ${host}, and GITHUB_API_URL is ${github.apiUrl}. Set it to the API of that forge.`,
    );
  if (warns && dirty > 0)
    note(
      yellow(`${dirty} file${dirty === 1 ? ' is' : 's are'} not committed here: the work starts from what is on ${host}, without them.`),
    );
  return { owner, repo };
}

/** Whether who pushes for it may: the installation's own account, or the identity's. */
async function checkRights(config: Config, place: Repository, as: string | null | undefined): Promise<void> {
  const { token, variable } = pusher(config, as === undefined ? config.identity : as);
  const { apiUrl } = config.github;
  const name = `${place.owner}/${place.repo}`;
  const { mayPush } = await asking(config, name, () => createForge({ apiUrl, token })().repository(place), variable);
  const whose = variable === OWN ? 'The token' : `The token of ${nameOfIdentity(as ?? config.identity)} ($${variable})`;
  if (!mayPush) throw new Problem(`${whose} may not push to ${name}: Signalbox could not open a request.`);
}

const OWN = 'GITHUB_TOKEN';

/** Makes of the forge's answers what a person can mend. */
export async function asking<Result>(
  { github: { apiUrl } }: Config,
  what: string,
  ask: () => Promise<Result>,
  variable = OWN,
): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const reason = refusalOf(error)?.reason;
    if (reason === 'token') throw new Problem(`${apiUrl} does not accept ${variable}: it is wrong or has expired.`);
    if (reason === 'gone')
      throw new Problem(`${apiUrl} shows no ${what} to ${variable === OWN ? 'this token' : `$${variable}`}.`, EXIT.unknown);
    if (isLimit(error)) throw new Problem(`${apiUrl}: ${error.message}`, EXIT.unavailable);
    if (isUnavailable(error))
      throw new Problem(`${apiUrl} does not answer (GITHUB_API_URL): ${(error as Error).message}.`, EXIT.unavailable);
    throw error;
  }
}
