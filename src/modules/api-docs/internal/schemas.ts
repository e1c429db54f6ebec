import type { FlatInput, FlatOutput } from '../../../contracts/flat-route.js';
import type { Schema } from './described.js';

export const TEXT: Schema = { type: 'string' };
export const FLAG: Schema = { type: 'boolean' };
export const WHOLE: Schema = { type: 'integer' };
export const NUMBER: Schema = { type: 'number' };

export function words(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

export function always(value: unknown): Schema {
  return { const: value };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** An answer: all members always there, and no others. */
export function exactly(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', required: Object.keys(properties), properties, additionalProperties: false };
}

/** Something that is sent to us: more than we know is tolerated. */
export function accepting(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', ...(required.length === 0 ? {} : { required }), properties };
}

export function outputSchema(outputs: readonly FlatOutput[]): Schema {
  return exactly(
    Object.fromEntries(
      outputs.map(({ name, type, description, words: only }) => [
        name,
        { type, description, ...(only === undefined ? {} : { enum: only }) },
      ]),
    ),
  );
}

export function inputSchema({ description, words: only }: FlatInput): Schema {
  return { type: 'string', description, ...(only === undefined ? {} : { enum: only }) };
}
