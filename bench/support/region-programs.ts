import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventFigures } from '../region-events.ts';
import { API_KEY } from './declaration.ts';
import type { Datadip } from './datadip.ts';
import { BENCH } from './places.ts';
import type { BenchRegion } from './region-stage.ts';
import { LOAD_CORE, type Stage } from './stage.ts';

/** The records that a region has not sent or not read yet. */
export async function behind({ url }: Datadip): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { 'x-api-key': API_KEY } });
  const lines = (await response.text()).matchAll(/^datadip_(?:outbox_events|bus_lag_records)(?:\{[^}]*\})? (\S+)$/gm);
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Sends events to a region, and looks for them in the stores of the others. */
export function sendEvents(
  stage: Stage,
  name: string,
  { datadip }: BenchRegion,
  others: readonly BenchRegion[],
  perS: number,
  seconds: number,
): Promise<EventFigures> {
  const ports = others.map(({ redis }) => new URL(redis.url).port);
  return program(stage, name, 'region-events.ts', [datadip.port, API_KEY, perS, seconds, ...ports]);
}

/** Runs a program of `bench/`, and returns the line of JSON that it prints. */
export async function program<T>(
  stage: Stage,
  name: string,
  file: string,
  args: readonly (string | number)[],
): Promise<T> {
  const actor = stage.start({
    name,
    core: LOAD_CORE,
    command: process.execPath,
    args: [join(BENCH, file), ...args.map(String)],
  });
  await actor.exited;
  const said = await readFile(actor.outputFile, 'utf8');
  if (!said.startsWith('{')) throw new Error(`${file} failed:\n${said}`);
  console.log(`  ${name}: ${said.trim()}`);
  return JSON.parse(said) as T;
}
