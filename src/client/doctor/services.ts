// Whom Signalbox talks to: the forge with the token's rights, the model's provider. Asked for real, with one call each.
import type { Config } from '../../config/config.ts';
import { forgeHost } from '../../contracts/work.ts';
import { createForge } from '../../activities/forge/create.ts';
import { refusalOf } from '../../activities/forge/errors.ts';
import { isLimit } from '../../activities/forge/limit.ts';
import { keyName, providersOf } from '../model-keys.ts';
import { repositoryHere } from '../repository-here.ts';
import { ok, problem, warning, type Finding } from './check.ts';

const CLOCK_MS = 60_000;
const NEEDED = 'a token that may write contents, issues and pull requests of the repository';

/** The forge, the token, its rights on the repository of this directory, and the clock by the forge's. */
export async function forge({ github }: Config, directory: string): Promise<Finding[]> {
  const { apiUrl, token } = github;
  if (token === undefined || token === '') return [problem('token', 'GITHUB_TOKEN is not set', `Set GITHUB_TOKEN to ${NEEDED}.`)];
  try {
    const { login, left, time } = await createForge(github)().access();
    const says = `${login} at ${apiUrl}${left === null ? '' : `, ${left} calls left this hour`}`;
    const who =
      left !== null && left < 100 ? warning('token', says, 'Wait for the hour to pass, or use another token.') : ok('token', says);
    return [who, clock(time), await rights(github, directory)];
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal?.reason === 'token')
      return [problem('token', `${apiUrl} does not accept GITHUB_TOKEN: it is wrong or has expired`, `Set GITHUB_TOKEN to ${NEEDED}.`)];
    if (isLimit(error)) return [warning('token', `${apiUrl}: ${error.message}`, 'Wait until then, or use another token.')];
    const says = refusal === undefined ? 'does not answer' : `answers ${refusal.says}`;
    return [problem('forge', `${apiUrl} ${says}`, 'Check GITHUB_API_URL and the network.')];
  }
}

async function rights(github: Config['github'], directory: string): Promise<Finding> {
  const here = await repositoryHere(directory);
  if ('problem' in here) return ok('rights', 'not in a repository: nothing to check');
  const name = `${here.owner}/${here.repo}`;
  if (here.host !== forgeHost(github.apiUrl) && here.host !== forgeHost(github.apiUrl).replace(/:\d+$/, ''))
    return warning(
      'rights',
      `${name} is at ${here.host}, and GITHUB_API_URL is ${github.apiUrl}`,
      'Set GITHUB_API_URL to the forge of this repository.',
    );
  try {
    return (await createForge(github)().repository(here)).mayPush
      ? ok('rights', `may push to ${name}`)
      : problem('rights', `the token may not push to ${name}`, `Set GITHUB_TOKEN to ${NEEDED}.`);
  } catch (error) {
    if (refusalOf(error)?.reason === 'gone') return problem('rights', `the token does not see ${name}`, `Set GITHUB_TOKEN to ${NEEDED}.`);
    throw error;
  }
}

function clock(time: string | null): Finding {
  const off = time === null ? 0 : Date.now() - Date.parse(time);
  const says = `${Math.round(Math.abs(off) / 1_000)} s ${off < 0 ? 'behind' : 'ahead of'} the forge's`;
  return Math.abs(off) > CLOCK_MS ? warning('clock', says, 'Set the clock: timers and tokens depend on it.') : ok('clock', says);
}

export function models(config: Config): Finding[] {
  return providersOf(config).map((provider) => {
    const variable = keyName(provider);
    const { apiKey, baseUrl } = config[provider];
    return apiKey === undefined || apiKey === ''
      ? problem('model', `${variable} is not set`, `Set ${variable}, or name another provider's models (SIGNALBOX_MODEL).`)
      : ok('model', `${variable} is set${baseUrl === undefined ? '' : `, asked at ${baseUrl}`}`);
  });
}
