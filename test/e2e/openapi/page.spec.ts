import { describe, expect, it } from '@jest/globals';
import { raw } from '../../support/http.js';
import { onStage } from '../stage.js';

const stage = onStage({ callers: { ops: { apiKeys: ['key-of-ops'], tenants: ['10001'], scopes: ['operate'] } } });
const BASIC = { authorization: `Basic ${Buffer.from('ops:key-of-ops').toString('base64')}` };
const get = (path: string, headers: Record<string, string> = BASIC) =>
  raw('GET', stage.app.url + path, undefined, headers);

/** Returns the paths of the files that the page refers to. */
async function referencedFiles(): Promise<string[]> {
  const { text } = await get('/docs');
  return [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
}

describe('the API documentation page', () => {
  it('requests Basic authentication from a browser', async () => {
    const { status, headers } = await get('/docs', {});
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toMatch(/^Basic /);
  });

  it('consists only of files that the service serves', async () => {
    expect((await referencedFiles()).length).toBeGreaterThan(3);
    for (const path of await referencedFiles()) {
      expect(path).toMatch(/^\.\/docs\/[\w.-]+$/);
      const { status, headers, text } = await get(path.slice(1));
      expect([path, status, text.length > 50]).toEqual([path, 200, true]);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    const script = await get('/docs/page.js');
    expect(script.headers['content-type']).toMatch(/^text\/javascript/);
    expect(script.text).toContain("url: './docs-json'");
  });

  it('has a content security policy that allows only its own origin', async () => {
    const policy = String((await get('/docs')).headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  });

  it('redirects a request with a trailing slash', async () => {
    const { status, headers } = await get('/docs/');
    expect([status, headers.location]).toEqual([308, '../docs']);
  });

  it.each([
    'package.json',
    '..%2fpackage.json',
    '%2e%2e%2f%2e%2e%2fpackage.json',
    'swagger-ui.js',
    'constructor',
    '__proto__',
  ])('serves no other file of the library: %s', async (name) => {
    const { status, json } = await get(`/docs/${name}`);
    expect([status, json?.code]).toEqual([404, 'not_found']);
  });
});
