/** Recognizes expressions of query languages around a placeholder outside quotes. */

/** OData, SOQL, SQL and search languages. */
const WORDS = 'eq|ne|gt|ge|lt|le|like|and|or|not';
/** The signs of one word or value, such as `A-` in `A-{id}`. */
const JOINED = '[^\\s=<>!~()\\[\\]{},;&|^]*';
const AFTER_OPERATOR = new RegExp(`(?:[=<>!~]|(?<!\\w)(?:${WORDS})\\s)\\s*${JOINED}$`, 'i');
const BEFORE_OPERATOR = new RegExp(`^${JOINED}\\s*(?:[=<>!~]|\\s(?:${WORDS})\\s)`, 'i');
/** `email:` before a value. A single pair may be no search, such as `tel:{ani}`. */
const AFTER_FIELD = /(?:^|\s|[+-])[\w.]+:[^\s:]*$/;
const BRACKETS = /[()[\]{}]/g;

/**
 * Whether a value is a part of an expression: in brackets, at an operator, or after the field of a
 * search of several terms. Such a value could add its own conditions.
 *
 * Does not guarantee: that every expression is found. The value alone, or joined with a name or a
 * number, counts as plain text.
 *
 * @param text with other signs in place of the quoted parts
 * @param isPath `true`: only brackets count, because a path has other signs
 */
export function isOperand(text: string, mark: number, isPath: boolean): boolean {
  const before = text.slice(0, mark);
  const after = text.slice(mark + 1);
  if (isInBrackets(before)) return true;
  if (isPath) return false;
  const isSearch = /\s/.test(text.trim()) && AFTER_FIELD.test(before);
  return isSearch || AFTER_OPERATOR.test(before) || BEFORE_OPERATOR.test(after);
}

function isInBrackets(before: string): boolean {
  let depth = 0;
  for (const [bracket] of before.matchAll(BRACKETS)) depth = Math.max(0, depth + ('([{'.includes(bracket) ? 1 : -1));
  return depth > 0;
}
