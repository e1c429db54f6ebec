import { readVariable, UNREAD, type Env } from '../environment/variables.js';

/**
 * A text that came, wholly or in part, from the environment. Such a text differs from written text
 * in two ways. The schema may convert it to a number or a boolean, and no error shows it.
 */
export class Substituted {
  /** @param values the values of the variables, each of which the text holds */
  constructor(
    readonly text: string,
    readonly values: readonly string[],
  ) {}
}

/** The values of all variables that a part of the file took from the environment. */
export function substitutedIn(value: unknown): readonly string[] {
  if (value instanceof Substituted) return value.values;
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(substitutedIn) : [];
}

/** Whether a value of the file is a map. */
export function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Substituted);
}

/**
 * A place without a value. The missing variable is reported already, so no check reports the place
 * again.
 */
export const UNREADABLE: unique symbol = Symbol('unreadable');

export type Filled =
  { readonly value: string | Substituted } | { readonly value: typeof UNREADABLE; readonly missing: readonly string[] };

const PLACEHOLDER = /\$\{([A-Z_][A-Z0-9_]*)\}/g;

/*
 * YAML reads the braces of an unquoted `${NAME}` inside `{ }` or `[ ]` as a map. So each
 * placeholder is masked before the text is parsed. The mask uses code points that Unicode reserves
 * for internal use, and has the same length, so that columns stay correct.
 */
const MASKED = /\uFDD0\uFDD0([A-Z_][A-Z0-9_]*)\uFDD1/g;

export function maskPlaceholders(text: string): string {
  return text.replace(PLACEHOLDER, '\uFDD0\uFDD0$1\uFDD1');
}

/** The names of all placeholders in a file. */
export function placeholderNames(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/** Restores the placeholders in names and messages, which are not filled. */
export function unmask(masked: string): string {
  return masked.replace(MASKED, '${$1}');
}

/** Replaces every placeholder of one scalar. Placeholders in the replacement stay unchanged. */
export function fill(masked: string, env: Env): Filled {
  const names = [...masked.matchAll(MASKED)].map(([, name = '']) => name);
  if (names.length === 0) return { value: masked };
  const missing = new Set(names.filter((name) => readVariable(env, name) === undefined));
  const isUnread = names.some((name) => readVariable(env, name) === UNREAD);
  if (missing.size > 0 || isUnread) return { value: UNREADABLE, missing: [...missing] };
  const valueOf = (name: string): string => readVariable(env, name) ?? '';
  const text = masked.replace(MASKED, (_, name: string) => valueOf(name));
  return { value: new Substituted(text, names.map(valueOf)) };
}
