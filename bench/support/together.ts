import { compared, comparisons, type Pace, type Result } from './compared.ts';
import type { Datadip } from './datadip.ts';
import { fixed } from './numbers.ts';
import type { Stage } from './stage.ts';
import { load, type LoadFigures } from './wrk.ts';

export interface Way {
  readonly name: string;
  /** @param id unique on the stage, and the same for all ways of one round but for its end */
  start(stage: Stage, id: string): Promise<Datadip>;
}

export interface Round extends Pace {
  readonly customers: number;
}

const AGAIN = ', again';

/**
 * Measures two ways that differ by less than two processes of one build do, and by less than the machine does from second to second: each
 * round starts both anew and loads them at the same time, on one core, and processor time a request is what counts. The second is started
 * twice: how far those two are apart says how much of a ratio is chance.
 */
export async function together(stage: Stage, [first, second]: readonly [Way, Way], round: Round): Promise<string> {
  const ways = [first, second, { ...second, name: `${second.name}${AGAIN}` }];
  const results = ways.map(({ name }): Result => ({ name, runs: [] }));
  for (let number = 1; number <= round.rounds; number++) {
    const services = await Promise.all(ways.map((way, at) => way.start(stage, `datadip-${number}-${at}`)));
    await loadAll(services, round);
    const figures = await loadAll(services, round);
    for (const [at, found] of figures.entries()) results[at]?.runs.push(found);
    console.log(`  round ${number}: ${figures.map(({ cpuUsPerRequest }) => fixed(cpuUsPerRequest, 1)).join(', ')} µs`);
    await Promise.all(services.map(({ actor }) => actor.stop()));
  }
  const what = `median of ${round.rounds} rounds of ${round.seconds} s, each with new processes that share a core`;
  return [compared(what, results), ...comparisons(results.slice(1))].join('\n\n');
}

function loadAll(services: readonly Datadip[], { seconds, customers }: Round): Promise<LoadFigures[]> {
  return Promise.all(
    services.map(({ url, actor }) => load({ url, pid: actor.pid, method: 'post', customers }, seconds)),
  );
}
