import { startSandboxProcess, type SandboxProcess } from '../../test/support/sandbox-process.js';
import type { Plan } from './plan.ts';

/** The counters of the systems of a run, as the sandbox counts them. */
export interface OriginFigures {
  readonly calls: number;
  /** Calls whose caller left before the answer. */
  readonly abandoned: number;
  readonly failures: number;
  /** The most calls in flight, by system. */
  readonly peaks: ReadonlyMap<string, number>;
}

interface Stats {
  readonly calls: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  readonly aborted: number;
  readonly failures: number;
}

const ANSWERS_WITHIN_MS = 10_000;

/** The sandboxes that stand in for the systems of a run, one process for each system. */
export class StandIns {
  readonly urls: ReadonlyMap<string, string>;
  private readonly sandboxes: ReadonlyMap<string, SandboxProcess>;

  private constructor(sandboxes: ReadonlyMap<string, SandboxProcess>) {
    this.sandboxes = sandboxes;
    this.urls = new Map([...sandboxes].map(([system, { url }]) => [system, url]));
  }

  static async start(systems: readonly string[], plan: Plan): Promise<StandIns> {
    const sandboxes = new Map<string, SandboxProcess>();
    const standIns = new StandIns(sandboxes);
    try {
      for (const system of systems) sandboxes.set(system, await startSandboxProcess());
      const { originLatencyMs: latencyMs, originCapacity: knee, seed } = plan;
      const started = new StandIns(sandboxes);
      for (const url of started.urls.values())
        await control(`${url}/sandbox/behaviour`, 'PUT', { latencyMs, knee, seed });
      return started;
    } catch (error) {
      await standIns.stop();
      throw error;
    }
  }

  /** The calls in flight now, in the system that has the most. */
  async mostInFlight(): Promise<number> {
    const stats = await this.stats();
    return Math.max(...stats.map(([, { inFlight }]) => inFlight));
  }

  async figures(): Promise<OriginFigures> {
    const stats = await this.stats();
    const sum = (of: (one: Stats) => number): number => stats.reduce((total, [, one]) => total + of(one), 0);
    return {
      calls: sum(({ calls }) => calls),
      abandoned: sum(({ aborted }) => aborted),
      failures: sum(({ failures }) => failures),
      peaks: new Map(stats.map(([system, { peakInFlight }]) => [system, peakInFlight])),
    };
  }

  /** Forgets the calls of a warm-up. */
  async forget(): Promise<void> {
    for (const url of this.urls.values()) await control(`${url}/sandbox/stats`, 'DELETE');
  }

  async stop(): Promise<void> {
    for (const sandbox of this.sandboxes.values()) await sandbox.stop();
  }

  private async stats(): Promise<(readonly [system: string, stats: Stats])[]> {
    const read = ([system, url]: [string, string]) =>
      control(`${url}/sandbox/stats`, 'GET').then((stats) => [system, stats as Stats] as const);
    return Promise.all([...this.urls].map(read));
  }
}

async function control(url: string, method: string, body?: unknown): Promise<unknown> {
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(url, { method, signal, ...sent });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
