import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { Plan } from './plan.ts';

interface OpsPage {
  readonly url: string;
  readonly apiKey: string;
}

/** The picture shows the spike, and not its onset. */
const TAKEN_AFTER = 0.75;
/** The page then has the history of the service, and has drawn the first live seconds. */
const LIVE_FOR_MS = 2500;
const VIEWPORT = { width: 1280, height: 1000 };
const SHOWS_WITHIN = { timeout: 15_000 };

/**
 * Opens the ops page in the last quarter of a run, and writes a picture of its first screen.
 *
 * @param browser `undefined` means that no picture is wanted
 */
export async function pictureOfOps(
  browser: Browser | undefined,
  { url, apiKey }: OpsPage,
  { forMs, opsPicture }: Plan,
): Promise<void> {
  if (browser === undefined || opsPicture === undefined) return;
  await delay(forMs * TAKEN_AFTER - LIVE_FOR_MS);
  const httpCredentials = { username: 'rehearse', password: apiKey };
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light', httpCredentials });
  await page.goto(url, SHOWS_WITHIN);
  await page.waitForSelector('#link.state-well', SHOWS_WITHIN);
  await delay(LIVE_FOR_MS);
  writeFileSync(opsPicture, await page.screenshot({ type: 'png' }));
  await page.close();
}
