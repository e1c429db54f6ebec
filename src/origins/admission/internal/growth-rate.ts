const MAX_SHARE = 0.4;
/**
 * The growth of one window before the first overload, as a share of the limit. This growth is
 * faster than later growth, because the right order of magnitude is still unknown. With doubling,
 * the search reached twice the capacity. At an origin that slows down suddenly, this costs more
 * answers than the faster start gains.
 */
const SEARCH_SHARE = 0.7;
const FIRST_SHARE = 0.1;
/** A cut to more than this share of the limit means that the limit was nearly right. */
const GENTLE_CUT = 0.85;
/** A window is clearly healthy if at least this share of the tolerance is unused. */
const ROOM_TO_SPARE = 0.3;

/**
 * Decides how fast a limit grows.
 *
 * - Usually the limit grows by half of its square root, so that it moves around the capacity of the
 *   origin in small steps.
 * - Each clearly healthy window counts one more, and each other window one less. From a count of
 *   three on, the step doubles with each window. A capacity that has grown is then soon found.
 */
export class GrowthRate {
  private isFirstSearch = true;
  /** The count of clearly healthy windows, less the other windows. Never below 0. */
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
