// What goes wrong in a GraphQL request, as GitHub says it: a message with a type, beside whatever else could be answered.
import { GraphQLError, type FormattedExecutionResult } from 'graphql';
import { Refusal, type Problem } from '../http/reply.ts';

export type ProblemType =
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'UNPROCESSABLE'
  | 'RATE_LIMITED'
  | 'MISSING_PAGINATION_BOUNDARIES'
  | 'EXCESSIVE_PAGINATION'
  | 'INVALID_CURSOR_ARGUMENTS'
  | 'MAX_NODE_LIMIT_EXCEEDED';

export const problem = (type: ProblemType, message: string): GraphQLError => new GraphQLError(message, { extensions: { type } });

export const noNode = (id: string): GraphQLError => problem('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);

type ShownError = NonNullable<FormattedExecutionResult['errors']>[number] & { readonly type?: string };

/** The error as it goes out. What is neither GraphQL's own nor a refusal is a bug of the forge, and thrown. */
export function shown(error: GraphQLError): ShownError {
  const { originalError } = error;
  if (originalError !== undefined && !(originalError instanceof GraphQLError) && !(originalError instanceof Refusal)) throw originalError;
  const { message, locations, path, extensions } = error.toJSON();
  const { type, ...others } = extensions ?? {};
  return {
    ...(originalError instanceof Refusal ? { type: typeOf(originalError) } : typeof type === 'string' ? { type } : {}),
    ...(path === undefined ? {} : { path }),
    ...(locations === undefined ? {} : { locations }),
    ...(Object.keys(others).length === 0 ? {} : { extensions: others }),
    message: originalError instanceof Refusal ? sentenceOf(originalError) : message,
  };
}

const typeOf = ({ reply }: Refusal): ProblemType =>
  reply.status === 404 ? 'NOT_FOUND' : reply.status === 401 || reply.status === 403 ? 'FORBIDDEN' : 'UNPROCESSABLE';

/** REST says "Validation Failed" and lists what is wrong; GraphQL says just that. */
function sentenceOf({ message, reply }: Refusal): string {
  const { errors = [] } = reply.body as { readonly errors?: readonly (Problem | string)[] };
  const sentences = errors.map((error) =>
    typeof error === 'string' ? error : (error.message ?? `${error.field ?? error.resource} is ${error.code}`),
  );
  return sentences.length === 0 ? message : sentences.join(', ');
}
