import { TokenCursor } from '../token-cursor.js';

const RULES = {
  blank: /[\s,]+|#[^\n]*/y,
  name: /[A-Za-z_]\w*/y,
  number: /-?\d+(?:\.\d+)?/y,
  text: /"(?:[^"\\\n]|\\.)*"/y,
  sign: /[{}()[\]:$!=]/y,
};

/** A selected field with its arguments and its own selections. */
export interface Selection {
  /** The name in the answer: the alias, or the name of the field. */
  readonly as: string;
  readonly name: string;
  readonly args: Readonly<Record<string, ArgumentValue>>;
  /** Empty for a field without braces. */
  readonly selections: readonly Selection[];
}

export type ArgumentValue = { readonly variable: string } | { readonly literal: unknown };

/** A query operation, without fragments and directives. */
export interface Operation {
  /** Variable → its type, such as `CustomerIdentifierInput!`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly selections: readonly Selection[];
}

/** @throws {QuerySyntaxError} */
export function parseOperation(query: string): Operation {
  const cursor = new TokenCursor(query, RULES);
  let variables: Operation['variables'] = {};
  if (cursor.takeIf('query') !== undefined) {
    if (cursor.next.kind === 'name') cursor.expectKind('name');
    if (cursor.takeIf('(') !== undefined) variables = variableTypes(cursor);
  }
  const selections = selectionSet(cursor);
  cursor.expectEnd();
  return { variables, selections };
}

function variableTypes(cursor: TokenCursor): Operation['variables'] {
  const types: Record<string, string> = {};
  do {
    cursor.expect('$');
    const name = cursor.expectKind('name').text;
    cursor.expect(':');
    types[name] = cursor.expectKind('name').text + (cursor.takeIf('!')?.text ?? '');
  } while (cursor.takeIf(')') === undefined);
  return types;
}

function selectionSet(cursor: TokenCursor): readonly Selection[] {
  cursor.expect('{');
  const selections = [selection(cursor)];
  while (cursor.takeIf('}') === undefined) selections.push(selection(cursor));
  return selections;
}

function selection(cursor: TokenCursor): Selection {
  const first = cursor.expectKind('name').text;
  const name = cursor.takeIf(':') === undefined ? first : cursor.expectKind('name').text;
  const args = cursor.takeIf('(') === undefined ? {} : argumentValues(cursor);
  const isObject = cursor.next.text === '{';
  return { as: first, name, args, selections: isObject ? selectionSet(cursor) : [] };
}

function argumentValues(cursor: TokenCursor): Selection['args'] {
  const args: Record<string, ArgumentValue> = {};
  do {
    const name = cursor.expectKind('name').text;
    cursor.expect(':');
    args[name] = argumentValue(cursor);
  } while (cursor.takeIf(')') === undefined);
  return args;
}

function argumentValue(cursor: TokenCursor): ArgumentValue {
  if (cursor.takeIf('$') !== undefined) return { variable: cursor.expectKind('name').text };
  if (cursor.takeIf('{') !== undefined) return { literal: objectLiteral(cursor) };
  const { kind, text } = cursor.expectKind('text', 'number', 'name');
  return { literal: kind === 'name' ? text : (JSON.parse(text) as unknown) };
}

function objectLiteral(cursor: TokenCursor): unknown {
  const members: Record<string, unknown> = {};
  while (cursor.takeIf('}') === undefined) {
    const name = cursor.expectKind('name').text;
    cursor.expect(':');
    members[name] = JSON.parse(cursor.expectKind('text', 'number').text);
  }
  return members;
}
