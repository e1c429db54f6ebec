import type { Schema } from './route-description.js';

export const STRING: Schema = { type: 'string' };
export const BOOLEAN: Schema = { type: 'boolean' };
export const INTEGER: Schema = { type: 'integer' };
export const NUMBER: Schema = { type: 'number' };

export function enumOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

export function constant(value: unknown): Schema {
  return { const: value };
}

export function arrayOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** An object of a response, which always has all of these members, and no other members. */
export function closedObject(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', required: Object.keys(properties), properties, additionalProperties: false };
}

/** An object of a request: Datadip ignores members that it does not know. */
export function openObject(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', ...(required.length === 0 ? {} : { required }), properties };
}
