import { setTimeout as delay } from 'node:timers/promises';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { eventually } from '../../support/eventually.js';
import { get } from '../../support/http.js';
import { failedAnswers, Load, type LoadAnswer } from './load.js';
import { genesysFile, GenesysScene, type ClientCounts } from './scene.js';

const PER_SECOND = 50;
const HEALTHY = { refuse: false, hang: false, failureRate: 0, failureStatus: 500 };

export interface Outcome {
  readonly answers: readonly LoadAnswer[];
  readonly failed: readonly LoadAnswer[];
  readonly counts: ClientCounts;
  /** The time from the start of the load until the counters were read. */
  readonly tookMs: number;
  /** The number of failed token requests, as the service counts them. */
  readonly tokenFailures: number;
}

/**
 * A process in front of the sandbox Genesys Cloud. Each trial sets the lifetime of tokens.
 * The rate of token requests is not limited.
 */
export class TokenTrials {
  private constructor(
    private readonly scene: GenesysScene,
    private readonly datadip: DatadipProcess,
  ) {}

  static async open(): Promise<TokenTrials> {
    const scene = await GenesysScene.open({ login: { lifeS: 1, latencyMs: 100 }, api: { latencyMs: 20 } });
    try {
      return new TokenTrials(scene, await scene.start(genesysFile({ limits: { maxPerMinute: 1_000_000 } })));
    } catch (error) {
      await scene.stop();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.scene.stop();
  }

  /** Runs the load while tokens expire after `lifeS` seconds. */
  async shortLives(lifeS: number, forMs: number): Promise<Outcome> {
    await this.livesOf(lifeS);
    return this.underLoad(() => delay(forMs));
  }

  /** Runs the load and revokes all tokens in the middle. */
  async revocation(lifeS: number, forMs: number): Promise<Outcome> {
    await this.livesOf(lifeS);
    return this.underLoad(async () => {
      await delay(forMs / 2);
      await this.scene.revoke();
      await delay(forMs / 2);
    });
  }

  /** Runs the load while the login fails for `downMs`. */
  async loginDown(
    lifeS: number,
    downMs: number,
    how: Record<string, unknown>,
  ): Promise<Outcome & { backAtMs: number }> {
    await this.livesOf(lifeS);
    let backAtMs = 0;
    const outcome = await this.underLoad(async () => {
      await this.scene.login(how);
      await delay(downMs);
      await this.scene.login(HEALTHY);
      backAtMs = performance.now();
      await delay(3000);
    });
    return { ...outcome, backAtMs };
  }

  /** Sets the lifetime of tokens and waits for the first token with it. */
  private async livesOf(lifeS: number): Promise<void> {
    await this.scene.login({ ...HEALTHY, lifeS });
    const { tokensGiven } = await this.scene.counts();
    const isNew = async (): Promise<void> => {
      if ((await this.scene.counts()).tokensGiven === tokensGiven) throw new Error('no new token was given');
    };
    await eventually(isNew, { withinMs: 60_000 });
    await this.scene.resetCounts();
  }

  private async underLoad(act: () => Promise<void>): Promise<Outcome> {
    const startedMs = performance.now();
    const failuresBefore = await this.tokenFailures();
    const load = new Load({ urls: [this.datadip.url], perSecond: PER_SECOND });
    await act();
    const answers = await load.stop();
    const tokenFailures = (await this.tokenFailures()) - failuresBefore;
    const counts = await this.scene.counts();
    return { answers, failed: failedAnswers(answers), counts, tookMs: performance.now() - startedMs, tokenFailures };
  }

  private async tokenFailures(): Promise<number> {
    const { text } = await get(`${this.datadip.url}/metrics`);
    const counts = [...text.matchAll(/^datadip_token_failures_total\{.*\} (\d+)$/gm)].map(([, count]) => Number(count));
    return counts.reduce((sum, count) => sum + count, 0);
  }
}

/** Returns the time from `sinceMs` to the last failed answer. */
export function recoveredAfterMs(answers: readonly LoadAnswer[], sinceMs: number): number {
  return Math.max(sinceMs, ...failedAnswers(answers).map(({ atMs }) => atMs)) - sinceMs;
}

/**
 * Sends two processes of one region more lookups than the limit of their client allows.
 *
 * @returns the number of calls that the platform has counted at the end of each second
 */
export async function loadTwoProcesses(
  redisUrl: string,
  wantedPerSecond: number,
  forS: number,
): Promise<readonly number[]> {
  const scene = await GenesysScene.open({ api: { latencyMs: 50, latencySigma: 0.2 } });
  try {
    const env = { REDIS_URL: redisUrl, REGION: `genesys-${process.pid}` };
    const started = await Promise.all([scene.start(genesysFile(), { env }), scene.start(genesysFile(), { env })]);
    await scene.resetCounts();
    const callCounts: number[] = [];
    const load = new Load({ urls: started.map(({ url }) => url), perSecond: wantedPerSecond });
    for (let second = 0; second < forS; second++) {
      await delay(1000);
      callCounts.push((await scene.counts()).apiCalls);
    }
    await load.stop();
    return callCounts;
  } finally {
    await scene.stop();
  }
}
