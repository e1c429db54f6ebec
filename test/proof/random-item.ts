/** Returns a random item of the list. */
export function randomItem<T>(list: readonly T[]): T {
  const item = list[Math.floor(Math.random() * list.length)];
  if (item === undefined) throw new RangeError('the list is empty; pass at least one item');
  return item;
}
