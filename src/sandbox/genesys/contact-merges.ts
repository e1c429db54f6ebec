/** Where a contact stands among those merged with it, all by their numbers. */
export interface Merge {
  /** The head of the tree. Itself, for the head. */
  readonly canonical: number;
  /** Everybody in the tree, the head among them. */
  readonly all: readonly number[];
  readonly from: readonly number[];
  readonly to: number | undefined;
}

/**
 * In each hundred, 48 and 49 were merged into 50, and later 50 and 99 into the hundredth. So four contacts of a hundred are merged, and
 * of two of them (48, 49) the canonical one is not the one they were merged to: who follows `mergedTo` must follow it to the end.
 */
const INTO: Readonly<Record<number, number>> = { 48: 50, 49: 50, 50: 100, 99: 100 };

/** @returns undefined for a contact that is part of no merge */
export function mergeOf(n: number): Merge | undefined {
  const hundred = n - (((n - 1) % 100) + 1);
  const place = n - hundred;
  if (INTO[place] === undefined && place !== 100) return undefined;
  const sources = Object.keys(INTO).map(Number);
  return {
    canonical: hundred + 100,
    all: [...sources, 100].map((one) => hundred + one),
    from: sources.filter((one) => INTO[one] === place).map((one) => hundred + one),
    to: INTO[place] === undefined ? undefined : hundred + INTO[place],
  };
}
