import { startDatadip, type DatadipProcess } from '../datadip-process.js';
import { freePort } from '../private-port.js';
import { Region } from '../region-requests.js';
import { metricsIn, type Metrics } from './metrics-text.js';
import type { RegionStore } from './region-store.js';

const START_ATTEMPTS = 3;

export interface SitePlan {
  readonly name: string;
  readonly store: RegionStore;
  readonly yaml: string;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The port of a process. Default: a free one below the range for outgoing connections. */
  readonly portOf: ((at: number) => number) | undefined;
}

/** A region among others: its Redis, its processes, and the requests that tests send to them. */
export class RegionSite extends Region<DatadipProcess> {
  readonly store: RegionStore;

  private constructor(
    private readonly plan: SitePlan,
    private readonly running: DatadipProcess[],
  ) {
    super({ name: plan.name, processes: running, scriptedOrigin: undefined, defaultHeaders: plan.headers });
    this.store = plan.store;
  }

  static async start(plan: SitePlan, processes: number): Promise<RegionSite> {
    const site = new RegionSite(plan, []);
    try {
      for (let at = 0; at < processes; at += 1) site.running[at] = await launch(plan, at);
      return site;
    } catch (error) {
      await site.stop();
      throw error;
    }
  }

  /** The port at which other regions reach this one. */
  get port(): number {
    const { port } = this.process();
    if (port === undefined) throw new Error(`region ${this.name} does not listen`);
    return port;
  }

  /** Kills a process at once, with all requests under way. */
  async killProcess(at = 0): Promise<void> {
    await this.process(at).kill();
  }

  /** Kills a process if it runs, and starts another in its place, at another port. */
  async replaceProcess(at = 0): Promise<void> {
    await this.process(at).kill();
    this.running[at] = await launch(this.plan, at);
  }

  /** Starts a command with the settings of the region. The caller waits for its end. */
  startCommand(entry: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { name, store, yaml, env: own } = this.plan;
    const settings = { ...own, REGION: name, REDIS_URL: store.url, ...env };
    return startDatadip({ yaml, entry, args, env: settings, waitFor: 'started' });
  }

  /** The metrics of a process. */
  async metrics(at = 0): Promise<Metrics> {
    const { status, text } = await this.get('/metrics', at);
    if (status !== 200) throw new Error(`/metrics of ${this.name} answers ${status}`);
    return metricsIn(text);
  }
}

/** Tries another port if another program takes the first one. */
async function launch({ name, store, yaml, env, portOf }: SitePlan, at: number): Promise<DatadipProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const port = portOf?.(at) ?? (await freePort());
    try {
      const own = { PORT: `${port}`, REGION: name, REDIS_URL: store.url };
      return await startDatadip({ yaml, env: { ...env, ...own } });
    } catch (error) {
      const isTaken = /is in use|EADDRINUSE/.test(String(error));
      if (!isTaken || portOf !== undefined || attempt === START_ATTEMPTS) throw error;
    }
  }
}
