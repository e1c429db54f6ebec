/** Processes one after the other, so that a store that fails gets no further events. */
export async function inOrder<Item, Result>(
  items: readonly Item[],
  process: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await process(item));
  return results;
}
