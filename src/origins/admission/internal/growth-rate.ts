const FASTEST = 0.4;
/**
 * Until the limit has been too much once it grows faster: what is not known yet is where to search, not how finely. Doubling found a steep
 * knee at twice its height, and lost there what it had won.
 */
const FASTEST_AT_FIRST = 0.7;
const FIRST = 0.1;
/** A cut this small says that the limit was nearly right. */
const GENTLE = 0.85;
/** So much of the tolerance must be left for a window to count as one without complaint. */
const ROOM_TO_SPARE = 0.3;

/**
 * How fast a limit may grow. The square root of it at first, so that a limit near the knee moves in small steps around it; then doubling
 * while nothing speaks against it, so that a knee that has come back is found in seconds.
 */
export class GrowthRate {
  private isFirstSearch = true;
  /** Windows in a row that were used, and without complaint. */
  private streak = 0;

  /** The limit after a window at it that left so much of the tolerance, from 0 to 1. */
  grown(limit: number, room: number): number {
    this.streak = room > ROOM_TO_SPARE ? this.streak + 1 : Math.max(0, this.streak - 1);
    return limit + room * Math.max(Math.sqrt(limit) / 2, limit * this.share());
  }

  cut(from: number, to: number): void {
    this.isFirstSearch = false;
    this.streak = to > GENTLE * from ? Math.max(0, this.streak - 2) : 0;
  }

  private share(): number {
    if (this.isFirstSearch) return FASTEST_AT_FIRST;
    return this.streak > 2 ? Math.min(FASTEST, FIRST * 2 ** (this.streak - 3)) : 0;
  }
}
