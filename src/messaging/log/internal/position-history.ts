const SAMPLE_EVERY_MS = 1000;
const KEPT_SAMPLES = 130;

interface Sample {
  readonly atMs: number;
  readonly position: bigint;
}

/**
 * The positions in a partition in the last two minutes, by the clock of this process. So a rewind
 * does not depend on the clocks of the programs that wrote the records.
 */
export class PositionHistory {
  private readonly samples: Sample[] = [];

  note(nowMs: number, position: bigint): void {
    const last = this.samples.at(-1);
    const isSetBack = last !== undefined && position < last.position;
    if (last !== undefined && !isSetBack && nowMs - last.atMs < SAMPLE_EVERY_MS) return;
    this.samples.push({ atMs: nowMs, position });
    if (this.samples.length > KEPT_SAMPLES) this.samples.shift();
  }

  /**
   * The position from which on all records were applied since this moment. If the reading was set
   * back since, the records from there on were applied since, too. `undefined` if the reading began
   * later.
   */
  positionAt(ms: number): bigint | undefined {
    const first = this.samples.findLastIndex(({ atMs }) => atMs <= ms);
    if (first < 0) return undefined;
    const positions = this.samples.slice(first).map(({ position }) => position);
    return positions.reduce((least, position) => (position < least ? position : least));
  }

  clear(): void {
    this.samples.length = 0;
  }
}
