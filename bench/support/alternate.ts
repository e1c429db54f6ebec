import { compared, type Pace } from './compared.ts';
import { whole } from './numbers.ts';
import { load, type LoadFigures, type Target } from './wrk.ts';

export interface Contender extends Target {
  readonly name: string;
  /** Runs before every measured run. Its time does not count. */
  readonly before?: () => Promise<void>;
}

/**
 * Measures servers alternately: A B A B …, so that other work on the machine affects all of them.
 * Each run of the first contender is compared with the runs of the others.
 */
export async function alternate(contenders: readonly Contender[], { rounds, seconds }: Pace): Promise<string> {
  const results = contenders.map((contender) => ({ contender, name: contender.name, runs: [] as LoadFigures[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const { contender, name, runs } of results) {
      await contender.before?.();
      const figures = await load(contender, seconds);
      console.log(`  ${round === 0 ? 'warm-up' : `run ${round}`}: ${name}: ${whole(figures.requestsPerS)}/s`);
      if (round > 0) runs.push(figures);
    }
  }
  return compared(`median of ${rounds} runs of ${seconds} s`, results);
}
