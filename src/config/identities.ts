// The file of identities (`SIGNALBOX_IDENTITIES`): accounts as which work can be done beside the installation's own (X6). Strict: what it does
// not know it refuses, with the place. Tokens stand in the environment, and the file names them; one that is missing stops its identity alone.
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { AS_USER, asText, INSTALLATION, PURPOSES, type Identity } from '../contracts/identity.ts';
import { SHORTEST_SECRET } from '../secrets/redact.ts';
import { person } from './person.ts';
import { readSettingsFile } from './settings-file.ts';

const identity = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and "-", at most 64')
      .refine((name) => name !== INSTALLATION, `"${INSTALLATION}" is the account of GITHUB_TOKEN`),
    /** Name of the variable that has the token, as `$BOT_TOKEN`. */
    token: z
      .string()
      .regex(/^\$(?!SIGNALBOX_)[A-Z][A-Z0-9_]*$/, 'the name of a variable, as $BOT_TOKEN; never the token itself, nor a setting'),
    /** Whose name is on its commits; default: as on all others. */
    author: person.optional(),
    /** File of a private SSH key that signs them, from the folder of this file on. */
    signingKey: z.string().min(1).optional(),
    /** It is a person's account. */
    actAsUser: z.boolean().default(false),
    for: z.array(z.enum(PURPOSES)).min(1).optional(),
  })
  .refine(({ actAsUser, for: does }) => !actAsUser || (does ?? []).every((one) => AS_USER.includes(one)), {
    path: ['for'],
    error: `in the name of a person (actAsUser) there are only ${AS_USER.join(' and ')}: nobody speaks or merges for somebody`,
  });
const schema = z
  .strictObject({ identities: z.array(identity).default([]) })
  .refine(({ identities }) => new Set(identities.map(({ name }) => name)).size === identities.length, 'two identities have the same name');

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the file and everything that is wrong in it */
export function readIdentities(file: string, env: Environment): Identity[] {
  const { identities } = readSettingsFile('SIGNALBOX_IDENTITIES', file, schema);
  return identities.map(({ name, token, author, signingKey, actAsUser, for: does }): Identity => {
    const variable = token.slice(1);
    return {
      name,
      variable,
      token: tokenOf(file, name, variable, env),
      author,
      actAsUser,
      signingKey: signingKey === undefined ? undefined : resolve(dirname(file), signingKey),
      does: PURPOSES.filter((one) => does?.includes(one) ?? (!actAsUser || AS_USER.includes(one))),
    };
  });
}

/** One that is too short to be looked for in texts is refused: it would be seen. */
function tokenOf(file: string, name: string, variable: string, env: Environment): string | undefined {
  const token = env[variable] ?? '';
  if (token === '') return undefined;
  if (token.length < SHORTEST_SECRET)
    throw new Error(`${file}: $${variable} of the identity ${name} is shorter than ${SHORTEST_SECRET} characters.`);
  return token;
}

/**
 * What is kept with work that somebody begins as this identity (contracts/identity.ts); null: as the installation itself.
 * @throws Error that names those there are
 */
export function chosenIdentity(identities: readonly Identity[], name: string): string | null {
  if (name === INSTALLATION) return null;
  const found = identities.find((one) => one.name === name);
  if (found !== undefined) return asText(found);
  const names = [...identities.map((one) => one.name), INSTALLATION].join(', ');
  throw new Error(`There is no identity ${JSON.stringify(name)}; there are ${names} (SIGNALBOX_IDENTITIES).`);
}
