import { describe, expect, it } from '@jest/globals';
import { Lifecycle } from '../../src/platform/lifecycle/lifecycle.js';
import { raw } from '../support/http.js';
import { routesOf } from '../security/parts/routes.js';
import { onStage, type Stage } from './stage.js';

const KIB = 1024;
/** A header that only the secure headers set. */
const SECURE_HEADER = 'x-dns-prefetch-control';

type Body = 'json' | 'event' | 'form';

/**
 * The expected declaration of each path. A path that is missing here has the defaults. `none`: an
 * open route reads no body.
 */
const DECLARED: Readonly<Record<string, { body?: Body | 'none'; neverShed?: true; secureHeaders?: false }>> = {
  '/lookup/:name': { secureHeaders: false },
  '/api/v1/profile': { secureHeaders: false },
  '/webhook/customer-updated': { body: 'event' },
  '/webhook/eventbridge': { body: 'event' },
  '/webhook/:name': { body: 'event' },
  '/events/agent-status': { body: 'event' },
  '/oauth/token': { body: 'form' },
  '/health': { body: 'none', neverShed: true },
  '/health/live': { body: 'none', neverShed: true },
  '/health/startup': { body: 'none', neverShed: true },
  '/health/ready': { body: 'none', neverShed: true },
  '/metrics': { neverShed: true },
  '/docs-json': { neverShed: true },
  '/docs': { neverShed: true },
  '/docs/:asset': { neverShed: true },
  '/ops': { neverShed: true },
  '/ops/stream': { neverShed: true },
  '/ops/:asset': { neverShed: true },
  '/data-actions': { neverShed: true },
  '/data-actions/:name.custom.json': { neverShed: true },
};

/** Paths that only look like declared ones. */
const UNKNOWN = [
  ...['/', '/nothing', '/lookup', '/lookup/customer/more', '/lookups/customer', '/api/v1/profiles'],
  ...[
    '/webhook',
    '/webhook/crm/more',
    '/events/agent-status/more',
    '/oauth',
    '/oauth/tokens',
    '/health/other',
    '/healthy',
  ],
  ...['/docs/a/b', '/data-actions/customer.json', '/constructor', '/__proto__/x'],
];

const stage = onStage();

const filled = (path: string): string => path.replace(/:\w+/g, 'customer');
const spellings = (path: string): string[] => [path, `${path}/`, path.toUpperCase(), `${path}?a=/health`];

async function statusOf(method: string, path: string, body: string): Promise<unknown[]> {
  const { status, json } = await raw(method, stage.app.url + path, body);
  return [status, json?.code];
}

async function expectBody(method: string, path: string, body: Body | 'none'): Promise<void> {
  const TOO_LARGE = [413, 'body_too_large'];
  const limit = (body === 'event' ? 256 : 16) * KIB;
  const [larger, largest] = [JSON.stringify('x'.repeat(limit)), JSON.stringify('x'.repeat(limit - 2))];
  const refused = await statusOf(method, path, larger);
  if (body === 'none') {
    expect([path, refused[0]]).toEqual([path, 200]);
    return;
  }
  expect([path, refused]).toEqual([path, TOO_LARGE]);
  expect([path, await statusOf(method, path, largest)]).not.toEqual([path, TOO_LARGE]);
  const [, code] = await statusOf(method, path, 'grant_type=none');
  expect([path, code === 'invalid_json']).toEqual([path, body !== 'form']);
}

async function expectSecureHeaders(path: string, present: boolean): Promise<void> {
  const { headers } = await raw('GET', stage.app.url + path);
  expect([path, SECURE_HEADER in headers]).toEqual([path, present]);
}

async function expectNeverShed(stopping: Stage, path: string, neverShed: boolean): Promise<void> {
  stopping.app.app.get(Lifecycle).stop();
  const { json } = await raw('GET', stopping.app.url + path);
  expect([path, json?.code !== 'stopping']).toEqual([path, neverShed]);
}

describe('the options of a route', () => {
  const stopping = onStage();
  const paths = (): string[] => [...new Set(routesOf(stage.app.app).map(({ path }) => path))];
  const methodOf = (path: string): string =>
    routesOf(stage.app.app).find((route) => route.path === path)?.method ?? 'GET';

  it('declares route options only on paths that exist', () => {
    expect(paths()).toEqual(expect.arrayContaining(Object.keys(DECLARED)));
  });

  it('limits the body as each route declares', async () => {
    for (const path of paths())
      for (const spelling of spellings(filled(path)))
        await expectBody(methodOf(path), spelling, DECLARED[path]?.body ?? 'json');
  });

  it('omits the secure headers only on routes that declare it', async () => {
    for (const path of paths())
      for (const spelling of spellings(filled(path)))
        await expectSecureHeaders(spelling, DECLARED[path]?.secureHeaders ?? true);
  });

  it('answers while the process stops only on routes that declare it', async () => {
    for (const path of paths())
      for (const spelling of spellings(filled(path)))
        await expectNeverShed(stopping, spelling, DECLARED[path]?.neverShed ?? false);
  });

  it.each(UNKNOWN)('applies the default options to the unknown path %s', async (path) => {
    expect(await statusOf('POST', path, 'x'.repeat(17 * KIB))).toEqual([404, 'not_found']);
    await expectSecureHeaders(path, true);
    await expectNeverShed(stopping, path, false);
  });
});
