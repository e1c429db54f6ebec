import { z } from 'zod';

/**
 * The fault of a system's lists.
 *
 * - `omittedEntry`: the last entry of the first page is missing, although the total counts it.
 * - `missingPage`: the second page does not exist, although the total announces it.
 * - `empty`: every list is empty.
 * - `null`: nothing.
 */
export const BROKEN_LIST = z.enum(['omittedEntry', 'missingPage', 'empty']).nullable();
export type BrokenList = z.infer<typeof BROKEN_LIST>;

/** The entries of one page, and the number of entries on all pages. */
interface ListedPage<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

/**
 * @param at the index of the page; 0 is the first page
 * @param skip the number of entries on the pages before
 * @returns `undefined` if the page is missing
 */
export function listedPage<Item>(
  all: readonly Item[],
  { at, skip, size }: { readonly at: number; readonly skip: number; readonly size: number },
  broken: BrokenList,
): ListedPage<Item> | undefined {
  if (broken === 'missingPage' && at === 1) return undefined;
  const entries = broken === 'empty' ? [] : all;
  const omitted = broken === 'omittedEntry' ? size - 1 : -1;
  const items = entries.slice(skip, skip + size).filter((_, index) => skip + index !== omitted);
  return { items, total: entries.length };
}
