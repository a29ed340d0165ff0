// Which keys of models an environment has to have, by the models that are set. Said before work begins that could only fail.
import type { Config } from '../config/config.ts';
import type { ModelRef } from '../contracts/session.ts';

type Provider = ModelRef['provider'];

/** The providers that sessions may ask. */
export function providersOf({ models }: Pick<Config, 'models'>): Provider[] {
  const phases = Object.values(models.phases).filter((chosen) => typeof chosen === 'object');
  return [...new Set([...Object.values(models.aliases), ...phases].map(({ provider }) => provider))].sort();
}

export const keyName = (provider: Provider): string => `${provider.toUpperCase()}_API_KEY`;

/** Names of the variables that are needed and not set. */
export const missingKeys = (config: Pick<Config, 'models' | Provider>): string[] =>
  providersOf(config).flatMap((provider) => ((config[provider].apiKey ?? '') === '' ? [keyName(provider)] : []));
