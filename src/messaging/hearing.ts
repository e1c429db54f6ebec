import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';

/** How far the region has heard, as a process reads it from the region's store. */
export interface Heard {
  /**
   * The region has applied every invalidation that any region acknowledged before this moment. By
   * the clock of its Redis, Unix milliseconds.
   */
  readonly heardMs: number;
  /**
   * The floor: entries whose load began before this moment are not served, because records may have
   * been missed. 0 means that no record was missed.
   */
  readonly floorMs: number;
  /** The clock of the region's Redis when it replied, Unix milliseconds. */
  readonly storeNowMs: number;
  /** When the process sent the read to the store, by `Clock`. */
  readonly askedAtMs: number;
  /** The regions of which this region has applied no new heartbeat for `silentAfterMs`. */
  readonly silentRegions: readonly string[];
}

/**
 * How far the region has heard the other regions, as far as this process knows. `regions/` updates
 * this object; the cache and the agent store read it for every answer.
 *
 * Guarantees: `heardMs` may be too early, but never too late. If a process gets no more updates,
 * its `heardMs` becomes old, and the process behaves as if the region were cut off.
 *
 * With a single region, everything is heard at once, and `isOn` is false.
 */
@Injectable()
export class Hearing {
  /** `true` if several regions share a log. */
  isOn = false;
  private heard: Heard = { heardMs: 0, floorMs: 0, storeNowMs: 0, askedAtMs: 0, silentRegions: [] };
  private sinceMs = -Infinity;
  private floorAtMs = -Infinity;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  /** Called once at start, with several regions. */
  switchOn(): void {
    this.isOn = true;
  }

  update(heard: Heard): void {
    // The reply may be as old as the read, and the floor must not be too early.
    if (heard.floorMs > this.heard.floorMs) this.floorAtMs = this.clock.nowMs() - heard.storeNowMs + heard.floorMs;
    this.heard = heard;
    this.sinceMs = heard.askedAtMs - Math.max(0, heard.storeNowMs - heard.heardMs);
    for (const listener of this.listeners) listener();
  }

  /** The listener runs after each update. */
  onUpdate(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** By the clock of the region's Redis, for scripts: they compare it with their own time. */
  get heardMs(): number {
    return this.heard.heardMs;
  }

  get floorMs(): number {
    return this.heard.floorMs;
  }

  get silentRegions(): readonly string[] {
    return this.heard.silentRegions;
  }

  /**
   * `heardMs` by the clock of this process. If the conversion is not exact, the result is too
   * early, never too late.
   */
  get heardAtMs(): number {
    return this.sinceMs;
  }

  /** The age of the heard-up-to time; 0 with a single region. */
  ageMs(): number {
    return this.isOn ? this.clock.nowMs() - this.sinceMs : 0;
  }

  /**
   * A read may get a value only if its load began at this moment or later; by `Clock`. An earlier
   * value is refused: another region may have invalidated it more than `invalidatedWithinMs` before
   * the read. `-Infinity` means that every value may be served.
   *
   * @param readAtMs when the read began
   */
  earliestLoadMs(invalidatedWithinMs: number, readAtMs: number): number {
    if (!this.isOn) return -Infinity;
    const isHeard = readAtMs - this.sinceMs <= invalidatedWithinMs;
    return isHeard ? this.floorAtMs : Math.max(this.floorAtMs, readAtMs - invalidatedWithinMs);
  }

  /** Whether a copy may be served whose load has no known start. */
  isWithin(invalidatedWithinMs: number): boolean {
    return !this.isOn || this.clock.nowMs() - this.sinceMs <= invalidatedWithinMs;
  }
}
