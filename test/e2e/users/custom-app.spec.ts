import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { accessibilityFindings, openPage, startBrowser } from '../../support/browser.js';
import { raw } from '../../support/http.js';
import { Desktop } from './desktop.js';
import { PageServer } from './page-server.js';

const WITHIN = { timeout: 15_000 };
/** The page waits 4 s for Datadip. */
const NO_ANSWER_WITHIN_MS = 6000;
/** Chromium writes one such line for every answer that is no success. */
const NETWORK_LINE = 'Failed to load resource';

let browser: Browser;
let desktop: Desktop;
let server: PageServer;
/** Accepts connections, and never answers. */
let silent: Server;
const sockets = new Set<Socket>();
let page: Page;
let faults: string[];
let nextCustomer = 100;

beforeAll(async () => {
  [browser, server] = await Promise.all([startBrowser(), PageServer.start()]);
  desktop = await Desktop.open({}, { CORS_ORIGINS: server.origin });
  silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
beforeEach(() => server.deploy({ datadip: desktop.app.url, genesys: desktop.sandbox.url }));
afterEach(async () => {
  await page.context().close();
  for (const what of ['behaviour', 'genesys/behaviour', 'genesys/session'])
    await raw('DELETE', `${desktop.sandbox.url}/sandbox/${what}`);
  await desktop.control('PUT', 'behaviour', { callsPerMinute: null });
});
afterAll(async () => {
  await browser.close();
  for (const socket of sockets) socket.destroy();
  silent.close();
  await desktop.stop();
  await server.stop();
});

/** A customer that no test has asked about. Its conversation has participant data. */
function newCustomer(): number {
  nextCustomer += nextCustomer % 10 === 9 ? 2 : 1;
  return nextCustomer;
}

function conversation(n: number): string {
  return `d0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

async function open(search: string, options: BrowserContextOptions = {}, path = '/custom-app/'): Promise<void> {
  const others = [desktop.app.url, desktop.sandbox.url, `http://127.0.0.1:${(silent.address() as AddressInfo).port}`];
  ({ page, faults } = await openPage(browser, `${server.origin}${path}${search}`, options, others));
}

const ring = (n: number, options?: BrowserContextOptions) => open(`?conversationId=${conversation(n)}`, options);
const shows = (words: RegExp) => page.locator('#state', { hasText: words }).waitFor(WITHIN);
const control = (what: string, body: unknown) =>
  raw('PUT', `${desktop.sandbox.url}/sandbox/${what}`, JSON.stringify(body));

describe('the Custom App', () => {
  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark and 360 px wide', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
  ] as const)('signs the agent in and shows the caller of a conversation: %s', async (_look, options) => {
    await ring(17, options);
    await shows(/^Up to date\.$/);
    expect(await page.textContent('#name')).toBe('Ada');
    expect(await page.textContent('#fields')).toContain('c-17');
    expect(page.url()).toBe(`${server.origin}/custom-app/?conversationId=${conversation(17)}`);
    expect(await accessibilityFindings(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('finds the caller by the number if the conversation has no participant data', async () => {
    await ring(20);
    await shows(/^Up to date\.$/);
    expect(await page.textContent('#fields')).toContain('c-20');
    expect(faults).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['its own placeholder', '?conversationId={{gcConversationId}}'],
    ['another text', '?conversationId=../../users/me'],
  ])('waits for a conversation if its address names %s', async (_case, search) => {
    await open(search);
    await shows(/^No conversation\./);
    expect(await page.locator('#action').isHidden()).toBe(true);
    expect(await accessibilityFindings(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('says that no customer has this number', async () => {
    await ring(200_000);
    await shows(/^No customer/);
    expect(await accessibilityFindings(page)).toEqual([]);
  });

  it('shows a stale profile as older data', async () => {
    const n = newCustomer();
    await ring(n);
    await shows(/^Up to date\.$/);
    await control('behaviour', { hang: true });
    desktop.passMs(61_000);
    await page.click('#action');
    await shows(/^Older data\./);
    expect(await page.textContent('#fields')).toContain(`c-${n}`);
    expect(await accessibilityFindings(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('shows no data if the answer is degraded, and asks again by keyboard', async () => {
    await control('behaviour', { failureRate: 1 });
    await ring(newCustomer());
    await shows(/^No data: the customer system/);
    expect(await page.textContent('#fields')).toBe('');
    expect(await accessibilityFindings(page)).toEqual([]);
    await control('behaviour', { failureRate: 0 });
    desktop.passMs(60_000);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('action');
    await page.keyboard.press('Enter');
    await shows(/^Up to date\.$/);
    expect(faults.filter((fault) => !fault.startsWith(NETWORK_LINE))).toEqual([]);
  });

  it('says that it has no answer, within its bound, if Datadip never answers', async () => {
    server.deploy({
      datadip: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      genesys: desktop.sandbox.url,
    });
    const startedAtMs = performance.now();
    await ring(17);
    await shows(/^No data: no answer in time\.$/);
    expect(performance.now() - startedAtMs).toBeLessThan(NO_ANSWER_WITHIN_MS + 2000);
    expect(await accessibilityFindings(page)).toEqual([]);
  });

  it('says that it has no answer if the platform never answers', async () => {
    await ring(newCustomer());
    await shows(/^Up to date\.$/);
    await desktop.control('PUT', 'behaviour', { hang: true });
    await page.click('#action');
    await shows(/^No data: no answer in time\.$/);
  });

  it('says that the agent is signed out after the token is revoked, and signs in again', async () => {
    await ring(newCustomer());
    await shows(/^Up to date\.$/);
    await desktop.control('DELETE', 'user-tokens/1');
    await page.click('#action');
    await shows(/^Signed out\./);
    expect(await page.evaluate('sessionStorage.getItem("token")')).toBeNull();
    expect(await accessibilityFindings(page)).toEqual([]);
    await page.click('#action');
    await shows(/^Up to date\.$/);
  });

  it('tries no second sign-in unasked if no agent is logged in', async () => {
    await desktop.control('PUT', 'session', { agent: null });
    await ring(17);
    await shows(/^Signed out\./);
    await page.reload();
    await shows(/^Signed out\./);
    const { json } = await desktop.control('GET', 'stats');
    expect((json?.login as { byRoute: Record<string, number> }).byRoute['/oauth/authorize']).toBeGreaterThan(0);
  });

  it('says that an agent of another organization may not see callers', async () => {
    await desktop.control('PUT', 'session', { agent: 30, organization: 2 });
    await ring(17);
    await shows(/^This account may not see callers\./);
  });

  it('ignores an answer of the login that it did not ask for', async () => {
    await open(`?conversationId=${conversation(17)}&code=stolen&state=invented`);
    await shows(/^Signed out\./);
    expect(page.url()).toBe(`${server.origin}/custom-app/`);
  });

  it('leaves the desktop alone while nothing answers', async () => {
    const nothing = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    server.deploy({ datadip: nothing, genesys: desktop.sandbox.url });
    await open(`?conversationId=${conversation(17)}`, {}, '/desktop.html');
    await page.keyboard.type('the customer asks for a refund');
    expect(await page.inputValue('#notes')).toBe('the customer asks for a refund');
    await page
      .frameLocator('iframe')
      .locator('#state', { hasText: /^No data: no answer/ })
      .waitFor(WITHIN);
    expect(await page.evaluate('document.activeElement.id')).toBe('notes');
    expect(faults.filter((fault) => !fault.startsWith(NETWORK_LINE))).toEqual([]);
  });
});
