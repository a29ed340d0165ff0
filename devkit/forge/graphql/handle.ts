// One request to the GraphQL API. It goes through the same faults, limits and authentication as REST; what it may see and do is decided by the
// same domain. The schema is a part of GitHub's own: what it lacks is refused by GraphQL's validation, by name.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  execute,
  getOperationAST,
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  validate,
  type DocumentNode,
  type GraphQLFieldResolver,
  type OperationDefinitionNode,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import type { Forge } from '../forge.ts';
import { attend, type Visitor } from '../http/attend.ts';
import { parseJson, readBody, urlOf } from '../http/body.ts';
import { ok, Refusal, type Reply } from '../http/reply.ts';
import { readerFor } from '../http/reader.ts';
import type { Context, View } from './context.ts';
import { costOf } from './cost.ts';
import { mutationView } from './mutations.ts';
import { shown } from './problems.ts';
import { queryView } from './query.ts';
import { schema } from './schema.ts';
import { VIEWS } from './views.ts';

/** Answers the request if it is for GraphQL; returns whether it was. */
export async function handleGraphql(forge: Forge, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (request.method !== 'POST' || urlOf(forge, request).pathname !== '/graphql') return false;
  const visit = { route: 'graphql', resource: 'graphql', createsContent: false } as const;
  await attend(forge, request, response, visit, (visitor) => perform(forge, request, visitor));
  return true;
}

async function perform(forge: Forge, request: IncomingMessage, { actor, rateKey, isKnownAs }: Visitor): Promise<Reply> {
  if (actor === null) throw new Refusal(401, 'This endpoint requires you to be authenticated.');
  const { query, variables = {}, operationName = null } = wishIn(parseJson(await readBody(request, forge.settings.limits.bodyBytes)));
  try {
    const prepared = prepare(query, operationName, variables ?? {});
    if ('errors' in prepared) return ok({ errors: prepared.errors.map(shown) });
    const { document, operation } = prepared;
    const isMutation = operation.operation === OperationTypeNode.MUTATION;
    const [done] = operation.selectionSet.selections;
    if (isMutation && done?.kind === Kind.FIELD) isKnownAs(`graphql/${done.name.value}`);
    const cost = costOf(schema, document, operation, prepared.variables);
    forge.rateLimits.charge(rateKey, cost.points - 1);
    const state = readerFor(forge, 'graphql', !isMutation && cost.connections > 0, { actor: actor.login });
    const context: Context = { forge, state: isMutation ? forge.state : state, viewer: actor, views: VIEWS, rateKey, cost };
    const result = await execute({
      schema,
      document,
      operationName,
      variableValues: variables,
      rootValue: isMutation ? mutationView(context) : queryView(context),
      fieldResolver: resolveField,
    });
    const { data, errors } = result;
    return ok({ ...(data === undefined ? {} : { data }), ...(errors === undefined ? {} : { errors: errors.map(shown) }) });
  } catch (error) {
    if (error instanceof RangeError) return ok({ errors: [shown(new GraphQLError('The query is nested too deeply.'))] }); // the stack is full
    if (!(error instanceof GraphQLError)) throw error;
    return ok({ errors: [shown(error)] });
  }
}

interface Wish {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null;
  readonly operationName?: string | null;
}

function wishIn(body: unknown): Wish {
  const { query, variables, operationName } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const isName = operationName === undefined || operationName === null || typeof operationName === 'string';
  const areVariables = variables === undefined || variables === null || (typeof variables === 'object' && !Array.isArray(variables));
  if (typeof query !== 'string') throw new Refusal(400, 'A query attribute must be specified and must be a string.');
  if (!isName || !areVariables) throw new Refusal(400, 'Variables must be an object, and the name of the operation a string.');
  return body as Wish;
}

type Prepared =
  | { readonly errors: readonly GraphQLError[] }
  | { readonly document: DocumentNode; readonly operation: OperationDefinitionNode; readonly variables: Readonly<Record<string, unknown>> };

function prepare(query: string, operationName: string | null, wish: Readonly<Record<string, unknown>>): Prepared {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: 10_000 });
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
  const errors = validate(schema, document);
  if (errors.length > 0) return { errors };
  const operation = getOperationAST(document, operationName);
  if (operation === null || operation === undefined) return { errors: [new GraphQLError('An operation name is required')] };
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], wish);
  return variables.errors === undefined ? { document, operation, variables: variables.coerced } : { errors: variables.errors };
}

/** A field that its view lacks is a bug of the forge, and never silently null. */
const resolveField: GraphQLFieldResolver<View, unknown> = (source, args: unknown, _context, { fieldName, parentType }) => {
  if (!(fieldName in source)) throw new Error(`the view of ${parentType.name} has no ${fieldName}`);
  const value = source[fieldName];
  return typeof value === 'function' ? (value as (args: unknown) => unknown)(args) : value;
};
