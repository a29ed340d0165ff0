// Finds the operation of a request: by method and path, literal segments before parameters. What GitHub has and we lack is told by name.
import type { OperationId } from '../github/supported.ts';
import { knownElsewhere, OPERATIONS, type DescribedOperation } from './description.ts';
import type { Operation } from './operation.ts';

export type Match =
  | {
      readonly kind: 'found';
      readonly operation: Operation;
      readonly described: DescribedOperation;
      readonly params: Record<string, string | number>;
    }
  | { readonly kind: 'missing'; readonly id: string }
  /** The route is there, but its parameter can name nothing: a number that is none, a malformed escape. */
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'unknown' };

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly rank: string;
  readonly match: (params: Record<string, string>) => Match;
}

export type Router = (method: string, path: string) => Match;

export function createRouter(operations: readonly Operation[]): Router {
  const handled = new Map<OperationId, Operation>(operations.map((operation) => [operation.id, operation]));
  const routes = [...OPERATIONS.values()].map((described) => routeOf(described, handled.get(described.id)));
  for (const [route, id] of Object.entries(knownElsewhere())) {
    const [method = '', path = ''] = route.split(' ');
    routes.push({ method, ...compile(path, () => false), match: () => ({ kind: 'missing', id }) });
  }
  const byMethod = Map.groupBy(
    routes.sort((a, b) => (a.rank < b.rank ? -1 : 1)),
    ({ method }) => method,
  );
  return (method, path) => {
    for (const { pattern, match } of byMethod.get(method) ?? []) {
      const found = pattern.exec(path);
      if (found === null) continue;
      const decoded = decode(found.groups ?? {});
      return decoded === undefined ? { kind: 'nowhere' } : match(decoded);
    }
    return { kind: 'unknown' };
  };
}

function routeOf(described: DescribedOperation, operation: Operation | undefined): Route {
  const parameters = new Map(
    described.parameters.filter((parameter) => parameter.in === 'path').map((parameter) => [parameter.name, parameter]),
  );
  const spansSegments = (name: string): boolean => parameters.get(name)?.['x-multi-segment'] === true || name === 'base' || name === 'head';
  return {
    method: described.method,
    ...compile(described.path, spansSegments),
    match: (texts) => {
      if (operation === undefined) return { kind: 'missing', id: described.id };
      const params: Record<string, string | number> = {};
      for (const [name, text] of Object.entries(texts)) {
        const isNumber = parameters.get(name)?.schema['type'] === 'integer';
        if (isNumber && !/^\d{1,15}$/.test(text)) return { kind: 'nowhere' };
        params[name] = isNumber ? Number(text) : text;
      }
      return { kind: 'found', operation, described, params };
    },
  };
}

/**
 * A pattern of the path, and its rank: at each segment a literal comes before a parameter, and that before the rest of the path; what ends
 * comes last, so that the `status` of /commits/{ref}/status is no part of the ref.
 */
function compile(path: string, spansSegments: (name: string) => boolean): { pattern: RegExp; rank: string } {
  const source = path.replace(/\{(\w+)\}|[.]/g, (_token, name: string | undefined) =>
    name === undefined ? '\\.' : `(?<${name}>${spansSegments(name) ? '.*?' : '[^/]+'})`,
  );
  // The root of a repository's contents has an empty path; clients leave its slash out.
  const whole = source.replace(/\/(\(\?<path>\.\*\?\))$/, '(?:/$1)?');
  const rank = path
    .split('/')
    .map((segment) => (segment.includes('{') ? (spansSegments(segment.replace(/[{}]/g, '')) ? '~' : '}') : segment))
    .join('/')
    .concat('/\x7f');
  return { pattern: new RegExp(`^${whole}/?$`), rank };
}

function decode(groups: Record<string, string | undefined>): Record<string, string> | undefined {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value ?? '')]));
  } catch {
    return undefined; // a malformed escape
  }
}
