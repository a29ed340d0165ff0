import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { schema as published } from '@octokit/graphql-schema';
import { ROOT } from './harness.ts';

const ours = buildSchema(readFileSync(path.join(ROOT, 'devkit/forge/graphql/schema.graphql'), 'utf8'));
const github = buildSchema(published.idl, { assumeValid: true });

/** Where a type of ours is not as GitHub's. */
function differences(type: GraphQLNamedType, other: GraphQLNamedType | undefined): string[] {
  if (other === undefined || other.constructor !== type.constructor) return [`${type.name} is not GitHub's`];
  const wrong: string[] = [];
  if ((isObjectType(type) && isObjectType(other)) || (isInterfaceType(type) && isInterfaceType(other))) {
    const interfaces = new Set(other.getInterfaces().map(({ name }) => name));
    for (const { name } of type.getInterfaces()) if (!interfaces.has(name)) wrong.push(`${type.name} implements ${name}`);
    for (const field of Object.values(type.getFields())) {
      const known = other.getFields()[field.name];
      if (String(known?.type) !== String(field.type))
        wrong.push(`${type.name}.${field.name}: ${String(field.type)}, on GitHub ${String(known?.type)}`);
      wrong.push(...argumentDifferences(`${type.name}.${field.name}`, field.args, known?.args ?? []));
    }
  }
  if (isInputObjectType(type) && isInputObjectType(other)) {
    for (const field of Object.values(type.getFields()))
      if (String(other.getFields()[field.name]?.type) !== String(field.type))
        wrong.push(`${type.name}.${field.name}: ${String(field.type)}`);
    for (const field of Object.values(other.getFields()))
      if (String(field.type).endsWith('!') && type.getFields()[field.name] === undefined) wrong.push(`${type.name} lacks ${field.name}`);
  }
  if (isEnumType(type) && isEnumType(other))
    for (const { name } of type.getValues()) if (other.getValue(name) === undefined) wrong.push(`${type.name} has ${name}`);
  if (isUnionType(type) && isUnionType(other)) {
    const members = new Set(other.getTypes().map(({ name }) => name));
    for (const { name } of type.getTypes()) if (!members.has(name)) wrong.push(`${type.name} has ${name}`);
  }
  return wrong;
}

function argumentDifferences(field: string, args: readonly GraphQLArgument[], others: readonly GraphQLArgument[]): string[] {
  const wrong = args
    .filter((argument) => String(others.find(({ name }) => name === argument.name)?.type) !== String(argument.type))
    .map(({ name, type }) => `${field}(${name}: ${String(type)})`);
  const lacking = others
    .filter(
      ({ name, type, defaultValue }) => String(type).endsWith('!') && defaultValue === undefined && !args.some((own) => own.name === name),
    )
    .map(({ name }) => `${field} lacks ${name}`);
  return [...wrong, ...lacking];
}

const named = (schema: GraphQLSchema): GraphQLNamedType[] =>
  Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));

describe("the forge's GraphQL schema", () => {
  it("is a part of GitHub's: every type, field, argument, value and nullability of it is there", () => {
    expect(named(ours).flatMap((type) => differences(type, github.getType(type.name)))).toEqual([]);
  });

  it('would not pass if it differed', () => {
    const other = buildSchema('type Query { viewer: User, rateLimit: Int } type User { login: String, shoes(size: Int): Int! }');
    expect(named(other).flatMap((type) => differences(type, github.getType(type.name)))).toEqual(
      expect.arrayContaining([
        'Query.viewer: User, on GitHub User!',
        'Query.rateLimit: Int, on GitHub RateLimit',
        'User.login: String, on GitHub String!',
        'User.shoes: Int!, on GitHub undefined',
      ]),
    );
  });
});
