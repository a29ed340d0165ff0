// The file of triggers (`SIGNALBOX_TRIGGERS`): webhooks of other systems that let work begin. Strict: what it does not know it refuses, with the
// place. Secrets stand in the environment, and the file names them.
import { z } from 'zod';
import { HOOK_PATH, type Condition, type Hook } from '../contracts/hook.ts';
import type { Identity } from '../contracts/identity.ts';
import { PIPELINES } from '../contracts/plan.ts';
import { chosenIdentity } from './identities.ts';
import { readSettingsFile } from './settings-file.ts';

const path = z.string().regex(HOOK_PATH, 'a path as $.issue.title or $.items[0]');
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const condition: z.ZodType<Condition> = z.lazy(() =>
  z.union(
    [
      z.strictObject({ path, equals: scalar }),
      z.strictObject({ path, in: z.array(scalar).min(1) }),
      z.strictObject({ path, contains: scalar }),
      z.strictObject({ path, exists: z.boolean() }),
      z.strictObject({ all: z.array(condition).min(1) }),
      z.strictObject({ any: z.array(condition).min(1) }),
      z.strictObject({ not: condition }),
    ],
    'a path with one of equals, in, contains and exists; or one of all, any and not',
  ),
);
const template = z
  .string()
  .min(1)
  .refine(
    (text) => [...text.matchAll(/\{\{(.*?)\}\}/g)].every(([, inner = '']) => HOOK_PATH.test(inner.trim())),
    'places as {{$.issue.title}}',
  );
const hook = z.strictObject({
  /** Part of the address: `/webhooks/<id>`. */
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and "-", at most 64')
    .refine((id) => id !== 'github', '"github" is the forge’s own'),
  /** Name of the variable that has the secret, as `$SENTRY_SECRET`. */
  secret: z
    .string()
    .regex(/^\$(?!SIGNALBOX_)[A-Z][A-Z0-9_]*$/, 'the name of a variable, as $SENTRY_SECRET; never the secret itself, nor a setting'),
  /** Where the work is. */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, '"owner/repo"'),
  workspace: z.string().min(1).default('default'),
  pipeline: z.enum(PIPELINES).default('delivery'),
  /** Default: every message counts. */
  dispatchCondition: condition.nullable().default(null),
  goalTemplate: template.default('{{$.goal}}'),
  /** As whom it is worked on; default: as on everything that is begun without naming one. */
  identity: z.string().optional(),
});
const schema = z
  .strictObject({ webhooks: z.array(hook).default([]) })
  .refine(({ webhooks }) => new Set(webhooks.map(({ id }) => id)).size === webhooks.length, 'two webhooks have the same id');

/** @throws Error that names the file and everything that is wrong in it */
export function readTriggers(file: string, env: Readonly<Record<string, string | undefined>>, identities: readonly Identity[]): Hook[] {
  const { webhooks } = readSettingsFile('SIGNALBOX_TRIGGERS', file, schema);
  return webhooks.map(({ identity, ...one }): Hook => {
    const secret = env[one.secret.slice(1)];
    if (secret === undefined || secret.length < 8)
      throw new Error(
        `${file}: the webhook ${one.id} wants the secret ${one.secret}, and that variable is not set, or shorter than 8 characters.`,
      );
    return { ...one, secret, ...(identity !== undefined && { as: identityOf(file, one.id, identities, identity) }) };
  });
}

function identityOf(file: string, hook: string, identities: readonly Identity[], name: string): string | null {
  try {
    return chosenIdentity(identities, name);
  } catch (error) {
    throw new Error(`${file}: the webhook ${hook}: ${(error as Error).message}`, { cause: error });
  }
}
