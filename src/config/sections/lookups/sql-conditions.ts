/** Finds conditions of SQL that no row meets, because an input that they compare is NULL. */
import { tokensOf, MARK, type SqlDialect, type Token } from './sql-text.js';
import type { Template } from './template.js';

/** A part of the code, and whether its template is NULL. */
interface Part {
  readonly text: string;
  readonly isNull: boolean;
}
type Parts = readonly Part[];

/** Ends the condition of WHERE. */
const AFTER_WHERE: ReadonlySet<string> = new Set(
  'group having window order limit offset fetch for union intersect except'.split(' '),
);
/** The check reads no condition that has one of these. `|` is OR in MySQL. */
const NOT_READ: ReadonlySet<string> = new Set(['case', 'between', 'xor', '|', '&']);
const COMPARISON = /^(?:[=<>]|< =|> =|< >|! =|like|ilike)$/;
/** A name, a text, a number or a template, also with a cast or in a function that keeps NULL. */
const OPERAND = /^(?:(?:lower|upper|trim) \( )?(?:'.*'|"[^"]*"|[\w$`]+|\0)(?: \. ["\w$`]+){0,2}(?: : : \w+)?(?: \))?$/s;

/**
 * Whether the statement certainly finds no row if only some inputs are given, because a condition
 * of its WHERE compares with NULL.
 *
 * Does not guarantee: that every such statement is found. Conditions of subqueries and of JOIN, and
 * those with CASE, BETWEEN or a function, count as met.
 */
export function findsNoRow({ literals, placeholders }: Template, given: readonly string[], dialect: SqlDialect) {
  const tokens = tokensOf(literals.join(MARK), dialect) ?? [];
  let at = 0;
  const parts = tokens
    .filter(({ kind }) => kind !== 'space' && kind !== 'comment')
    .map((token): Part => {
      const input = token.kind === 'template' ? placeholders[at++]?.input : undefined;
      return { text: textOf(token), isNull: input !== undefined && !given.includes(input) };
    });
  const selects = splitAt(parts, ['union', 'intersect', 'except']);
  return selects.every((select) => {
    const where = whereOf(select);
    return !where.some(({ text }) => NOT_READ.has(text)) && isNeverMet(where);
  });
}

function textOf({ kind, text }: Token): string {
  return kind === 'word' ? text.toLowerCase() : text;
}

/** The condition of the outermost WHERE. Empty if there is none. */
function whereOf(select: Parts): Parts {
  const depths = depthsOf(select);
  const start = select.findIndex(({ text }, at) => depths[at] === 0 && text === 'where');
  if (start < 0) return [];
  const end = select.findIndex(({ text }, at) => at > start && depths[at] === 0 && AFTER_WHERE.has(text));
  return select.slice(start + 1, end < 0 ? undefined : end);
}

function isNeverMet(condition: Parts): boolean {
  const choices = splitAt(condition, ['or']);
  if (choices.length > 1) return choices.every(isNeverMet);
  const needed = splitAt(condition, ['and']);
  if (needed.length > 1) return needed.some(isNeverMet);
  return isInBrackets(condition) ? isNeverMet(condition.slice(1, -1)) : comparesWithNull(condition);
}

function comparesWithNull(condition: Parts): boolean {
  const first = condition.findIndex(({ text }) => /^(?:[=<>!]|like|ilike)$/.test(text));
  if (first < 0 || !condition.some(({ isNull }) => isNull)) return false;
  const last = condition.findLastIndex(({ text }) => /^(?:[=<>]|like|ilike)$/.test(text));
  const [left, sign, right] = [condition.slice(0, first), condition.slice(first, last + 1), condition.slice(last + 1)];
  return COMPARISON.test(joined(sign)) && OPERAND.test(joined(left)) && OPERAND.test(joined(right));
}

function joined(parts: Parts): string {
  return parts.map(({ text }) => text).join(' ');
}

function isInBrackets(parts: Parts): boolean {
  const depths = depthsOf(parts);
  return parts[0]?.text === '(' && depths.findIndex((depth, at) => at > 0 && depth === 0) === parts.length - 1;
}

/** Splits at words outside brackets. */
function splitAt(parts: Parts, words: readonly string[]): readonly Parts[] {
  const depths = depthsOf(parts);
  const split: Part[][] = [[]];
  parts.forEach((part, at) => {
    if (depths[at] === 0 && words.includes(part.text)) split.push([]);
    else split.at(-1)?.push(part);
  });
  return split;
}

/** The number of brackets around each part. A closing bracket has the depth of its opening one. */
function depthsOf(parts: Parts): readonly number[] {
  let depth = 0;
  return parts.map(({ text }) => {
    if (text === ')') depth -= 1;
    const own = depth;
    if (text === '(') depth += 1;
    return own;
  });
}
