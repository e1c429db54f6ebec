import { given, type Env } from './env.js';

/**
 * A text that came, wholly or in part, from the environment. It stands apart from written text for two reasons: the schema may read
 * it as a number or a flag where one is wanted, and it is never printed.
 */
export class Substituted {
  constructor(readonly text: string) {}
}

/** A place whose value could not be had. Why is already reported, so nothing more is said about it. */
export const UNREADABLE: unique symbol = Symbol('unreadable');

export type Filled =
  { readonly value: string | Substituted } | { readonly value: typeof UNREADABLE; readonly missing: readonly string[] };

const PLACEHOLDER = /\$\{([A-Z_][A-Z0-9_]*)\}/g;

/*
 * YAML reads the braces of an unquoted `${NAME}` inside `{ }` or `[ ]` as a map. So each placeholder is masked before the text is
 * parsed, by code points that no text holds (Unicode keeps them for a program's own use), in the same length: columns stay true.
 */
const MASKED = /\uFDD0\uFDD0([A-Z_][A-Z0-9_]*)\uFDD1/g;

export function maskPlaceholders(text: string): string {
  return text.replace(PLACEHOLDER, '\uFDD0\uFDD0$1\uFDD1');
}

/** As it was written: for names and messages, where nothing is replaced. */
export function unmask(masked: string): string {
  return masked.replace(MASKED, '${$1}');
}

/** Replaces every placeholder of one scalar. What it is replaced by is not looked at again. */
export function fill(masked: string, env: Env): Filled {
  const names = [...masked.matchAll(MASKED)].map(([, name = '']) => name);
  if (names.length === 0) return { value: masked };
  const missing = new Set(names.filter((name) => given(env, name) === undefined));
  if (missing.size > 0) return { value: UNREADABLE, missing: [...missing] };
  return { value: new Substituted(masked.replace(MASKED, (_, name: string) => given(env, name) ?? '')) };
}
