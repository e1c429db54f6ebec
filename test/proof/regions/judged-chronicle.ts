import { RunningCheck } from '../check.js';
import { Chronicle, type WitnessedRead } from '../chronicle.js';
import type { Write } from '../history.js';
import { INVALIDATED_WITHIN_MS } from './stage.js';

/**
 * Judges each read when its answer arrives, and keeps none. A run of an hour has millions of reads.
 */
export class JudgedChronicle extends Chronicle {
  /** The law: reads that began later than the bound after an acknowledgement of any region. */
  readonly everywhere: RunningCheck<WitnessedRead>;
  /** The law of one region: reads after acknowledgements of the same region. */
  private readonly within: ReadonlyMap<string, RunningCheck<WitnessedRead>>;

  constructor(writes: readonly Write[], regions: readonly string[]) {
    super();
    const recorded = { writes, acks: this.acks };
    this.everywhere = new RunningCheck(recorded);
    this.within = new Map(regions.map((name) => [name, new RunningCheck(recorded, ({ service }) => service === name)]));
  }

  get withinEach(): readonly RunningCheck<WitnessedRead>[] {
    return [...this.within.values()];
  }

  get violations(): number {
    return [this.everywhere, ...this.withinEach].reduce((sum, { violations }) => sum + violations.length, 0);
  }

  protected override keep(read: WitnessedRead): void {
    this.everywhere.judge({ ...read, graceMs: INVALIDATED_WITHIN_MS });
    this.within.get(read.service)?.judge(read);
  }
}
