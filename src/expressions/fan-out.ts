/** The length of text that counts as one item. */
const CHARACTERS_PER_ITEM = 256;

/**
 * The most items that a path of names finds in a JSON value: one, and one for each item of a list.
 * Long text counts as several. Objects do not count, because a path takes one member of each. Stops
 * above `max`.
 */
export function fanOutOf(value: unknown, max: number): number {
  const pending: unknown[] = [value];
  let items = 1;
  while (pending.length > 0 && items <= max) {
    const item = pending.pop();
    if (typeof item === 'string') items += Math.floor(item.length / CHARACTERS_PER_ITEM);
    if (typeof item !== 'object' || item === null) continue;
    if (Array.isArray(item)) items += item.length;
    if (items <= max) for (const member of Object.values(item)) pending.push(member);
  }
  return items;
}
