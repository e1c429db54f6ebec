import { join } from 'node:path';
import { API_KEY, writeDeclaration, type LookupChanges } from './declaration.ts';
import { freePort } from './free-port.ts';
import { DIST } from './places.ts';
import { SERVER_CORE, type Actor, type Part, type Stage } from './stage.ts';

/** A machine with other work starts several processes slowly. */
const STARTS_WITHIN_MS = 60_000;

export interface DatadipOptions extends LookupChanges {
  /** Default `datadip`. */
  readonly name?: string;
  /** The build that runs. Default: the build of this checkout. */
  readonly dist?: string;
  readonly originUrl: string;
  readonly redisUrl: string;
  /** Additional environment variables. All others are those of production. */
  readonly env?: Record<string, string>;
  /** Options of Node before the program. */
  readonly nodeArgs?: readonly string[];
  /**
   * Runs the compiled files instead of the bundle. A profile then names the files, and a file that
   * is loaded first can change their classes. Default: false.
   */
  readonly unbundled?: boolean;
}

export interface Datadip {
  readonly url: string;
  readonly port: number;
  readonly actor: Actor;
  readonly startedAtMs: number;
}

/**
 * Starts the real build as in production: default log level, access log in a file, a declared
 * caller.
 */
export async function startDatadip(stage: Stage, options: DatadipOptions): Promise<Datadip> {
  const port = await freePort();
  const startedAtMs = performance.now();
  const actor = stage.start(datadipPart(stage, options, port));
  const url = `http://127.0.0.1:${port}`;
  await stage.until(
    actor,
    async () => {
      const { status } = await fetch(`${url}/health/ready`);
      if (status !== 200) throw new Error(`/health/ready answers ${status}`);
    },
    STARTS_WITHIN_MS,
  );
  return { url, port, actor, startedAtMs };
}

/** The process that `startDatadip` starts. */
export function datadipPart(stage: Stage, options: DatadipOptions, port: number): Part {
  const { name = 'datadip', dist = DIST, originUrl, redisUrl, env, nodeArgs = [], unbundled = false } = options;
  return {
    name,
    core: SERVER_CORE,
    command: process.execPath,
    args: [...nodeArgs, join(dist, unbundled ? 'service.js' : 'main.js')],
    env: {
      NODE_ENV: 'production',
      DRAIN_DELAY_MS: '0',
      ...{ HOST: '127.0.0.1', PORT: `${port}`, REDIS_URL: redisUrl, CRM_BASE_URL: originUrl },
      KEY_SECRET: 'a-secret-of-the-benchmark-only',
      DATADIP_CONFIG: writeDeclaration(stage.scratch, { name, dist }, options),
      ...env,
    },
  };
}

/** Reads metrics without labels from `GET /metrics`. */
export async function metrics(datadip: Datadip, names: readonly string[]): Promise<number[]> {
  const text = await scrape(datadip);
  return names.map((name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN));
}

/** Lists the cache errors since the start of the process, by tier and kind. */
export async function cacheErrors(datadip: Datadip): Promise<string> {
  const lines = (await scrape(datadip)).matchAll(/^datadip_cache_errors_total\{tier="(\w+)",kind="(\w+)"\} (\d+)$/gm);
  const counts = [...lines].map(([, tier, kind, count]) => `${tier} ${kind} ${count}`);
  return counts.join(', ') || 'none';
}

/** The text of `GET /metrics`. */
export async function scrape({ url }: Datadip): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { 'x-api-key': API_KEY } });
  return response.text();
}
