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

/** @param named "owner/repo#12", or "#12" or "12" in a checkout of the repository */
export async function openIssue(config: Config, named: string): Promise<Issue> {
  const found = await anyIssue(config, named);
  if (found.state === 'closed') throw new Problem(`${found.owner}/${found.repo}#${found.issue} is closed. Reopen it to have it worked on.`);
  return found;
}

export async function anyIssue(config: Config, named: string): Promise<Issue & { readonly state: string }> {
  const [, owner, repo, number] = /^(?:([\w.-]+)\/([\w.-]+))?#?(\d{1,9})$/.exec(named) ?? [];
  const isWhole = owner !== undefined && named.includes('#');
  if (number === undefined || (owner !== undefined && !isWhole))
    throw new Problem(`${JSON.stringify(named)} names no issue; it is written owner/repo#12, or #12 in a checkout of the repository.`);
  const place = owner === undefined || repo === undefined ? await here(config, { warns: true }) : { owner, repo };
  const issue = Number(number);
  return asking(config, `${place.owner}/${place.repo}#${issue}`, async () => {
    await checkRights(config, place);
    const { title, body, labels, state } = await createForge(config.github)().issue({ ...place, number: issue });
    return { ...place, issue, title, body, labels, state };
  });
}

export function parsePipeline(name: string): Pipeline {
  const pipeline = PIPELINES.find((one) => one === name);
  if (pipeline === undefined) throw new Problem(`There is no pipeline ${JSON.stringify(name)}; there are ${PIPELINES.join(' and ')}.`);
  return pipeline;
}

/** The repository of this directory, where the token may push to it. Says what of the checkout will not be seen. */
export async function thisRepository(config: Config): Promise<Repository> {
  const place = await here(config, { warns: true });
  await asking(config, `${place.owner}/${place.repo}`, () => checkRights(config, place));
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

async function checkRights({ github }: Config, { owner, repo }: Repository): Promise<void> {
  if (github.token === undefined || github.token === '')
    throw new Problem('GITHUB_TOKEN is not set: it has to be a token that may push to the repository.');
  const { mayPush } = await createForge(github)().repository({ owner, repo });
  if (!mayPush) throw new Problem(`The token may not push to ${owner}/${repo}: Signalbox could not open a request.`);
}

/** Makes of the forge's answers what a person can mend. */
export async function asking<Result>({ github: { apiUrl } }: Config, what: string, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const reason = refusalOf(error)?.reason;
    if (reason === 'token') throw new Problem(`${apiUrl} does not accept GITHUB_TOKEN: it is wrong or has expired.`);
    if (reason === 'gone') throw new Problem(`${apiUrl} shows no ${what} to this token.`, EXIT.unknown);
    if (isLimit(error)) throw new Problem(`${apiUrl}: ${error.message}`, EXIT.unavailable);
    if (isUnavailable(error))
      throw new Problem(`${apiUrl} does not answer (GITHUB_API_URL): ${(error as Error).message}.`, EXIT.unavailable);
    throw error;
  }
}
