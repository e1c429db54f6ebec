import type { DoubtReason } from './heard-note.js';

/** How far this region has heard another region. */
export interface HeardRegion {
  readonly name: string;
  /**
   * Everything that the other region wrote about agents before this time is applied here. 0 means
   * that it was never heard.
   */
  readonly heardMs: number;
  readonly isSilent: boolean;
  /**
   * The identity of its store, its key fingerprint and its homes. '' means that it was never heard.
   */
  readonly store: string;
  readonly key: string;
  readonly homes: string;
}

/** The table at one moment. All times are of the region's store, Unix milliseconds. */
export interface HeardView {
  readonly nowMs: number;
  /** As in `Heard`. 0 means that the region cannot say how far it has heard. */
  readonly heardMs: number;
  readonly floorMs: number;
  readonly regions: readonly HeardRegion[];
  readonly silentRegions: readonly string[];
  /** True if entries older than `invalidatedWithinMs` are refused. */
  readonly isBlind: boolean;
  readonly doubt: DoubtReason | undefined;
  /** The last heartbeat that the log has acknowledged; 0 for none. */
  readonly ackedMs: number;
}

export interface ViewOptions {
  readonly nowMs: number;
  readonly region: string;
  /** The regions of the configuration. */
  readonly peers: readonly string[];
  readonly silentAfterMs: number;
  readonly invalidatedWithinMs: number;
  /** How far the clocks of the region's Redis nodes may differ. */
  readonly skewMs: number;
}
