import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentFigures, ClaimFigures } from './agent-claimers.ts';
import type { Bench } from './support/bench.ts';
import { fixed, median, whole } from './support/numbers.ts';
import { BENCH } from './support/places.ts';
import { startRedis } from './support/redis.ts';
import { SERVER_CORE } from './support/stage.ts';
import { table } from './support/table.ts';

/**
 * Compares claims of 10,000 agents by one script with the usual loop. The store is the one of the
 * service, without HTTP.
 */
export const agents: Bench = async (stage, { rounds, seconds }) => {
  const redis = await startRedis(stage);
  const args = [join(BENCH, 'agent-claimers.ts'), redis.url, `${rounds}`, `${seconds}`];
  const actor = stage.start({ name: 'claimers', core: SERVER_CORE, command: process.execPath, args });
  await actor.exited;
  const said = await readFile(actor.outputFile, 'utf8');
  if (!said.startsWith('{')) throw new Error(`The claimers failed:\n${said}`);
  return told(JSON.parse(said) as AgentFigures, rounds);
};

function told({ claims, bySize, beside, bytesPerAgent }: AgentFigures, rounds: number): string {
  const head = [
    `median of ${rounds} runs`,
    'claims/s',
    'p50 ms',
    'p99 ms',
    'Redis CPU µs',
    'claimers CPU µs',
    'no core',
  ];
  const ratio = middle(claims['one script, 64 in flight']).perS / middle(claims['the loop, 64 in flight']).perS;
  const growth = middle(bySize['10,000']).p50Ms / middle(bySize['100']).p50Ms;
  const sizes = Object.entries(bySize).map(([size, runs]) =>
    row(`one script, 1 in flight, ${size} agents free`, middle(runs)),
  );
  return [
    table([head, ...Object.entries(claims).map(([name, runs]) => row(name, middle(runs))), ...sizes]),
    `One script / the loop, claims/s at 64 in flight: **${fixed(ratio, 1)}**. A claim among 10,000 free agents / among 100, p50: **${fixed(growth)}**.`,
    `Beside ${whole(beside.eventsPerS)} status events/s, claiming and releasing one after another: ` +
      `${whole(beside.claims.perS)} claims/s, p50 ${fixed(beside.claims.p50Ms)} ms, p99 **${fixed(beside.claims.p99Ms)}** ms.`,
    `Redis memory: **${whole(bytesPerAgent)}** bytes an agent in one queue, without the marks of events.`,
  ].join('\n\n');
}

function row(name: string, { perS, p50Ms, p99Ms, redisUs, claimerUs, withoutCore }: ClaimFigures): string[] {
  const cpu = [fixed(redisUs, 1), fixed(claimerUs, 1)];
  return [name, whole(perS), fixed(p50Ms), fixed(p99Ms), ...cpu, `${whole(withoutCore * 100)} %`];
}

function middle(runs: readonly ClaimFigures[] = []): ClaimFigures {
  const of = (figure: keyof ClaimFigures): number => median(runs.map((run) => run[figure]));
  return {
    ...{ perS: of('perS'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') },
    ...{ redisUs: of('redisUs'), claimerUs: of('claimerUs'), withoutCore: of('withoutCore') },
  };
}
