const MAX_SHARE = 0.4;
/**
 * The share before the first overload. Growth is faster then, because the search must find the
 * right region first. Doubling found a steep knee at twice its height, and lost there what it had
 * won.
 */
const SEARCH_SHARE = 0.7;
const FIRST_SHARE = 0.1;
/** A cut to more than this share of the limit means that the limit was nearly right. */
const GENTLE_CUT = 0.85;
/** A window has no complaint if at least this share of the tolerance is unused. */
const ROOM_TO_SPARE = 0.3;

/**
 * Decides how fast a limit grows. At first by its square root, so that a limit near the knee moves
 * around it in small steps. After several windows without complaint the step doubles with each
 * window, so that a knee that has moved up is found in seconds.
 */
export class GrowthRate {
  private isFirstSearch = true;
  /** Consecutive windows that used the limit without complaint. */
  private streak = 0;

  /**
   * Returns the limit after a window that used it.
   *
   * @param room the unused part of the tolerance, from 0 to 1
   */
  grow(limit: number, room: number): number {
    this.streak = room > ROOM_TO_SPARE ? this.streak + 1 : Math.max(0, this.streak - 1);
    return limit + room * Math.max(Math.sqrt(limit) / 2, limit * this.share());
  }

  recordCut(from: number, to: number): void {
    this.isFirstSearch = false;
    this.streak = to > GENTLE_CUT * from ? Math.max(0, this.streak - 2) : 0;
  }

  private share(): number {
    if (this.isFirstSearch) return SEARCH_SHARE;
    return this.streak > 2 ? Math.min(MAX_SHARE, FIRST_SHARE * 2 ** (this.streak - 3)) : 0;
  }
}
