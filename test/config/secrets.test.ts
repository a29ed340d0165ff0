// Whatever setting is named as a secret is one: it is taken out of texts.
import { expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/config.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { redactorFor } from '../../src/config/secrets.ts';

const NAMED_AS_SECRET = /(TOKEN|KEY|SECRET|PASSWORD)$/;

it('every setting that is named as a secret is redacted, Temporal’s own key, and what a webhook’s address hides', () => {
  const names = [...SETTINGS.filter((name) => NAMED_AS_SECRET.test(name)), 'TEMPORAL_API_KEY'];
  expect(names.length).toBeGreaterThan(4);
  const env = Object.fromEntries(names.map((name) => [name, `value of ${name.toLowerCase()}`]));
  const redact = redactorFor(readConfig({ ...env, SIGNALBOX_NOTIFY_URL: 'https://chat.example/hooks/abc-def-ghi' }));
  for (const value of Object.values(env)) expect(redact(`x ${value} y`)).toBe('x [redacted: secret] y');
  expect(redact('POST https://chat.example/hooks/abc-def-ghi failed')).toBe('POST https://chat.example[redacted: secret] failed');
});
