/** The shape of a JSON value: its names and types. Runs in worker threads too. */
import { shownName } from './missing-names.ts';

/** A value at one place of an answer. */
export interface ShapeLine {
  /** The path of the value, as JSONata writes it. `$` is the whole value. */
  readonly name: string;
  /** `string`, `number`, `boolean`, `null`, `object`, or `list of 3`. */
  readonly type: string;
  /** Only of a text, a number or a boolean, and only if values are shown. */
  readonly value?: string | number | boolean;
}

const MAX_LINES = 200;
const MAX_DEPTH = 8;
/** A larger object shows its first names only, so that it does not hide the names after it. */
const MAX_MEMBERS = 50;
const MAX_VALUE_LENGTH = 200;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The names and types of a value. A list shows its first item.
 *
 * Guarantees: at most 200 lines, to a depth of 8. Without `showsValues`, no line holds a value.
 *
 * @param exact as in `AnswerBody`: numbers beyond 2^53 are texts in it
 */
export function shapeLines(value: unknown, exact: unknown, showsValues: boolean): ShapeLine[] {
  const lines: ShapeLine[] = [];
  const visit = (name: string, part: unknown, exactPart: unknown, depth: number): void => {
    if (lines.length >= MAX_LINES) return;
    const type = typeName(part);
    lines.push(showsValues && isPlain(part) ? { name, type, value: shownPart(part, exactPart) } : { name, type });
    if (depth >= MAX_DEPTH || typeof part !== 'object' || part === null) return;
    const members = Array.isArray(part) ? firstItem(part) : Object.entries(part);
    for (const [member, content] of members.slice(0, MAX_MEMBERS))
      visit(pathOf(name, member, Array.isArray(part)), content, memberOf(exactPart, member), depth + 1);
    const hidden = members.length - MAX_MEMBERS;
    if (hidden > 0) lines.push({ name: `${name}.…`, type: `${hidden} more names` });
  };
  visit('$', value, exact, 0);
  return lines.slice(0, MAX_LINES);
}

export function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? `list of ${value.length}` : typeof value;
}

function firstItem(list: readonly unknown[]): [string, unknown][] {
  return list.length === 0 ? [] : [['0', list[0]]];
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : undefined;
}

function pathOf(parent: string, member: string, isItem: boolean): string {
  if (isItem) return `${parent}[0]`;
  const shown = shownName(member);
  const name = PLAIN_NAME.test(shown) ? shown : `\`${shown}\``;
  return parent === '$' ? name : `${parent}.${name}`;
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function shownPart(part: string | number | boolean, exact: unknown): string | number | boolean {
  if (typeof part === 'string') return part.slice(0, MAX_VALUE_LENGTH);
  return typeof part === 'number' && typeof exact === 'string' ? exact : part;
}
