import { compared, comparisons, type Pace, type Result } from './compared.ts';
import type { Datadip } from './datadip.ts';
import { fixed, median } from './numbers.ts';
import type { Stage } from './stage.ts';
import { load, type LoadFigures, type Target } from './wrk.ts';

export interface Way {
  readonly name: string;
  /** @param id the name on the stage: unique, and of equal length for all ways of a round */
  start(stage: Stage, id: string): Promise<Datadip>;
}

export interface Round extends Pace {
  readonly customers: number;
  /** Default `post`. */
  readonly request?: Target['request'];
}

const AGAIN = ', again';

/**
 * Compares two ways whose difference is smaller than that of two processes of one build. Each round
 * starts new processes and loads them at the same time, on one core. The figure that counts is the
 * processor time per request. The second way runs twice: the ratio of these two shows how much of a
 * ratio is chance.
 */
export async function together(stage: Stage, [first, second]: readonly [Way, Way], round: Round): Promise<string> {
  const results = await loadTogether(stage, [first, second, { ...second, name: `${second.name}${AGAIN}` }], round);
  return [compared(roundsTitle(round, 'share a core'), results), ...comparisons(results.slice(1))].join('\n\n');
}

/** Loads one new process of each way at the same time, on one core, round by round. */
async function loadTogether(stage: Stage, ways: readonly Way[], round: Round): Promise<Result[]> {
  const results = ways.map(({ name }): Result => ({ name, runs: [] }));
  for (let number = 1; number <= round.rounds; number++) {
    const services = await Promise.all(ways.map((way, at) => way.start(stage, `datadip-${number}-${at}`)));
    await loadAll(services, round);
    const figures = await loadAll(services, round);
    for (const [at, run] of figures.entries()) results[at]?.runs.push(run);
    console.log(`  round ${number}: ${figures.map(({ cpuUsPerRequest }) => fixed(cpuUsPerRequest, 1)).join(', ')} µs`);
    await Promise.all(services.map(({ actor }) => actor.stop()));
  }
  return results;
}

/** How often each process of a round is loaded. */
export const SLICES = 6;
/** The warm-up of a process, in slices. V8 compiles the hot functions within 2 to 3 s. */
export const WARM_UP_SLICES = 3;

/**
 * Starts one new process of each way, and loads them in turn. So each has the server core alone.
 *
 * The slices are short, because the speed of a virtual core changes within seconds. In loads of 3 s
 * one request cost 91 to 151 µs. Each slice is compared with its neighbours.
 *
 * @param round its `seconds` are the duration of one slice
 */
export async function loadInTurn(stage: Stage, ways: readonly Way[], round: Round): Promise<Result[]> {
  const results = ways.map(({ name }): Result => ({ name, runs: [] }));
  for (let number = 1; number <= round.rounds; number++) {
    const services: Datadip[] = [];
    for (const [at, way] of ways.entries()) services.push(await way.start(stage, `datadip-${number}-${at}`));
    for (const service of services) await loadAll([service], { ...round, seconds: WARM_UP_SLICES * round.seconds });
    for (let slice = 0; slice < SLICES; slice++) {
      for (const at of turn(services.length, slice)) {
        const service = services[at];
        if (service !== undefined) results[at]?.runs.push(...(await loadAll([service], round)));
      }
    }
    const costs = results.map(({ runs }) => median(runs.slice(-SLICES).map((run) => run.cpuUsPerRequest)));
    console.log(`  round ${number}: ${costs.map((cost) => fixed(cost, 1)).join(', ')} µs`);
    await Promise.all(services.map(({ actor }) => actor.stop()));
  }
  return results;
}

/** Forwards and backwards alternately, so that a machine that warms up favours no way. */
function turn(count: number, slice: number): number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  return slice % 2 === 0 ? order : order.reverse();
}

/** @param cores whether the processes of a round run at the same time or one after the other */
export function roundsTitle({ rounds, seconds }: Pace, cores: 'share a core' | 'have a core alone'): string {
  return `median of ${rounds} rounds of ${seconds} s, each with new processes that ${cores}`;
}

function loadAll(services: readonly Datadip[], round: Round): Promise<LoadFigures[]> {
  const { seconds, customers, request = 'post' } = round;
  return Promise.all(services.map(({ url, actor }) => load({ url, pid: actor.pid, request, customers }, seconds)));
}
