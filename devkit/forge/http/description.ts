// GitHub's published description of its API, as routes and validators. Everything about an operation but its behaviour comes from here.
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import type { OperationId } from '../github/supported.ts';

type Schema = { readonly [key: string]: unknown };
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly 'x-multi-segment'?: boolean;
}
interface Described {
  readonly operationId: OperationId;
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody: { readonly required?: boolean; readonly content?: Record<string, { schema: Schema }> } | null;
  readonly responses: Record<string, unknown>;
}
interface Description {
  readonly paths: Record<string, Record<string, Described>>;
  readonly components: Record<string, Record<string, unknown>>;
}

export interface DescribedOperation {
  readonly id: OperationId;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly bodySchema: Schema | null;
  readonly bodyRequired: boolean;
}

const folder = new URL('../github/', import.meta.url);
const description = JSON.parse(readFileSync(new URL('description.json', folder), 'utf8')) as Description;

export const OPERATIONS: ReadonlyMap<OperationId, DescribedOperation> = new Map(
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [operation.operationId, described(method.toUpperCase(), path, operation)] as const,
    ),
  ),
);

/** Operations that GitHub has and the forge has not, by `METHOD /path`. */
export const knownElsewhere = (): Record<string, string> =>
  JSON.parse(readFileSync(new URL('known-operations.json', folder), 'utf8')) as Record<string, string>;

function described(method: string, path: string, operation: Described): DescribedOperation {
  return {
    id: operation.operationId,
    method,
    path,
    parameters: operation.parameters.map((parameter) => ('$ref' in parameter ? (resolve(parameter.$ref) as Parameter) : parameter)),
    bodySchema: operation.requestBody?.content?.['application/json']?.schema ?? null,
    bodyRequired: operation.requestBody?.required ?? false,
  };
}

function resolve(reference: string): unknown {
  const [, , kind = '', name = ''] = reference.split('/');
  return description.components[kind]?.[name];
}

/** GitHub's schemas are what they are, and each is used a few times in the life of most forges: neither looked at nor made short. */
const AS_THEY_ARE = { strict: false, allErrors: true, logger: false, validateSchema: false, code: { optimize: false } } as const;
const ajv = new Ajv({ ...AS_THEY_ARE, validateFormats: true });
addFormatsModule.default(ajv);
const coercing = new Ajv({ ...AS_THEY_ARE, coerceTypes: true });
addFormatsModule.default(coercing);
let componentsAdded = false;

const validators = new Map<string, ValidateFunction>();

/** What is wrong with a body, in GitHub's words, or undefined. */
export function problemOfBody(operation: DescribedOperation, body: unknown): string | undefined {
  if (operation.bodySchema === null) return undefined;
  if (body === undefined) return operation.bodyRequired ? missingOf(operation.bodySchema) : undefined;
  const unknownKey = unknownKeyOf(operation.bodySchema, body);
  if (unknownKey !== undefined) return `Invalid request.\n\n"${unknownKey}" is not a permitted key.`;
  const validate = validatorOf(`${operation.id} body`, operation.bodySchema);
  return validate(body) ? undefined : `Invalid request.\n\n${sentences(validate.errors ?? [])}`;
}

/** The query with numbers and booleans as such, or what is wrong with it. Unknown parameters are ignored, as GitHub does. */
export function queryOf(operation: DescribedOperation, raw: URLSearchParams): { query: Record<string, unknown> } | { problem: string } {
  const parameters = operation.parameters.filter((parameter) => parameter.in === 'query');
  const query: Record<string, unknown> = {};
  for (const { name } of parameters) if (raw.has(name)) query[name] = raw.get(name);
  // GitHub's description calls `created` a date; its documentation says, and its API takes, a range such as >=2026-11-01.
  const properties = Object.fromEntries(parameters.map(({ name, schema }) => [name, name === 'created' ? { type: 'string' } : schema]));
  const required = parameters.filter((parameter) => parameter.required === true).map(({ name }) => name);
  const key = `${operation.id} query`;
  const validate = validators.get(key) ?? coercing.compile(nullableAsType({ type: 'object', properties, required }) as Schema);
  validators.set(key, validate);
  return validate(query) ? { query } : { problem: `Invalid request.\n\n${sentences(validate.errors ?? [])}` };
}

function validatorOf(key: string, schema: Schema): ValidateFunction {
  if (!componentsAdded) {
    ajv.addSchema(nullableAsType({ components: { schemas: description.components['schemas'] } }) as Schema, 'github');
    componentsAdded = true;
  }
  const known = validators.get(key);
  if (known !== undefined) return known;
  const validate = ajv.compile(nullableAsType(withAbsoluteReferences(schema)) as Schema);
  validators.set(key, validate);
  return validate;
}

/** OpenAPI 3.0 says `nullable: true` where JSON Schema adds a type. */
function nullableAsType(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nullableAsType);
  if (value === null || typeof value !== 'object') return value;
  const { nullable, ...rest } = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, nullableAsType(inner)]));
  if (nullable !== true) return nullable === undefined || typeof nullable === 'boolean' ? rest : { ...rest, nullable };
  return { anyOf: [rest, { type: 'null' }] };
}

function withAbsoluteReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withAbsoluteReferences);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? `github${inner}` : withAbsoluteReferences(inner),
    ]),
  );
}

/** The forge is stricter than GitHub here, which ignores most unknown keys: a misspelt one is a bug of the client. */
function unknownKeyOf(schema: Schema, body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const branches = [schema, ...((schema['oneOf'] ?? schema['anyOf'] ?? []) as Schema[])];
  if (branches.every((branch) => branch['properties'] === undefined) || branches.some((branch) => branch['additionalProperties'] === true))
    return undefined;
  return Object.keys(body).find((key) => !branches.some((branch) => Object.hasOwn(branch['properties'] ?? {}, key)));
}

const missingOf = (schema: Schema): string =>
  `Invalid request.\n\n${((schema['required'] ?? []) as string[]).map((name) => `"${name}" wasn't supplied.`).join('\n')}`;

function sentences(errors: readonly ErrorObject[]): string {
  return [...new Set(errors.filter(tellsSomething).map(sentence))].join('\n');
}

/** That a value could also have been null, or that no branch fits, helps nobody. */
const tellsSomething = ({ keyword, params }: ErrorObject): boolean =>
  !['oneOf', 'anyOf', 'if'].includes(keyword) && (params as { type?: string }).type !== 'null';

function sentence({ keyword, instancePath, params, message }: ErrorObject): string {
  const place = instancePath
    .slice(1)
    .split('/')
    .map((part) => (/^\d+$/.test(part) ? `items/${part}` : `properties/${part}`))
    .join('/');
  if (keyword === 'required') return `"${String((params as { missingProperty: string }).missingProperty)}" wasn't supplied.`;
  return `For '${place}', the value ${message ?? 'is not valid'}.`;
}
