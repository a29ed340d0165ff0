// Cuts GitHub's published description of its REST API (@octokit/openapi, MIT, 394 MB unpacked) down to what the forge speaks:
//   description.json        the supported operations, with the schemas that they refer to
//   known-operations.json   every other operation by route, so that a missing one is answered by name
// Usage: npm pack @octokit/openapi@23.0.2, unpack, then: node scripts/extract-github-description.ts path/to/generated/api.github.com.json
import { readFileSync, writeFileSync } from 'node:fs';
import { SUPPORTED } from '../devkit/forge/github/supported.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Tree = Record<string, Json>;

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('name the file generated/api.github.com.json of the package @octokit/openapi');
const target = new URL('../devkit/forge/github/', import.meta.url);
const description = JSON.parse(readFileSync(source, 'utf8')) as {
  paths: Record<string, Record<string, Tree>>;
  components: Record<string, Tree>;
};

const supported = new Set<string>(SUPPORTED);
const paths: Record<string, Record<string, Json>> = {};
const known: Record<string, string> = {};
for (const [path, methods] of Object.entries(description.paths))
  for (const [method, operation] of Object.entries(methods)) {
    const id = operation['operationId'] as string;
    if (supported.delete(id)) (paths[path] ??= {})[method] = operationOf(operation);
    else known[`${method.toUpperCase()} ${path}`] = id;
  }
if (supported.size > 0) throw new Error(`not in GitHub's description: ${[...supported].join(', ')}`);

const components: Record<string, Tree> = {};
collect(paths);
writeFileSync(new URL('description.json', target), JSON.stringify({ paths, components }) + '\n');
writeFileSync(new URL('known-operations.json', target), JSON.stringify(known, null, 1) + '\n');

/** Parameters, request body and answers; prose and examples are left out. */
function operationOf(operation: Tree): Json {
  const { operationId, parameters = [], requestBody = null, responses = {} } = operation;
  return prune({ operationId: operationId ?? null, parameters, requestBody, responses });
}

function prune(value: Json, isSchemaMap = false): Json {
  if (Array.isArray(value)) return value.map((item) => prune(item));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([key, inner]) => isSchemaMap || !isProse(key, inner));
  return Object.fromEntries(kept.map(([key, inner]) => [key, prune(inner, key === 'properties' && !isSchemaMap)]));
}

function isProse(key: string, value: Json): boolean {
  if (['example', 'examples', 'x-github', 'summary', 'tags', 'externalDocs'].includes(key)) return true;
  return (key === 'description' || key === 'title') && typeof value === 'string';
}

function collect(value: Json): void {
  if (Array.isArray(value)) return value.forEach(collect);
  if (value === null || typeof value !== 'object') return;
  const reference = value['$ref'];
  if (typeof reference === 'string') {
    const [, , kind, name] = reference.split('/') as [string, string, string, string];
    const known = (components[kind] ??= {});
    if (known[name] === undefined) {
      known[name] = prune(description.components[kind]?.[name] ?? null);
      collect(known[name]);
    }
  }
  Object.values(value).forEach(collect);
}
