// What a message of a webhook means to the hook that it came to: whether it starts something, and which goal it makes. Pure.
import type { Condition, Hook, Scalar } from '../contracts/hook.ts';

/** `ignore`: the condition is not met. `missing`: a path of the template that is not there, or is no text, number or flag. */
export type Heard =
  { readonly state: 'start'; readonly goal: string } | { readonly state: 'ignore' } | { readonly state: 'missing'; readonly path: string };

export function hear({ dispatchCondition, goalTemplate }: Pick<Hook, 'dispatchCondition' | 'goalTemplate'>, message: unknown): Heard {
  if (dispatchCondition !== null && !isMet(dispatchCondition, message)) return { state: 'ignore' };
  const missing: string[] = [];
  const goal = goalTemplate.replaceAll(PLACE, (_whole, path: string) => {
    const value = at(message, path);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    missing.push(path);
    return '';
  });
  const [first] = missing;
  if (first !== undefined) return { state: 'missing', path: first };
  return goal.trim() === '' ? { state: 'missing', path: pathsOf(goalTemplate)[0] ?? '$' } : { state: 'start', goal: goal.trim() };
}

const PLACE = /\{\{\s*(\$[^{}\s]*)\s*\}\}/g;

/** Paths that a template names. */
export const pathsOf = (template: string): string[] => [...template.matchAll(PLACE)].map(([, path = '']) => path);

function isMet(condition: Condition, message: unknown): boolean {
  if ('all' in condition) return condition.all.every((one) => isMet(one, message));
  if ('any' in condition) return condition.any.some((one) => isMet(one, message));
  if ('not' in condition) return !isMet(condition.not, message);
  const value = at(message, condition.path);
  if ('exists' in condition) return (value !== undefined) === condition.exists;
  if ('equals' in condition) return value === condition.equals;
  if ('in' in condition) return condition.in.includes(value as Scalar);
  if (Array.isArray(value)) return value.includes(condition.contains);
  return typeof value === 'string' && typeof condition.contains === 'string' && value.includes(condition.contains);
}

/** Undefined where there is nothing. Only what the message itself has, nothing that objects inherit. */
function at(message: unknown, path: string): unknown {
  let value = message;
  for (const [, name, index] of path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = name ?? index ?? '';
    if (Array.isArray(value) !== (index !== undefined) || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
