import { chromium, type Browser } from 'playwright-core';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, BenchOptions } from './support/bench.ts';
import { scrape, type Datadip } from './support/datadip.ts';
import { API_KEY } from './support/declaration.ts';
import { compareNearHits, startNearHits } from './support/near-hits.ts';
import { fixed, quantile, whole } from './support/numbers.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis } from './support/redis.ts';
import type { Stage } from './support/stage.ts';
import { CannotMeasure, onPath } from './support/tools.ts';
import { load } from './support/wrk.ts';

const PAGES = 3;
const SHOWS_WITHIN = { timeout: 30_000 };
const CUSTOMERS = 10_000;
const SCRAPES = 100;
/** Prometheus scrapes every 15 s, and 100 scrapes would then take 25 minutes. */
const SCRAPE_EVERY_MS = 100;

/**
 * Compares a near hit while three browsers show the ops page with the same build without a page.
 * Then scrapes the metrics while near hits are answered.
 */
export const opsPage: Bench = async (stage, options) => {
  const executablePath = onPath('chromium-headless-shell') ?? onPath('chromium');
  if (executablePath === undefined) throw new CannotMeasure('chromium-headless-shell is not installed');
  const browser = await chromium.launch({ executablePath });
  try {
    const opened = { isReady: (datadip: Datadip) => openPages(browser, datadip) };
    const pair = await compareNearHits(
      stage,
      [
        ['the page in three browsers', opened],
        ['no page', {}],
      ],
      options,
    );
    return `${pair}\n\n${await scrapes(stage, options)}`;
  } finally {
    await browser.close();
  }
};

/** Each page has its own context, so its own connections, as in separate browsers. */
async function openPages(browser: Browser, { url }: Datadip): Promise<void> {
  const httpCredentials = { username: 'bench', password: API_KEY };
  for (let at = 0; at < PAGES; at++) {
    const page = await browser.newPage({ httpCredentials });
    await page.goto(`${url}/ops`, SHOWS_WITHIN);
    await page.waitForSelector('#link.state-well', SHOWS_WITHIN);
  }
}

async function scrapes(stage: Stage, { seconds }: BenchOptions): Promise<string> {
  const [redis, origin] = [await startRedis(stage, 'redis-scraped'), await startOrigin(stage, 'origin-scraped')];
  const lasts = (SCRAPES * SCRAPE_EVERY_MS) / 1000;
  const service = { redis, originUrl: origin.url, customers: CUSTOMERS, forSeconds: seconds + lasts };
  const datadip = await startNearHits(stage, { ...service, name: 'scraped' });
  const target = { url: datadip.url, pid: datadip.actor.pid, request: 'post', customers: CUSTOMERS } as const;
  await load(target, seconds);
  const loading = load(target, lasts);
  const tookMs: number[] = [];
  for (let at = 0; at < SCRAPES; at++) {
    const fromMs = performance.now();
    await scrape(datadip);
    tookMs.push(performance.now() - fromMs);
    await delay(SCRAPE_EVERY_MS);
  }
  const { requestsPerS } = await loading;
  const [p50, p95] = [0.5, 0.95].map((share) => fixed(quantile(tookMs, share)));
  return `${SCRAPES} scrapes while ${whole(requestsPerS)} near hits/s are answered: p50 ${p50} ms, p95 ${p95} ms.`;
}
