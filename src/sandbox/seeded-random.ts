/** Returns the next number in [0, 1). */
export type Random = () => number;

/**
 * The generator "mulberry32": the same seed gives the same numbers on every machine. `Math.random`
 * cannot guarantee that.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
