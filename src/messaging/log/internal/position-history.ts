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
    if (last !== undefined && nowMs - last.atMs < SAMPLE_EVERY_MS) return;
    this.samples.push({ atMs: nowMs, position });
    if (this.samples.length > KEPT_SAMPLES) this.samples.shift();
  }

  /** The position at this moment or earlier. `undefined` if the reading began later. */
  positionAt(ms: number): bigint | undefined {
    return this.samples.findLast(({ atMs }) => atMs <= ms)?.position;
  }

  clear(): void {
    this.samples.length = 0;
  }
}
