// Holds what the forge answers, and how it refuses, against GitHub's published description. A deviation is an error, or stands here with its reason.
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { createRouter } from '../../devkit/forge/http/router.ts';
import { operations } from '../../devkit/forge/api/operations.ts';
import type { OperationId } from '../../devkit/forge/github/supported.ts';

const OUTDATED = 'a comment whose line was changed is nowhere in the diff: null, as GitHub answers and its webhook schemas say';
const NO_HEAD = 'the fork is gone, and with it the repository of the head: null, as GitHub answers';
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
  'pulls/get': { '/head/repo': NO_HEAD, '/head/user': NO_HEAD },
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
// To make shorter code of a schema takes longer than to run it the few times that a test file does.
const ajv = new Ajv({ strict: false, allErrors: true, logger: false, inlineRefs: false, code: { optimize: false } });
addFormats.default(ajv);
ajv.addSchema({ components: { schemas: description.components.schemas } }, 'github');
const validators = new Map<string, ValidateFunction | null>();

const checked = new Set<OperationId>();

/** Writes down which operations were checked, for test/support/forge-operations.js, which wants all of them. */
function remember(id: OperationId): void {
  const run = process.env['TEST_RUN'];
  if (run === undefined || checked.has(id)) return;
  checked.add(id);
  appendFileSync(path.join(run, 'forge-operations'), `${id}\n`);
}

/** @param accept which of several forms of the answer was asked for */
export function checkAgainstGitHub(method: string, pathname: string, status: number, body: unknown, accept = 'application/json'): void {
  const match = router(method, pathname);
  if (match.kind !== 'found' || status === 304) return;
  const { id } = match.operation;
  const validate = validatorOf(id, status, accept.replace(/\+json$/, ''));
  if (status < 400) remember(id);
  if (validate === null || validate(body)) return;
  const allowed = Object.keys(DEVIATIONS[id] ?? {}).map((pointer) => new RegExp(`^${pointer.replaceAll('*', '[^/]+')}(/|$)`));
  const wrong = (validate.errors ?? []).filter(
    (error) => !allowed.some((pattern) => pattern.test(error.instancePath)) && !isAmbiguous(error),
  );
  if (wrong.length > 0)
    throw new Error(
      `${id} answers ${status} otherwise than GitHub:\n${[...new Set(wrong.map((error) => `  ${error.instancePath || '/'} ${error.message ?? ''} ${JSON.stringify(error.params)}`))].slice(0, 20).join('\n')}`,
    );
}

/** Statuses that any call may answer with on GitHub, whatever the description of the call says. */
const ANYWHERE: ReadonlySet<number> = new Set([400, 401, 403, 404, 422, 429, 500, 502, 503]);
/** Which of them are the forge's own: it says what it does not speak, and takes in no more than so much. */
const OWN: ReadonlySet<number> = new Set([413, 501]);

/** Why the forge refuses with a status that GitHub's description of the call does not have. */
const UNDESCRIBED: Partial<Record<OperationId, Readonly<Record<number, string>>>> = {
  'issues/list-for-repo': { 410: 'GitHub answers so where issues are switched off, as its other calls of issues say' },
};

/** The same for refusals: their status and body. Every one says why, and where to read about it. */
export function checkRefusalAgainstGitHub(method: string, pathname: string, status: number, body: unknown): void {
  const { message, documentation_url } = (body ?? {}) as Record<string, unknown>;
  if (typeof message !== 'string' || typeof documentation_url !== 'string')
    throw new Error(`${method} ${pathname} refuses with ${status} and without a message and its documentation: ${JSON.stringify(body)}`);
  const match = router(method, pathname);
  if (match.kind !== 'found' || OWN.has(status)) return;
  const { id } = match.operation;
  const isDescribed = byId.get(id)?.responses[String(status)] !== undefined;
  if (isDescribed) checkAgainstGitHub(method, pathname, status, body);
  else if (!ANYWHERE.has(status) && UNDESCRIBED[id]?.[status] === undefined)
    throw new Error(`${id} refuses with ${status}, which GitHub's description does not have: ${message}`);
}

/** Where the description has several schemas for one thing (`oneOf`), none of which excludes the others, all of them may fit. */
const isAmbiguous = ({ keyword, params }: ErrorObject): boolean =>
  keyword === 'oneOf' && (params as { passingSchemas: unknown }).passingSchemas !== null;

function validatorOf(id: OperationId, status: number, form: string): ValidateFunction | null {
  const key = `${id} ${status} ${form}`;
  const known = validators.get(key);
  if (known !== undefined) return known;
  const answer = byId.get(id)?.responses[String(status)];
  if (answer === undefined) throw new Error(`${id} answers ${status}, which GitHub's description does not have`);
  const resolved = answer.$ref === undefined ? answer : description.components.responses[answer.$ref.split('/').at(-1) ?? ''];
  const schema = (resolved?.content?.[form] ?? resolved?.content?.['application/json'])?.schema;
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
