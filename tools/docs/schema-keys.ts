import type { z } from 'zod';
import { code } from './blocks.ts';

/** The part of a zod definition that this file walks. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly defaultValue?: unknown;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly values?: readonly unknown[];
}

/** A key of the file. */
export interface Key {
  readonly path: readonly string[];
  /** The words of the schema for what is allowed. */
  readonly allowed: string;
  readonly fallback: string;
}

function definitionOf(schema: z.ZodType): Definition {
  return schema.def;
}

/** The keys of a schema of the file, in the order of the schema. */
export function keysOf(schema: z.ZodType, path: readonly string[] = [], fallback = 'required'): Key[] {
  const { shape, options } = definitionOf(schema);
  const kinds = kindsOf(schema);
  if (kinds !== undefined) return kinds.flatMap(([kind, part]) => keysOf(part, ofKind(path, kind), fallback));
  if (shape !== undefined) {
    return Object.entries(shape).flatMap(([name, part]) => keysOf(part, [...path, name], 'required'));
  }
  if (options !== undefined) return variantKeys(options, path, fallback);
  return wrappedKeys(schema, path, fallback) ?? heldKeys(schema, path, fallback);
}

/** The kinds of one block of the file, each with its schema: see `eitherKind`. */
function kindsOf(schema: z.ZodType): readonly (readonly [string, z.ZodType])[] | undefined {
  const kinds = schema.meta()?.kinds;
  return kinds === undefined ? undefined : Object.entries(kinds as Record<string, z.ZodType>);
}

/** The path of a kind names the kind at the list or the map, except for the usual kind. */
function ofKind(path: readonly string[], kind: string): readonly string[] {
  if (kind === 'usual') return path;
  const at = path.at(-1) === '[]' ? path.length - 2 : path.length - 1;
  return path.map((step, position) => (position === at ? `${step}(${kind})` : step));
}

/** The keys of a schema that only wraps another one. `undefined` means that it wraps none. */
function wrappedKeys(schema: z.ZodType, path: readonly string[], fallback: string): Key[] | undefined {
  const { type, innerType, defaultValue, in: input, out } = definitionOf(schema);
  if (type === 'optional' && innerType !== undefined) {
    return keysOf(innerType, path, fallback === 'required' ? 'none' : fallback);
  }
  if (innerType !== undefined) {
    return keysOf(innerType, path, defaultValue === undefined ? fallback : code(shown(defaultValue)));
  }
  if (type !== 'pipe' || input === undefined || out === undefined) return undefined;
  return keysOf(definitionOf(input).type === 'transform' ? out : input, path, fallback);
}

/** The keys inside a map or a list, or the one key of a plain value. */
function heldKeys(schema: z.ZodType, path: readonly string[], fallback: string): Key[] {
  const { valueType, element } = definitionOf(schema);
  if (valueType !== undefined && hasKeys(valueType)) return keysOf(valueType, [...path, '<name>'], 'required');
  const key: Key = { path, allowed: allowedBy(schema), fallback };
  if (element === undefined || !hasKeys(element)) return [key];
  return [{ ...key, path: [...path, '[]'] }, ...keysOf(element, [...path, '[]'], 'required')];
}

/**
 * The keys of a union that `type` decides: first the type, then the keys of each variant. The path
 * of a variant names its type.
 */
function variantKeys(options: readonly z.ZodType[], path: readonly string[], fallback: string): Key[] {
  const types = options.map((option) => typeOf(option));
  const defaults = options.map((option) => definitionOf(definitionOf(option).shape?.type ?? option).defaultValue);
  const usual = defaults.find((value) => value !== undefined);
  const own = usual === undefined ? fallback : code(shown(usual));
  const choice: Key = { path: [...path, 'type'], allowed: types.map(code).join(', '), fallback: own };
  const keys = options.flatMap((option, at) => {
    const variant = [...path.slice(0, -1), `${path.at(-1) ?? ''}(${types[at] ?? ''})`];
    return keysOf(option, variant, 'required').filter((key) => key.path.at(-1) !== 'type');
  });
  return [choice, ...keys];
}

function typeOf(option: z.ZodType): string {
  const { shape } = definitionOf(option);
  if (shape?.type === undefined) return '';
  const type = definitionOf(shape.type);
  return String((type.innerType === undefined ? type : definitionOf(type.innerType)).values?.[0]);
}

function hasKeys(schema: z.ZodType): boolean {
  const { type, innerType, shape, options, in: input, out } = definitionOf(schema);
  if (shape !== undefined || options !== undefined || kindsOf(schema) !== undefined) return true;
  if (innerType !== undefined) return hasKeys(innerType);
  return type === 'pipe' && input !== undefined && out !== undefined && (hasKeys(input) || hasKeys(out));
}

/** The schema describes what it allows when it refuses a value that fits nowhere. */
function allowedBy(schema: z.ZodType): string {
  const result = schema.safeParse(null);
  const message = result.success ? 'any value' : (result.error.issues[0]?.message ?? '');
  return message.replace(/^must be (an? )?/, '').replace(/; allowed: /, ', ');
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}
