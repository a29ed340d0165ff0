// The secrets that this installation knows: what must be seen by nobody but whom it is for.
import { redactor, type Redact } from '../secrets/redact.ts';
import type { Config } from './config.ts';

/** Takes them out of texts, together with whatever looks like a secret. */
export const redactorFor = (config: Config): Redact => redactor(secretsOf(config));

function secretsOf({ github, identities, gateway, hooks, anthropic, openai, temporal, notifyUrl }: Config): string[] {
  const temporalKey = temporal.connectionOptions.apiKey;
  return [
    github.token,
    ...identities.map(({ token }) => token),
    gateway.webhookSecret,
    ...hooks.map(({ secret }) => secret),
    anthropic.apiKey,
    openai.apiKey,
    typeof temporalKey === 'string' ? temporalKey : undefined,
    // Whoever knows the address of a webhook may post there.
    ...(notifyUrl === undefined ? [] : partsOf(new URL(notifyUrl))),
  ].filter((secret) => secret !== undefined);
}

const partsOf = ({ password, pathname, search }: URL): string[] => [password, `${pathname}${search}`];
