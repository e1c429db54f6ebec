import { unsetInput } from '../../../contracts/unset-input.js';
import { HttpProblem } from '../../../kernel/errors.js';

/** The inputs of a request, as text. An absent input has no member. */
export type Inputs = ReadonlyMap<string, string>;

/**
 * Reads the inputs from the query and the body. If both name an input, the value in the body
 * counts.
 *
 * @throws {HttpProblem} 400 if the body is not an object, or if a value is nested
 */
export function readInputs(query: unknown, body: unknown): Inputs {
  const inputs = new Map<string, string>();
  collect(inputs, query);
  if (body !== undefined) {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new HttpProblem('not_an_object', 400, 'request body is not a JSON object');
    }
    collect(inputs, body);
  }
  return inputs;
}

function collect(inputs: Map<string, string>, source: unknown): void {
  const values = (source ?? {}) as Record<string, unknown>;
  // `Object.entries` would allocate a pair for every input of every hit.
  for (const name of Object.keys(values)) {
    const text = asText(values[name]);
    if (text === undefined || unsetInput(text) === name) inputs.delete(name);
    else inputs.set(name, text);
  }
}

function asText(value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new HttpProblem('nested_value', 400, 'nested input value; allowed: string, number, boolean, null');
}
