import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { get, raw } from '../../support/http.js';
import { API_KEY, Desktop, ORIGIN } from './desktop.js';

const UNKNOWN = 'a-token-that-the-platform-never-issued';

let desktop: Desktop;

beforeAll(async () => {
  desktop = await Desktop.open();
});
afterAll(() => desktop.stop());

describe('a page of another origin', () => {
  const preflight = (origin: string) =>
    raw('OPTIONS', `${desktop.app.url}/api/v1/profile`, undefined, {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    });

  it('may ask with a token if its origin is declared, and may read refusals', async () => {
    const { status, headers } = await preflight(ORIGIN);
    expect([status, headers['access-control-allow-origin']]).toEqual([204, ORIGIN]);
    expect(headers['access-control-allow-headers']).toContain('Authorization');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const refused = await desktop.profile(UNKNOWN, { origin: ORIGIN });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, ORIGIN]);
    expect(refused.headers['access-control-expose-headers']).toContain('Retry-After');
  });

  it('gets no permission if its origin is not declared', async () => {
    const { headers } = await preflight('https://evil.example.com');
    expect(headers['access-control-allow-origin']).toBeUndefined();
    const answer = await desktop.profile(await desktop.token(27), { origin: 'null' });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security: readonly object[] }>>>>;
  readonly components: { readonly securitySchemes: Readonly<Record<string, unknown>> };
}

describe('the token of a user', () => {
  it('is in the OpenAPI document, on the routes that a user may call', async () => {
    const { json } = await get(`${desktop.app.url}/docs-json`, { 'x-api-key': API_KEY });
    const { paths, components } = json as unknown as Document;
    expect(components.securitySchemes.genesysUser).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(paths['/api/v1/profile']?.post?.security).toContainEqual({ genesysUser: [] });
    expect(JSON.stringify(paths['/api/v1/profile']?.post)).toContain('platform_unavailable');
    expect(paths['/metrics']?.get?.security).not.toContainEqual({ genesysUser: [] });
  });
});
