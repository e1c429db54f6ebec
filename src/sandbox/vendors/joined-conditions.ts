import type { TokenCursor } from './token-cursor.js';

export type Condition<Item> = (item: Item) => boolean;

/** Reads one condition, without AND and OR. */
type ReadCondition<Item> = (cursor: TokenCursor) => Condition<Item>;

/**
 * Reads conditions that are joined by AND and OR, with parentheses. AND binds closer than OR.
 *
 * @throws {QuerySyntaxError}
 */
export function joinedConditions<Item>(cursor: TokenCursor, read: ReadCondition<Item>): Condition<Item> {
  const options = [conjunction(cursor, read)];
  while (cursor.takeIf('or') !== undefined) options.push(conjunction(cursor, read));
  return (item) => options.some((matches) => matches(item));
}

function conjunction<Item>(cursor: TokenCursor, read: ReadCondition<Item>): Condition<Item> {
  const parts = [condition(cursor, read)];
  while (cursor.takeIf('and') !== undefined) parts.push(condition(cursor, read));
  return (item) => parts.every((matches) => matches(item));
}

function condition<Item>(cursor: TokenCursor, read: ReadCondition<Item>): Condition<Item> {
  if (cursor.takeIf('(') === undefined) return read(cursor);
  const inner = joinedConditions(cursor, read);
  cursor.expect(')');
  return inner;
}
