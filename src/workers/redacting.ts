// Nothing secret gets into a history: what an activity returns and how it fails is redacted before Temporal hears of it. What workflows
// and clients send is made of that, or was typed by a person.
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Redact } from '../secrets/redact.ts';

export const redacting =
  (redact: Redact): ActivityInterceptorsFactory =>
  () => ({
    inbound: {
      async execute(input, next) {
        try {
          return redact(await next(input));
        } catch (error) {
          throw withoutSecrets(error, redact);
        }
      },
    },
  });

/** The same error with other words: its class decides whether it is tried again, so it stays. */
function withoutSecrets(error: unknown, redact: Redact): unknown {
  if (!(error instanceof Error)) return redact(error);
  // Defined and not assigned: some errors of the platform have these as getters.
  const set = (name: string, value: unknown): unknown => Object.defineProperty(error, name, { value, configurable: true, writable: true });
  set('message', redact(error.message));
  if (error.stack !== undefined) set('stack', redact(error.stack));
  if (error instanceof ApplicationFailure && error.details) set('details', redact(error.details));
  if (error.cause !== undefined) set('cause', withoutSecrets(error.cause, redact));
  return error;
}
