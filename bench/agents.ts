import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentFigures } from './agent-claimers.ts';
import type { SkillFigures } from './skill-claimers.ts';
import type { Bench } from './support/bench.ts';
import type { ClaimFigures } from './support/claimers.ts';
import { fixed, median, whole } from './support/numbers.ts';
import { BENCH } from './support/places.ts';
import { startRedis } from './support/redis.ts';
import { SERVER_CORE, type Stage } from './support/stage.ts';
import { table } from './support/table.ts';

/**
 * Compares claims of 10,000 agents by one script with the usual loop. The store is the one of the
 * service, without HTTP. `--rows=plain` or `--rows=skills` runs one half.
 */
export const agents: Bench = async (stage, { rounds, seconds, rows = '' }) => {
  const sections: string[] = [];
  if ('plain'.includes(rows)) {
    const figures = await figuresOf<AgentFigures>(stage, 'agent-claimers', [`${rounds}`, `${seconds}`]);
    sections.push(told(figures, rounds));
  }
  if ('skills'.includes(rows)) {
    sections.push(skillSection(await figuresOf<SkillFigures>(stage, 'skill-claimers', [`${rounds}`]), rounds));
  }
  return sections.join('\n\n');
};

/** Runs a process of claimers with its own Redis, and reads the figures that it prints. */
async function figuresOf<Figures>(stage: Stage, program: string, pace: readonly string[]): Promise<Figures> {
  const redis = await startRedis(stage, `redis-${program}`);
  const args = [join(BENCH, `${program}.ts`), redis.url, ...pace];
  const actor = stage.start({ name: program, core: SERVER_CORE, command: process.execPath, args });
  await actor.exited;
  const said = await readFile(actor.outputFile, 'utf8');
  if (!said.startsWith('{')) throw new Error(`The ${program} failed:\n${said}`);
  return JSON.parse(said) as Figures;
}

function told({ claims, bySize, beside, bytesPerAgent }: AgentFigures, rounds: number): string {
  const head = headOf(rounds);
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

function skillSection({ busy, bySize, changes, bytesPerAgent }: SkillFigures, rounds: number): string {
  const head = headOf(rounds);
  const rows = (figures: SkillFigures['busy'], what: string): string[][] =>
    Object.entries(figures).map(([name, runs]) => row(`${name}${what}`, middle(runs)));
  const ratio = (name: string): string => fixed(middle(busy[name]).perS / middle(busy.plain).perS);
  const growth = (name: string): string =>
    fixed(middle(bySize[`${name}, 10,000`]).p50Ms / middle(bySize[`${name}, 100`]).p50Ms);
  const took = median(changes.map(({ tookMs }) => tookMs));
  const slowest = median(changes.map(({ p99Ms }) => p99Ms));
  return [
    table([head, ...rows(busy, ', 64 in flight'), ...rows(bySize, ', 1 in flight')]),
    `A claim by two skills / a plain claim, claims/s at 64 in flight: **${ratio('two skills, all')}**; with \`best\` ` +
      `**${ratio('two skills, best')}**; behind 5,000 free agents without the skill **${ratio('behind 5,000 others')}**.`,
    `Among 10,000 free agents / among 100, p50: two skills **${growth('two skills')}**, with \`best\` ` +
      `**${growth('two skills best')}**.`,
    `200 changes of memberships at a time: **${fixed(took, 1)}** ms; p99 of the claims beside them **${fixed(slowest)}** ms.`,
    `Redis memory: **${whole(bytesPerAgent)}** bytes an agent with 10 skills and 5 queues.`,
  ].join('\n\n');
}

function headOf(rounds: number): string[] {
  return [`median of ${rounds} runs`, 'claims/s', 'p50 ms', 'p99 ms', 'Redis CPU µs', 'claimers CPU µs', 'no core'];
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
