import { Redis } from 'ioredis';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { get } from '../support/http.js';
import { listenPrivately } from '../support/private-port.js';
import { customerNamedIn } from './crm.js';
import type { Service } from './service.js';
import { inputOf, LOOKUP_VARIANTS } from './lookup-variants.js';

const TTL_MS = 30_000;

/** The input of a lookup, or an event. */
type Body = Readonly<Partial<Record<'ani' | 'email' | 'customerId', string>>>;

/**
 * A plain cache-aside service. On a miss it reads the origin and sets the key.
 * An invalidation deletes the customer's keys.
 * The proof must find the stale reads of this service.
 */
export class CacheAside implements Service {
  readonly up = true;
  port = 0;
  private readonly redis: Redis;
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  private constructor(
    readonly name: string,
    private readonly crmUrl: string,
    redisUrl: string,
  ) {
    this.redis = new Redis(redisUrl);
  }

  static async start(name: string, crmUrl: string, redisUrl: string): Promise<CacheAside> {
    const service = new CacheAside(name, crmUrl, redisUrl);
    service.port = await listenPrivately(service.server);
    return service;
  }

  async stop(): Promise<void> {
    this.redis.disconnect();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
    const { url = '' } = request;
    const answer = await (url.startsWith('/lookup/') ? this.lookUp(url, body) : this.invalidate(body));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  }

  private async lookUp(url: string, input: Body): Promise<object> {
    const key = keyOf(url.slice('/lookup/'.length), input);
    const cached = await this.redis.get(key);
    if (cached !== null) return { ...(JSON.parse(cached) as object), source: 'cache' };
    const answer = await this.load(input).catch(() => undefined);
    if (answer === undefined) return { contactFound: false, source: 'degraded' };
    await this.redis.set(key, JSON.stringify(answer), 'PX', TTL_MS);
    return { ...answer, source: 'origin' };
  }

  private async load(input: Body): Promise<object> {
    const { status, json } = await get(this.crmUrl + crmPath(input));
    if (status !== 200 && status !== 404) throw new Error('the CRM fails');
    const found = Array.isArray(json?.results) ? (json.results[0] as unknown) : status === 200 ? json : undefined;
    if (found === undefined) return { contactFound: false };
    const { id, version } = found as { readonly id: string; readonly version: number };
    return { contactFound: true, customerId: id, version };
  }

  private async invalidate({ customerId: id = '' }: Body): Promise<object> {
    const customer = customerNamedIn(id);
    await this.redis.del(LOOKUP_VARIANTS.map((variant) => keyOf(variant.lookup, inputOf(variant, customer))));
    return { duplicate: false };
  }
}

function crmPath({ ani, email, customerId: id }: Body): string {
  if (id !== undefined) return `/customers/${id}`;
  return ani === undefined ? `/customers?email=${email ?? ''}` : `/customers?phone=${encodeURIComponent(ani)}`;
}

function keyOf(lookup: string, input: Body): string {
  return `aside:${lookup}:${JSON.stringify(input)}`;
}
