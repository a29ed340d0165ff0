// The combinations of a job's matrix, as GitHub makes them: the product of the lists, less `exclude`, and `include` added to or behind it.
import { isDeepStrictEqual } from 'node:util';
import { evaluated, ExpressionProblem, type Contexts } from './expressions.ts';
import type { Matrix } from './workflow.ts';

export type Combination = Readonly<Record<string, unknown>>;

/** GitHub's limit for one job. */
const MOST = 256;

/** @throws ExpressionProblem where an expression does not give what its place needs */
export function combinationsOf(matrix: Matrix, contexts: Contexts): Combination[] {
  const given = typeof matrix === 'string' ? evaluated(matrix, contexts) : matrix;
  if (!isObject(given)) throw new ExpressionProblem('strategy.matrix: the expression does not give an object');
  const { include, exclude, ...dimensions } = given;
  const lists = Object.entries(dimensions).map(([name, values]) => [name, listOf(name, values, contexts)] as const);
  let combinations: Combination[] = lists.length === 0 ? [] : [{}];
  for (const [name, values] of lists) {
    combinations = combinations.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value })));
    if (combinations.length > MOST) break;
  }
  const excluded = objectsOf('exclude', exclude, contexts);
  const kept = combinations.filter((combination) => !excluded.some((pattern) => agrees(combination, pattern)));
  const all = included(kept, objectsOf('include', include, contexts), new Set(Object.keys(dimensions)));
  if (all.length > MOST) throw new ExpressionProblem(`strategy.matrix gives more than ${MOST} jobs`);
  if (all.length === 0) throw new ExpressionProblem('strategy.matrix gives no job');
  return all;
}

function included(combinations: readonly Combination[], includes: readonly Combination[], original: ReadonlySet<string>): Combination[] {
  const result = [...combinations];
  const added: Combination[] = [];
  for (const include of includes) {
    const own = Object.fromEntries(Object.entries(include).filter(([name]) => original.has(name)));
    const fitting = [...combinations.keys()].filter((index) => agrees(combinations[index] ?? {}, own));
    if (fitting.length === 0) added.push(include);
    for (const index of fitting) result[index] = { ...result[index], ...include };
  }
  return [...result, ...added];
}

const agrees = (combination: Combination, pattern: Combination): boolean =>
  Object.entries(pattern).every(([name, value]) => isDeepStrictEqual(combination[name], value));

function listOf(name: string, values: unknown, contexts: Contexts): unknown[] {
  const list = typeof values === 'string' ? evaluated(values, contexts) : values;
  if (!Array.isArray(list)) throw new ExpressionProblem(`strategy.matrix.${name}: the expression does not give a list`);
  return list.map((value: unknown) => (typeof value === 'string' ? evaluated(value, contexts) : value));
}

function objectsOf(name: string, values: unknown, contexts: Contexts): Combination[] {
  if (values === undefined) return [];
  const list = listOf(name, values, contexts);
  if (!list.every(isObject)) throw new ExpressionProblem(`strategy.matrix.${name}: the expression does not give a list of objects`);
  return list;
}

const isObject = (value: unknown): value is Combination => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What GitHub puts in brackets behind the name of a job: the values of its combination. */
export const labelOf = (combination: Combination): string => leaves(combination).join(', ');

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves);
  return value === null ? [] : [JSON.stringify(value)];
}
