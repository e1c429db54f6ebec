import axe from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { ensureCommands, onPath } from './find-redis.js';

/** The browser of Debian without windows. A full Chromium does as well. */
const HEADLESS = 'chromium-headless-shell';

/** Starts a real Chromium. The caller closes it. */
export async function startBrowser(): Promise<Browser> {
  const installed = onPath(HEADLESS) ?? onPath('chromium');
  if (installed === undefined) ensureCommands([HEADLESS]);
  return chromium.launch({ executablePath: installed ?? onPath(HEADLESS) ?? HEADLESS });
}

/** A page with everything that went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of the console and of scripts, and requests to any other origin. */
  readonly faults: string[];
}

/**
 * Opens a page in a separate context.
 *
 * @param others further origins that the page may ask
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions,
  others: readonly string[] = [],
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  const allowed = [new URL(url).origin, ...others].map((origin) => `${origin}/`);
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const asked = request.url();
    if (!allowed.some((origin) => asked.startsWith(origin)) && !asked.startsWith('data:'))
      faults.push(`request to ${asked}`);
  });
  await page.goto(url);
  return { page, faults };
}

/** The findings of axe about the whole page, each with its first element. */
export async function accessibilityFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>('axe.run(document)');
  return violations.map(({ id, nodes: [first] }) => `${id}: ${first?.html ?? ''} ${first?.failureSummary ?? ''}`);
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}
