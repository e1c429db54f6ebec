import { afterAll, beforeAll } from '@jest/globals';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { FALLBACK, startEdge } from '../../support/edge-worker.js';
import { get, post, type HttpAnswer } from '../../support/http.js';
import { startRegion, type Region } from '../../support/region.js';
import type { TestApp } from '../../support/app.js';
import { startProxy, type ChaosProxy } from '../../support/tcp-proxy.js';
import { aboutAda } from '../stage.js';

export const KEY = { 'x-api-key': 'edge-key' };
const CALLERS = {
  flow: { apiKeys: ['edge-key'], tenants: ['10001'], scopes: ['lookup', 'agents', 'invalidate', 'events'] },
  slow: { apiKeys: ['slow-key'], tenants: ['10001'], scopes: ['lookup'], limits: { maxPerSecond: 1 } },
  scraper: { apiKeys: ['scraper-key'], tenants: ['*'], scopes: ['operate'] },
};
/** The deadline of a lookup in the region. The Worker waits longer. */
const SERVICE_DEADLINE_MS = 2000;

export interface EdgeScene {
  readonly region: Region<TestApp>;
  /** The network between the Worker and the region. */
  readonly link: ChaosProxy;
  readonly edge: DatadipProcess;
  ask(inputs: Record<string, unknown>, headers?: Record<string, string>): Promise<HttpAnswer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<HttpAnswer>;
  get(path: string, headers?: Record<string, string>): Promise<HttpAnswer>;
}

/** A Worker in front of the real service, with a link that a test can break. */
export function onEdge(bindings: Readonly<Record<string, unknown>> = {}): EdgeScene {
  let region: Region<TestApp>;
  let link: ChaosProxy;
  let edge: DatadipProcess;
  beforeAll(async () => {
    region = await startRegion({
      origin: aboutAda,
      declaration: { callers: CALLERS },
      env: { DEADLINE_MS: String(SERVICE_DEADLINE_MS) },
    });
    link = await startProxy(Number(new URL(region.url()).port));
    edge = await startEdge({
      REGIONS: [{ name: 'us', url: link.url('http') }],
      DEADLINE_MS: 3000,
      FALLBACKS: { customer: FALLBACK, profile: FALLBACK },
      ...bindings,
    });
  });
  afterAll(async () => {
    await edge.kill();
    await link.stop();
    await region.stop();
  });
  return {
    get region() {
      return region;
    },
    get link() {
      return link;
    },
    get edge() {
      return edge;
    },
    ask: (inputs, headers = KEY) => post(`${edge.url}/lookup/customer`, inputs, headers),
    post: (path, body, headers = KEY) => post(edge.url + path, body, headers),
    get: (path, headers = KEY) => get(edge.url + path, headers),
  };
}
