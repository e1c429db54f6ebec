/** What time it is in the world. It may step: nothing that is waited for is measured with it. */
export abstract class WallClock {
  /** Unix milliseconds. */
  abstract nowMs(): number;
}

export class SystemWallClock extends WallClock {
  nowMs(): number {
    return Date.now();
  }
}
