// The part of GitHub's schema that is spoken here.
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';

export const schema = buildSchema(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'));

export const MUTATIONS: readonly string[] = Object.keys(schema.getMutationType()?.getFields() ?? {});
