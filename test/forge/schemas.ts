// Holds what the forge answers against GitHub's published description. A deviation is an error, or stands in DEVIATIONS with its reason.
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { createRouter } from '../../devkit/forge/http/router.ts';
import { operations } from '../../devkit/forge/api/operations.ts';
import type { OperationId } from '../../devkit/forge/github/supported.ts';

const OUTDATED = 'a comment whose line was changed is nowhere in the diff: null, as GitHub answers and its webhook schemas say';
const OUTDATED_COMMENT = { '/line': OUTDATED, '/position': OUTDATED };
const OUTDATED_COMMENTS = { '/*/line': OUTDATED, '/*/position': OUTDATED };

/** Where the forge answers otherwise than GitHub's description says, by operation and JSON pointer (`*`: any one segment), and why. */
const DEVIATIONS: Partial<Record<OperationId, Readonly<Record<string, string>>>> = {
  'pulls/get-review-comment': OUTDATED_COMMENT,
  'pulls/update-review-comment': OUTDATED_COMMENT,
  'pulls/create-review-comment': OUTDATED_COMMENT,
  'pulls/create-reply-for-review-comment': OUTDATED_COMMENT,
  'pulls/list-review-comments': OUTDATED_COMMENTS,
  'pulls/list-review-comments-for-repo': OUTDATED_COMMENTS,
  'pulls/list-comments-for-review': OUTDATED_COMMENTS,
  'search/issues-and-pull-requests': {
    '/items/*/body': 'an issue without a body has null, found by search as everywhere else: a client that expects a string is wrong',
  },
};

interface Described {
  readonly operationId: OperationId;
  readonly responses: Record<string, { $ref?: string; content?: Record<string, { schema: object }> }>;
}
const file = path.resolve(import.meta.dirname, '../../devkit/forge/github/description.json');
const description = asJsonSchema(JSON.parse(readFileSync(file, 'utf8'))) as {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: object; responses: Record<string, { content?: Record<string, { schema: object }> }> };
};
const byId = new Map(
  Object.values(description.paths).flatMap((methods) => Object.values(methods).map((operation) => [operation.operationId, operation])),
);
const router = createRouter(operations);
const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
addFormats.default(ajv);
ajv.addSchema({ components: { schemas: description.components.schemas } }, 'github');
const validators = new Map<string, ValidateFunction | null>();

const checked = new Set<OperationId>();

/** Writes down which operations were checked, for test/support/forge-operations.js, which wants all of them. */
function remember(id: OperationId): void {
  const run = process.env['SIGNALBOX_TEST_RUN'];
  if (run === undefined || checked.has(id)) return;
  checked.add(id);
  appendFileSync(path.join(run, 'forge-operations'), `${id}\n`);
}

export function checkAgainstGitHub(method: string, pathname: string, status: number, body: unknown): void {
  const match = router(method, pathname);
  if (match.kind !== 'found' || status === 304) return;
  const { id } = match.operation;
  const validate = validatorOf(id, status);
  remember(id);
  if (validate === null || validate(body)) return;
  const allowed = Object.keys(DEVIATIONS[id] ?? {}).map((pointer) => new RegExp(`^${pointer.replaceAll('*', '[^/]+')}(/|$)`));
  const wrong = (validate.errors ?? []).filter(({ instancePath }) => !allowed.some((pattern) => pattern.test(instancePath)));
  if (wrong.length > 0)
    throw new Error(
      `${id} answers ${status} otherwise than GitHub:\n${[...new Set(wrong.map((error) => `  ${error.instancePath || '/'} ${error.message ?? ''} ${JSON.stringify(error.params)}`))].slice(0, 20).join('\n')}`,
    );
}

function validatorOf(id: OperationId, status: number): ValidateFunction | null {
  const key = `${id} ${status}`;
  const known = validators.get(key);
  if (known !== undefined) return known;
  const answer = byId.get(id)?.responses[String(status)];
  if (answer === undefined) throw new Error(`${id} answers ${status}, which GitHub's description does not have`);
  const resolved = answer.$ref === undefined ? answer : description.components.responses[answer.$ref.split('/').at(-1) ?? ''];
  const schema = resolved?.content?.['application/json']?.schema;
  const validate = schema === undefined ? null : ajv.compile(withAbsoluteReferences(schema) as object);
  validators.set(key, validate);
  return validate;
}

/** OpenAPI 3.0 says `nullable: true` where JSON Schema adds a type. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (value === null || typeof value !== 'object') return value;
  const { nullable, ...rest } = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asJsonSchema(inner)]));
  return nullable === true
    ? { anyOf: [rest, { type: 'null' }] }
    : nullable === undefined || nullable === false
      ? rest
      : { ...rest, nullable };
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
