// The expressions of workflows, `${{ … }}`: parsed and evaluated by GitHub's own library; here is what the runner adds to it: where
// expressions stand in text, the functions that know a job (success(), hashFiles(), …), and the success() that an `if` implies.
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { TokenType } from '@actions/expressions/lexer';

/** Contexts by name (`github`, `env`, …), as plain JSON. */
export type Contexts = Readonly<Record<string, unknown>>;

/** What the functions of a job or step answer. */
export interface Standing {
  readonly success: boolean;
  readonly failure: boolean;
  readonly cancelled: boolean;
  /** The digest of the files that match; only steps have files. */
  readonly hashFiles?: (patterns: readonly string[]) => string;
}

/** An expression that can't be parsed or evaluated: a mistake in a workflow, never one of the forge. */
export class ExpressionProblem extends Error {}

const CONTEXTS = ['github', 'env', 'vars', 'job', 'runner', 'steps', 'secrets', 'strategy', 'matrix', 'needs', 'inputs'];
const STATUS_FUNCTIONS = ['success', 'failure', 'always', 'cancelled'];
const FUNCTIONS = [...STATUS_FUNCTIONS.map((name) => ({ name, minArgs: 0, maxArgs: 0 })), { name: 'hashfiles', minArgs: 1, maxArgs: 255 }];

/** What is wrong with an expression (without `${{ }}`), or undefined. */
export function problemOfExpression(expression: string): string | undefined {
  try {
    parse(expression);
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionProblem) return error.message;
    throw error;
  }
}

/** The expressions that stand in a text, without their braces; `undefined` for one that is not closed. */
export function expressionsIn(text: string): (string | undefined)[] {
  return partsOf(text).flatMap((part) => ('expression' in part ? [part.expression] : []));
}

/** A value of the workflow file: a text that is one expression as a whole gives what that evaluates to, others give text. */
export function evaluated(text: string, contexts: Contexts, standing?: Standing): unknown {
  const parts = partsOf(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && 'expression' in only) return toPlain(evaluate(only.expression ?? '', contexts, standing));
  return interpolated(text, contexts, standing);
}

/** A text with its expressions replaced by what they evaluate to, as text. */
export function interpolated(text: string, contexts: Contexts, standing?: Standing): string {
  return partsOf(text)
    .map((part) => ('text' in part ? part.text : evaluate(part.expression ?? '', contexts, standing).coerceString()))
    .join('');
}

/** Whether an `if` holds. Without a function that asks for the status, it holds only after success. */
export function holds(condition: string | undefined, contexts: Contexts, standing: Standing): boolean {
  const expression = conditionOf(condition ?? '');
  if (expression === '') return standing.success;
  if (!asksForStatus(expression) && !standing.success) return false;
  const { kind, ...value } = evaluate(expression, contexts, standing);
  if (kind === data.Kind.Null) return false;
  return 'value' in value ? Boolean(value.value) : true;
}

/** An `if` may stand with or without braces. */
export function conditionOf(condition: string): string {
  const trimmed = condition.trim();
  const parts = partsOf(trimmed);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && 'expression' in only) return (only.expression ?? '').trim();
  return parts.some((part) => 'expression' in part)
    ? `format('${parts.map((part, index) => ('text' in part ? escaped(part.text) : `{${indexOfExpression(parts, index)}}`)).join('')}', ${expressionsIn(trimmed).join(', ')})`
    : trimmed;
}

const escaped = (text: string): string => text.replaceAll("'", "''").replaceAll('{', '{{').replaceAll('}', '}}');

const indexOfExpression = (parts: readonly Part[], index: number): number =>
  parts.slice(0, index).filter((part) => 'expression' in part).length;

function asksForStatus(expression: string): boolean {
  const { tokens } = new Lexer(expression).lex();
  return tokens.some(({ type, lexeme }) => type === TokenType.IDENTIFIER && STATUS_FUNCTIONS.includes(lexeme.toLowerCase()));
}

type Part = { readonly text: string } | { readonly expression: string | undefined };

/** Splits a text at its expressions. Braces within the strings of an expression do not close it. */
function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('${{', at);
    if (open < 0) break;
    if (open > at) parts.push({ text: text.slice(at, open) });
    const found = /^(?:'[^']*'|[^'])*?\}\}/.exec(text.slice(open + 3));
    if (found === null) return [...parts, { expression: undefined }];
    parts.push({ expression: found[0].slice(0, -2).trim() });
    at = open + 3 + found[0].length;
  }
  return at < text.length || parts.length === 0 ? [...parts, { text: text.slice(at) }] : parts;
}

function parse(expression: string): ReturnType<Parser['parse']> {
  try {
    return new Parser(new Lexer(expression).lex().tokens, CONTEXTS, FUNCTIONS).parse();
  } catch (error) {
    // The library throws errors of its own for some mistakes and plain ones for others.
    throw new ExpressionProblem(`${error instanceof Error ? error.message : String(error)} (in "${expression}")`);
  }
}

function evaluate(expression: string, contexts: Contexts, standing?: Standing): data.ExpressionData {
  const parsed = parse(expression);
  const all = Object.fromEntries(CONTEXTS.map((name) => [name, contexts[name] ?? {}]));
  const dictionary = JSON.parse(JSON.stringify(all), data.reviver) as data.Dictionary;
  try {
    return new Evaluator(parsed, dictionary, functionsOf(standing)).evaluate();
  } catch (error) {
    // The library throws plain errors for what can't be evaluated, such as fromJSON of a text that is no JSON.
    throw new ExpressionProblem(`${error instanceof Error ? error.message : String(error)} (in "${expression}")`);
  }
}

type Functions = NonNullable<ConstructorParameters<typeof Evaluator>[2]>;

function functionsOf(standing: Standing | undefined): Functions {
  const answers: Record<string, boolean> = {
    success: standing?.success ?? true,
    failure: standing?.failure ?? false,
    cancelled: standing?.cancelled ?? false,
    always: true,
  };
  const functions: Functions = new Map(
    Object.entries(answers).map(([name, answer]) => [name, { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer) }]),
  );
  functions.set('hashfiles', {
    name: 'hashFiles',
    minArgs: 1,
    maxArgs: 255,
    call: (...patterns) => {
      if (standing?.hashFiles === undefined) throw new Error('hashFiles() is for steps: there are no files here');
      return new data.StringData(standing.hashFiles(patterns.map((pattern) => pattern.coerceString())));
    },
  });
  return functions;
}

const toPlain = (value: data.ExpressionData): unknown => JSON.parse(JSON.stringify(value, data.replacer)) as unknown;
