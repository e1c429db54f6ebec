import type { Pace } from './compared.ts';
import type { Stage } from './stage.ts';

export interface BenchOptions extends Pace {
  /** Instead of measuring, find out where the time goes. */
  readonly profile: boolean;
  /** How long a row of the spike takes. */
  readonly rowSeconds: number;
  /** Only the rows whose name holds this. */
  readonly rows: string | undefined;
  /** The checkout whose build `builds` compares with this one. */
  readonly against: string | undefined;
}

/** Measures on a stage of its own, and returns what it found as Markdown. */
export type Bench = (stage: Stage, options: BenchOptions) => Promise<string>;
