/** One of them, by chance. */
export function anyOf<T>(list: readonly T[]): T {
  const chosen = list[Math.floor(Math.random() * list.length)];
  if (chosen === undefined) throw new RangeError('there is nothing to choose from');
  return chosen;
}
