import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';

/** How far the region has heard, as a process reads it from the region's store. */
export interface Heard {
  /**
   * Everything that any region had acknowledged before this moment is applied in this region. By
   * the clock of the region's Redis, Unix milliseconds.
   */
  readonly heardMs: number;
  /** Entries whose load began before are not served: records were missed. 0 means none. */
  readonly floorMs: number;
  /** The clock of the region's Redis when it replied, Unix milliseconds. */
  readonly storeNowMs: number;
  /** When the question to the store was sent, by `Clock`. */
  readonly askedAtMs: number;
  /** Regions from which nothing was heard for `silentAfterMs`. */
  readonly silentRegions: readonly string[];
}

/**
 * Tells how far the region has heard the other regions, as this process knows it. `regions/` writes
 * it; the cache and the agent store read it for every answer.
 *
 * Guarantees: what it says is never newer than the truth. A process that learns nothing more
 * behaves like one that is cut off.
 *
 * With a single region, everything is heard at once, and `isOn` is false.
 */
@Injectable()
export class Hearing {
  /** True if several regions share a log. */
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
    // The reply may be as old as the question, and a floor must not seem earlier than it is.
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

  /** `heardMs` by this process's clock, and never later than it. */
  get heardAtMs(): number {
    return this.sinceMs;
  }

  /** How long ago the last moment was of which everything is heard; 0 with a single region. */
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

  /** Whether a copy without a known begin of its load may be served. */
  isWithin(invalidatedWithinMs: number): boolean {
    return !this.isOn || this.clock.nowMs() - this.sinceMs <= invalidatedWithinMs;
  }
}
