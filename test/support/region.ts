import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from './app.js';
import { startDatadip, type DatadipOptions, type DatadipProcess } from './datadip-process.js';
import { declaration, type DeclarationChanges } from './declaration.js';
import { startOrigin, type OriginHandler, type ScriptedOrigin } from './origin.js';
import { sharedRedisUrl } from './redis-store.js';
import { Region, type RegionProcess } from './region-requests.js';

export { Region };

type Headers = Readonly<Record<string, string>>;

/**
 * `memory` is the store inside the process. `redis` is the server of the whole test run. Any other
 * text is a Redis URL.
 */
type Store = string;

/** Changes to the usual declaration, or the text of a whole file. */
type Declared = DeclarationChanges | string;

export interface RegionOptions {
  /**
   * The store of each process. A list starts one process per item. Default: one process with
   * `memory`.
   */
  readonly store?: Store | readonly Store[];
  /** Number of processes when `store` is one text. Default 1. */
  readonly processes?: number;
  /**
   * The system `crm`. A handler starts a scripted origin. A text is the address of another server.
   * Default: an address where no server listens.
   */
  readonly origin?: OriginHandler | string;
  /**
   * The declaration file. A function receives the address of the origin. Default: the usual
   * declaration.
   */
  readonly declaration?: Declared | ((originUrl: string) => Declared);
  /** Variables added to the environment of every process. Default: none. */
  readonly env?: Headers;
  /** Headers sent with every request of the region's methods. Default: none. */
  readonly headers?: Headers;
}

/** A region of operating system processes takes the options of one process as well. */
export type ProcessRegionOptions = RegionOptions & Omit<DatadipOptions, 'env' | 'yaml'> & { readonly inProcess: false };

/** No server listens on the discard port of loopback. */
const NO_ORIGIN = 'http://127.0.0.1:9';

/**
 * Starts the processes of one region. The processes share a region name and a secret for keys,
 * which no other region of the run has. If any step fails, the function stops what it started.
 * Default: whole applications inside the test's process. `inProcess: false` starts the built
 * product.
 */
export function startRegion(options: ProcessRegionOptions): Promise<Region<DatadipProcess>>;
export function startRegion(options?: RegionOptions & { readonly inProcess?: true }): Promise<Region<TestApp>>;
export async function startRegion(
  options: ProcessRegionOptions | (RegionOptions & { readonly inProcess?: true }) = {},
): Promise<Region<RegionProcess>> {
  const { origin } = options;
  const scriptedOrigin = typeof origin === 'function' ? await startOrigin(origin) : undefined;
  try {
    return await startProcesses(options, scriptedOrigin);
  } catch (error) {
    await scriptedOrigin?.stop();
    throw error;
  }
}

async function startProcesses(
  options: ProcessRegionOptions | (RegionOptions & { readonly inProcess?: true }),
  scriptedOrigin: ScriptedOrigin | undefined,
): Promise<Region<RegionProcess>> {
  const { origin, declaration: declared = {}, headers: defaultHeaders = {} } = options;
  const originUrl = typeof origin === 'string' ? origin : (scriptedOrigin?.url ?? NO_ORIGIN);
  const yaml = fileOf(typeof declared === 'function' ? declared(originUrl) : declared, originUrl);
  const name = options.env?.REGION ?? `r-${randomUUID().slice(0, 8)}`;
  const starts = await Promise.allSettled(environments(name, options).map((env) => start(options, yaml, env)));
  const processes = starts.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = starts.find((result) => result.status === 'rejected');
  if (failed === undefined) return new Region({ name, processes, scriptedOrigin, defaultHeaders });
  await Promise.all(processes.map((process) => process.stop()));
  throw failed.reason;
}

function fileOf(declared: Declared, originUrl: string): string {
  return typeof declared === 'string' ? declared : declaration(originUrl, declared);
}

/** Returns one environment per process. */
function environments(name: string, { store = 'memory', processes = 1, env }: RegionOptions): Record<string, string>[] {
  const stores = typeof store === 'string' ? Array.from({ length: processes }, () => store) : store;
  const shared = { KEY_SECRET: randomUUID(), REGION: name };
  return stores.map((processStore) => ({ ...shared, ...environmentOf(processStore), ...env }));
}

function environmentOf(store: Store): Record<string, string> {
  if (store === 'memory') return {};
  return { REDIS_URL: store === 'redis' ? sharedRedisUrl() : store };
}

function start(
  options: ProcessRegionOptions | { readonly inProcess?: true },
  yaml: string,
  env: Record<string, string>,
): Promise<RegionProcess> {
  if (options.inProcess !== false) return startApp(yaml, env);
  const { args, waitFor, entry, command } = options;
  return startDatadip({
    ...{ yaml, env },
    ...(args && { args }),
    ...(waitFor && { waitFor }),
    ...(entry && { entry }),
    ...(command && { command }),
  });
}
