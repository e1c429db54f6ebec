import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { accessibilityFindings, openPage, startBrowser } from '../../support/browser.js';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startRegion, type Region } from '../../support/region.js';
import { aboutAda, newPhone } from '../stage.js';

const CALLERS = { desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: ['lookup', 'operate'] } };
const LOGIN = { username: 'desk', password: 'key-of-desk' };
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };
/** A failure must be on the page within this time. */
const VISIBLE_WITHIN_MS = 3000;
const SHOWS_WITHIN = { timeout: 15_000 };
/** Every look of the page, with its name. */
const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['light and wide', { colorScheme: 'light', viewport: WIDE }],
  ['light and 360 px wide', { colorScheme: 'light', viewport: NARROW }],
  ['dark and wide', { colorScheme: 'dark', viewport: WIDE }],
  ['dark and 360 px wide', { colorScheme: 'dark', viewport: NARROW, deviceScaleFactor: 2 }],
];

let redis: TestRedis;
let region: Region<DatadipProcess>;
let browser: Browser;
let page: Page;
let faults: string[];
let traffic: NodeJS.Timeout;
beforeAll(async () => {
  [redis, browser] = await Promise.all([startRedis(), startBrowser()]);
  region = await startRegion({
    ...{ inProcess: false, store: redis.url, processes: 2, origin: aboutAda },
    ...{ declaration: { callers: CALLERS }, headers: { 'x-api-key': 'key-of-desk' } },
  });
  traffic = setInterval(() => {
    for (const at of [0, 1]) region.lookup('customer', { ani: newPhone() }, at).catch(() => undefined);
  }, 100);
});
afterEach(() => page.context().close());
afterAll(async () => {
  clearInterval(traffic);
  await browser.close();
  await region.stop();
  await redis.stop();
});

/** Opens the page and waits for its first seconds. */
async function open(options: BrowserContextOptions = { viewport: WIDE }): Promise<void> {
  ({ page, faults } = await openPage(browser, region.url('/ops'), { httpCredentials: LOGIN, ...options }));
  await page.waitForSelector('#section-systems tbody tr', SHOWS_WITHIN);
  await page.waitForSelector('#link.state-well', SHOWS_WITHIN);
}

const text = async (selector: string): Promise<string> => (await page.textContent(selector)) ?? '';

/** Milliseconds until the first line of the page matches. */
async function sentenceMatches(pattern: RegExp): Promise<number> {
  const sinceMs = performance.now();
  await eventually(async () => expect(await text('#sentence')).toMatch(pattern));
  return performance.now() - sinceMs;
}

/**
 * Counts the pixels of a chart that have the colour of a series, and gives the contrast of this
 * colour to the ground.
 */
const DRAWN = `(id, name) => {
  const colourOf = (variable) => {
    const one = document.createElement('canvas').getContext('2d');
    one.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(variable);
    one.fillRect(0, 0, 1, 1);
    return [...one.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const linear = (byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const wanted = colourOf('--' + name);
  const [high, low] = [light(wanted), light(colourOf('--ground'))].sort((a, b) => b - a);
  const canvas = document.querySelector('#section-' + id + ' canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let pixels = 0;
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] > 200 && wanted.every((byte, part) => Math.abs(byte - data[at + part]) < 12)) pixels++;
  return { pixels, contrast: (high + 0.05) / (low + 0.05) };
}`;

async function drawn(id: string, colour: string): Promise<{ pixels: number; contrast: number }> {
  return page.evaluate(`(${DRAWN})(${JSON.stringify(id)}, ${JSON.stringify(colour)})`);
}

describe('the page of the person on call', () => {
  it.each(LOOKS)('draws, is accessible and does not scroll sideways: %s', async (_name, look) => {
    await open(look);
    await eventually(async () => {
      const { pixels, contrast } = await drawn('answers', 'source-origin');
      expect(pixels).toBeGreaterThan(20);
      expect(contrast).toBeGreaterThan(4.5);
    });
    for (const colour of ['source-cache', 'source-stale', 'source-degraded', 'source-none', 'first', 'second'])
      expect((await drawn('answers', colour)).contrast).toBeGreaterThan(3);
    expect(await accessibilityFindings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(faults).toEqual([]);
  });

  it('shows two processes as one region, and updates every second', async () => {
    await open();
    expect(await text('#region')).toBe(region.name);
    await eventually(async () => expect(await text('#heard')).toBe('2 processes heard in the last 5 s.'));
    const count = () => text('#section-answers tbody tr:nth-child(3) td:nth-of-type(2)');
    const before = await count();
    await eventually(async () => expect(await count()).not.toBe(before), { withinMs: VISIBLE_WITHIN_MS });
    expect(await page.title()).toContain(region.name);
    expect(faults).toEqual([]);
  });

  it('shows a failing origin within 3 s, in words', async () => {
    await open();
    await sentenceMatches(/^(?!.*crm fails)/);
    region.origin.fail(503);
    expect(await sentenceMatches(/crm fails more than 5 % of its calls/)).toBeLessThan(VISIBLE_WITHIN_MS);
    expect(await text('#section-systems tbody')).toContain('error status (HTTP 503)');
    expect(await page.getAttribute('#sentence', 'class')).toBe('state-alarm');
    region.origin.answer(aboutAda);
    expect(faults).toEqual([]);
  });

  it('shows a Redis that is away within 3 s', async () => {
    await open();
    await redis.kill();
    expect(await sentenceMatches(/Redis is away/)).toBeLessThan(VISIBLE_WITHIN_MS);
    expect(await text('#section-connections tbody')).toContain('connection refused');
    await redis.restart();
    await sentenceMatches(/^(?!.*Redis is away)/);
    expect(faults).toEqual([]);
  });

  it('can be used by keyboard alone', async () => {
    await open({ viewport: NARROW });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await text('#link')).toBe('Paused.'));
    expect(await text('#pause')).toBe('Resume');
    await page.keyboard.press('Space');
    await eventually(async () => expect(await text('#link')).toBe('Live.'));

    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(page.url()).toMatch(/#section-answers$/);
    // Wide tables scroll by keyboard.
    const reached = new Set<string>();
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate('document.activeElement.getAttribute("aria-labelledby") ?? ""'));
    }
    expect(reached).toContain('heading-systems');
    expect(faults).toEqual([]);
  });

  it('has no stream while its tab is hidden', async () => {
    await open();
    const closed = () => region.process().logs.filter(({ route }) => route === '/ops/stream').length;
    const before = closed();
    const hide = (state: string) =>
      page.evaluate(
        `Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' });` +
          `document.dispatchEvent(new Event('visibilitychange'));`,
      );
    await hide('hidden');
    await eventually(() => expect(closed()).toBe(before + 1));
    await hide('visible');
    const count = await text('#section-answers tbody tr:nth-child(3) td:nth-of-type(2)');
    await eventually(async () =>
      expect(await text('#section-answers tbody tr:nth-child(3) td:nth-of-type(2)')).not.toBe(count),
    );
  });
});
