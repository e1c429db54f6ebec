import type { Pace } from './compared.ts';
import type { Stage } from './stage.ts';

export interface BenchOptions extends Pace {
  /** True: record a profile of the server instead of a comparison. */
  readonly profile: boolean;
  /** The duration of a row of the spike, in seconds. */
  readonly rowSeconds: number;
  /** Runs only rows whose name contains this text. `undefined` runs all rows. */
  readonly rows: string | undefined;
  /** The checkout whose build `builds` compares with this one. */
  readonly against: string | undefined;
}

/** Measures on its own stage and returns the results as Markdown. */
export type Bench = (stage: Stage, options: BenchOptions) => Promise<string>;
