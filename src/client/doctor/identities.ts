// The identities of the installation (X6): which login each is, what for, whether its token holds and its key signs. Asked for real, one call each.
// What is wrong with one stops its own work, and nobody else's.
import { createForge } from '../../activities/forge/create.ts';
import { refusalOf } from '../../activities/forge/errors.ts';
import type { Config } from '../../config/config.ts';
import type { Identity } from '../../contracts/identity.ts';
import { sshSigner } from '../../git/signing.ts';
import { ok, problem, warning, type Finding } from './check.ts';

export const identities = async ({ identities: all, github: { apiUrl } }: Pick<Config, 'identities' | 'github'>): Promise<Finding[]> =>
  (await Promise.all(all.map(async (one) => [await account(one, apiUrl), ...(await key(one))]))).flat();

async function account({ name, variable, token, actAsUser, does }: Identity, apiUrl: string): Promise<Finding> {
  const check = `identity ${name}`;
  const waits = `What is begun as ${name} waits for it.`;
  if (token === undefined)
    return warning(check, `$${variable} is not set. ${waits}`, `Set $${variable}, then "signalbox down" and "signalbox up".`);
  try {
    const login = await createForge({ apiUrl, token })().account();
    return ok(check, `${login ?? 'a token of no account'}, for ${does.join(', ')}${actAsUser ? ', in the name of that person' : ''}`);
  } catch (error) {
    const reason = refusalOf(error)?.reason;
    return reason === 'token'
      ? problem(
          check,
          `${apiUrl} does not accept $${variable}: it is wrong or has expired. ${waits}`,
          `Set a valid $${variable}, then "signalbox down" and "signalbox up".`,
        )
      : warning(check, `its token could not be tried at ${apiUrl}.`, 'Check GITHUB_API_URL and the network.');
  }
}

async function key({ name, signingKey }: Identity): Promise<Finding[]> {
  if (signingKey === undefined) return [];
  const signer = await sshSigner(signingKey);
  const check = `commits of ${name}`;
  return [
    'problem' in signer
      ? problem(
          check,
          `${signer.problem}. What is begun as ${name} waits for it.`,
          'Mend or take out its signingKey (SIGNALBOX_IDENTITIES).',
        )
      : ok(check, `signed with ${signer.fingerprint}`),
  ];
}
