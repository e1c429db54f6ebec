import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from './alternate.ts';
import type { Pace } from './compared.ts';
import type { Datadip } from './datadip.ts';
import { fixed } from './numbers.ts';
import { groupOf } from './profile-groups.ts';
import type { Stage } from './stage.ts';
import { table } from './table.ts';
import { load } from './wrk.ts';

/** A profile in the format of the inspector protocol. Times are in microseconds. */
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

const TOP = 25;

/** The options of Node for a server with a profile. */
export function profiling(stage: Stage): string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${stage.scratch}`];
}

/** Loads a warm server, ends it, and lists where the server spent its time during the load. */
export async function profiledLoad(stage: Stage, datadip: Datadip, contender: Contender, pace: Pace): Promise<string> {
  const runLoad = async (): Promise<void> => {
    await contender.before?.();
    await load(contender, pace.seconds);
  };
  await runLoad();
  await contender.before?.();
  const fromMs = performance.now() - datadip.startedAtMs;
  await load(contender, pace.seconds);
  const untilMs = performance.now() - datadip.startedAtMs;
  await datadip.actor.stop();
  return described(readProfile(stage.scratch), fromMs * 1000, untilMs * 1000);
}

function readProfile(dir: string): CpuProfile {
  const file = readdirSync(dir).find((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error('the server left no profile');
  return JSON.parse(readFileSync(join(dir, file), 'utf8')) as CpuProfile;
}

/**
 * Lists shares of the time in which the server was not idle. The profile begins a few milliseconds
 * after the process, which does not matter here.
 */
function described(profile: CpuProfile, fromUs: number, untilUs: number): string {
  const parents = parentsOf(profile.nodes);
  const functions = new Map<string, number>();
  const groups = new Map<string, number>();
  let total = 0;
  for (const [node, us] of selfTimes(profile, fromUs, untilUs)) {
    if (node.callFrame.functionName === '(idle)') continue;
    total += us;
    add(functions, nameOf(node), us);
    add(groups, groupOf(placesUp(node, parents)), us);
  }
  return `${shares('group', groups, total, groups.size)}\n\n${shares('function, self time', functions, total, TOP)}`;
}

function selfTimes(
  { nodes, samples, timeDeltas }: CpuProfile,
  fromUs: number,
  untilUs: number,
): Map<ProfileNode, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = new Map<ProfileNode, number>();
  let atUs = 0;
  samples.forEach((id, at) => {
    const deltaUs = timeDeltas[at] ?? 0;
    atUs += deltaUs;
    const node = byId.get(id);
    if (node !== undefined && atUs >= fromUs && atUs <= untilUs) add(times, node, deltaUs);
  });
  return times;
}

function parentsOf(nodes: readonly ProfileNode[]): Map<number, ProfileNode> {
  return new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
}

/**
 * Returns the place of a function, then the place of its caller, and so on. A function of the
 * engine has no place.
 */
function placesUp(node: ProfileNode, parents: ReadonlyMap<number, ProfileNode>): string[] {
  const places: string[] = [];
  for (let at: ProfileNode | undefined = node; at !== undefined; at = parents.get(at.id)) {
    places.push(at.callFrame.url === '' ? at.callFrame.functionName : at.callFrame.url);
  }
  return places;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const place = url.includes('/node_modules/')
    ? url.replace(/^.*\/node_modules\//, '')
    : url.replace(/^.*\/dist\//, 'dist/');
  return `\`${functionName === '' ? '(anonymous)' : functionName}\` ${place === '' ? '' : `${place}:${lineNumber + 1}`}`;
}

function add<Key>(sums: Map<Key, number>, key: Key, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

function shares(what: string, sums: ReadonlyMap<string, number>, total: number, count: number): string {
  const largest = [...sums].sort(([, a], [, b]) => b - a).slice(0, count);
  return table([[what, '%'], ...largest.map(([name, us]) => [name, fixed((us / total) * 100, 1)])]);
}
