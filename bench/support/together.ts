import { compared, comparisons, type Pace, type Result } from './compared.ts';
import type { Datadip } from './datadip.ts';
import { fixed } from './numbers.ts';
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

/**
 * Loads one new process of each way, one after the other, so that each has the server core alone.
 * Every second round goes backwards, because a machine that warms up or gets other work would else
 * always harm the same way.
 */
export async function loadInTurn(stage: Stage, ways: readonly Way[], round: Round): Promise<Result[]> {
  const results = ways.map(({ name }): Result => ({ name, runs: [] }));
  for (let number = 1; number <= round.rounds; number++) {
    const order = [...ways.entries()];
    if (number % 2 === 0) order.reverse();
    for (const [at, way] of order) {
      const service = await way.start(stage, `datadip-${number}-${at}`);
      await loadAll([service], round);
      results[at]?.runs.push(...(await loadAll([service], round)));
      await service.actor.stop();
    }
    const costs = results.map(({ runs }) => fixed(runs.at(-1)?.cpuUsPerRequest ?? Number.NaN, 1));
    console.log(`  round ${number}: ${costs.join(', ')} µs`);
  }
  return results;
}

/** @param cores whether the processes of a round run at the same time or one after the other */
export function roundsTitle({ rounds, seconds }: Pace, cores: 'share a core' | 'have a core alone'): string {
  return `median of ${rounds} rounds of ${seconds} s, each with new processes that ${cores}`;
}

function loadAll(services: readonly Datadip[], round: Round): Promise<LoadFigures[]> {
  const { seconds, customers, request = 'post' } = round;
  return Promise.all(services.map(({ url, actor }) => load({ url, pid: actor.pid, request, customers }, seconds)));
}
