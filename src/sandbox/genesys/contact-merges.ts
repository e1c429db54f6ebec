/** The merge that a contact is part of. All contacts are given by their numbers. */
export interface Merge {
  /** The head of the tree. For the head: its own number. */
  readonly canonical: number;
  /** All contacts of the tree, including the head. */
  readonly all: readonly number[];
  readonly from: readonly number[];
  readonly to: number | undefined;
}

/**
 * In each hundred, 48 and 49 were merged into 50, and later 50 and 99 into the hundredth. So four
 * of a hundred contacts are merged. For two of them (48, 49) `mergedTo` does not name the canonical
 * contact: a reader of `mergedTo` must follow it to the end.
 */
const MERGED_INTO: Readonly<Record<number, number>> = { 48: 50, 49: 50, 50: 100, 99: 100 };

/** @returns `undefined` for a contact that is part of no merge */
export function findMerge(n: number): Merge | undefined {
  const hundred = n - (((n - 1) % 100) + 1);
  const place = n - hundred;
  if (MERGED_INTO[place] === undefined && place !== 100) return undefined;
  const sources = Object.keys(MERGED_INTO).map(Number);
  return {
    canonical: hundred + 100,
    all: [...sources, 100].map((source) => hundred + source),
    from: sources.filter((source) => MERGED_INTO[source] === place).map((source) => hundred + source),
    to: MERGED_INTO[place] === undefined ? undefined : hundred + MERGED_INTO[place],
  };
}
