// The inputs of a workflow that is started by hand: what was given, held against what the workflow asks for.
import type { DispatchInput } from './workflow.ts';

type Inputs = Record<string, string | number | boolean>;

/** @returns every input with its value, or a sentence that says what is wrong, in GitHub's words */
export function dispatchInputs(asked: Readonly<Record<string, DispatchInput>>, given: Readonly<Record<string, unknown>>): Inputs | string {
  const unexpected = Object.keys(given).filter((name) => !Object.hasOwn(asked, name));
  if (unexpected.length > 0) return `Unexpected inputs provided: ${JSON.stringify(unexpected)}`;
  const inputs: Inputs = {};
  for (const [name, input] of Object.entries(asked)) {
    const value = given[name] ?? input.default ?? (input.type === 'boolean' ? false : '');
    if (value === '' && input.required === true) return `Required input '${name}' not provided`;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return `Provided value for input '${name}' is not a text, a number or a flag`;
    const typed = typedAs(input, value);
    if (typed === undefined)
      return `Provided value '${String(value)}' for input '${name}' not in the list of allowed values or not a ${input.type ?? 'string'}`;
    inputs[name] = typed;
  }
  return inputs;
}

function typedAs(input: DispatchInput, value: string | number | boolean): string | number | boolean | undefined {
  const text = String(value);
  switch (input.type) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'number':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text === '' ? '' : undefined;
    case 'choice':
      return (input.options ?? []).includes(text) || text === '' ? text : undefined;
    case 'string':
    case 'environment':
    case undefined:
      return text;
  }
}
