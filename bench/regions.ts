import type { AckFigures } from './kafka-acks.ts';
import type { PacedFigures } from './paced-callers.ts';
import { warmFrom } from './support/ask.ts';
import type { Bench, BenchOptions } from './support/bench.ts';
import { API_KEY } from './support/declaration.ts';
import { startKafka } from './support/kafka.ts';
import { fixed, median, whole } from './support/numbers.ts';
import { startOrigin } from './support/origin.ts';
import { ClaimRounds } from './support/region-claims.ts';
import { REGION_HITS } from './support/region-hits.ts';
import { program, sendEvents } from './support/region-programs.ts';
import { startRegions, startSingle, untilHeard, type Regions } from './support/region-stage.ts';
import { steadiness } from './support/region-steadiness.ts';
import { table } from './support/table.ts';

/** An invalidation waits for Kafka, so a rate that one process bears easily shows the latency. */
const INVALIDATIONS_PER_S = 200;

type Measure = (regions: Regions, options: BenchOptions) => Promise<string>;

/** The rows that need three regions. */
const SHARED: ReadonlyMap<string, Measure> = new Map([
  ['visibility', visibility],
  ['steadiness', steadiness],
  ['invalidation', invalidationCost],
  ['claim', claimCost],
]);

/**
 * Three regions on one Kafka, next to a single region without Kafka. `--rows=` selects a row:
 * visibility, steadiness, invalidation, claim, near-hit or redis-hit. A row that fails costs no
 * other row.
 */
export const regions: Bench = async (stage, options) => {
  const { rows = '' } = options;
  const shared = [...SHARED].filter(([name]) => name.includes(rows));
  const hits = [...REGION_HITS].filter(([name]) => name.includes(rows));
  const parts: string[] = [];
  const kafka = await startKafka(stage);
  const origin = await startOrigin(stage);
  if (shared.length > 0) {
    const started = await startRegions(stage, kafka, origin.url);
    const single = await startSingle(stage, origin.url);
    for (const { datadip } of started) await untilHeard(stage, datadip);
    for (const [name, measure] of shared)
      parts.push(await orFailure(name, () => measure({ stage, kafka, started, single }, options)));
    for (const { datadip } of started) await datadip.actor.stop();
    await single.actor.stop();
  }
  for (const [name, measure] of hits)
    parts.push(await orFailure(name, () => measure(stage, { kafka, originUrl: origin.url }, options)));
  return parts.join('\n\n');
};

async function orFailure(name: string, measure: () => Promise<string>): Promise<string> {
  try {
    const part = await measure();
    console.log(`\n${part}\n`);
    return part;
  } catch (error) {
    console.error(error);
    return `**${name} failed: ${String(error)}**`;
  }
}

/** Measures how long an event of one region takes to the stores of both others. */
async function visibility({ stage, started: [us, ...others] }: Regions, { seconds }: BenchOptions): Promise<string> {
  const rows: string[][] = [];
  for (const perS of [200, 1000]) {
    await sendEvents(stage, `warm-${perS}`, us, others, perS, 2);
    const { acceptedPerS, failed, p50Ms, p99Ms, notSeen } = await sendEvents(
      ...[stage, `events-${perS}`, us, others, perS, Math.max(seconds, 4)],
    );
    rows.push([whole(perS), whole(acceptedPerS), whole(failed + notSeen), fixed(p50Ms), fixed(p99Ms)]);
  }
  const head = ['events/s wanted', 'accepted/s', 'failed or not seen', 'visible in both p50 ms', 'p99 ms'];
  return `An event until it is in the stores of both other regions:\n\n${table([head, ...rows])}`;
}

/** Compares the 200 of an invalidation with that of a single region, and with Kafka alone. */
async function invalidationCost(
  { stage, kafka, single, started: [{ datadip: regional }] }: Regions,
  { rounds, seconds }: BenchOptions,
): Promise<string> {
  const found: Record<'single' | 'regional' | 'kafka', AckFigures[]> = { single: [], regional: [], kafka: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, { url, port }] of Object.entries({ single, regional })) {
      await warmFrom(url, 1, INVALIDATIONS_PER_S * seconds);
      const args = ['event', port, API_KEY, INVALIDATIONS_PER_S, seconds, 1, INVALIDATIONS_PER_S * seconds];
      const figures = await program<PacedFigures>(stage, `inv-${name}-${round}`, 'paced-callers.ts', args);
      if (round > 0) found[name as 'single' | 'regional'].push(figures);
    }
    const acks = [kafka, INVALIDATIONS_PER_S / 2, seconds];
    const figures = await program<AckFigures>(stage, `acks-${round}`, 'kafka-acks.ts', acks);
    if (round > 0) found.kafka.push(figures);
  }
  const rows = Object.entries(found).map(([name, figures]) => [
    name,
    fixed(median(figures.map(({ p50Ms }) => p50Ms))),
    fixed(median(figures.map(({ p99Ms }) => p99Ms))),
  ]);
  const p99 = (name: keyof typeof found): number => median(found[name].map(({ p99Ms }) => p99Ms));
  const more = fixed(p99('regional') - p99('single') - p99('kafka'));
  const head = ['200 of an invalidation', 'p50 ms', 'p99 ms'];
  return `${table([head, ...rows])}\n\np99 above the single region and Kafka's acknowledgement: **${more} ms**.`;
}

async function claimCost(
  { single, started: [{ datadip: regional }] }: Regions,
  { rounds }: BenchOptions,
): Promise<string> {
  const [ours, theirs] = [new ClaimRounds(regional), new ClaimRounds(single)];
  await Promise.all([ours.prepare(), theirs.prepare()]);
  const ratios: number[] = [];
  const medians: number[][] = [];
  for (let round = 0; round <= rounds; round++) {
    const isEven = round % 2 === 0;
    const first = await (isEven ? ours : theirs).run();
    const second = await (isEven ? theirs : ours).run();
    const [with3, alone] = isEven ? [first, second] : [second, first];
    if (round === 0) continue;
    ratios.push(with3 / alone);
    medians.push([with3, alone]);
  }
  const of = (at: number): string => fixed(median(medians.map((pair) => pair[at] ?? Number.NaN)));
  const head = ['claim at home, median ms', 'single region, median ms', 'ratio'];
  return table([head, [of(0), of(1), `**${fixed(median(ratios))}**`]]);
}
