import { unsetInput } from '../../../contracts/unset-input.js';
import { HttpProblem } from '../../../kernel/errors.js';

/** What a caller gave, flat, as text; absent values are not in it. */
export type Inputs = ReadonlyMap<string, string>;

/**
 * Reads the inputs from the query and the body, the body's value counting where both name one.
 *
 * @throws {HttpProblem} 400 for a body that is no object and for a nested value
 */
export function readInputs(query: unknown, body: unknown): Inputs {
  const inputs = new Map<string, string>();
  collect(inputs, query);
  if (body !== undefined) {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new HttpProblem('not_an_object', 400, 'the body must be a JSON object');
    }
    collect(inputs, body);
  }
  return inputs;
}

function collect(inputs: Map<string, string>, source: unknown): void {
  for (const [name, value] of Object.entries(source ?? {}) as [string, unknown][]) {
    const text = asText(value);
    if (text === undefined || unsetInput(text) === name) inputs.delete(name);
    else inputs.set(name, text);
  }
}

function asText(value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new HttpProblem('nested_value', 400, 'every value must be a string, a number, a boolean or null');
}
