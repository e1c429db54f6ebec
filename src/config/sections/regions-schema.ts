import { z } from 'zod';
import { mapOf, millis, seen, strict, text, textThat, wholeNumber } from '../schema/scalars.js';
import { baseUrl, filled, headerValue, printable, regionName, unpadded } from '../schema/text-rules.js';
import type { KafkaConfig } from './kafka.js';
import type { RegionsConfig } from './regions.js';
import type { TenantConfig } from './tenants.js';

/** The longest times, in milliseconds. The shortest are three heartbeats, see `regionsFindings`. */
export const LONGEST_MS = { silentAfterMs: 600_000, invalidatedWithinMs: 3_600_000 } as const;
export const DEFAULT_MS = { heartbeatMs: 1000, silentAfterMs: 30_000, invalidatedWithinMs: 10_000 } as const;
const MIN_HEARTBEAT_MS = 100;

const peer = strict({
  url: textThat(baseUrl),
  apiKey: textThat(filled, unpadded, printable, headerValue),
});

export const regionsSchema = strict({
  heartbeatMs: millis(MIN_HEARTBEAT_MS, 10_000).default(DEFAULT_MS.heartbeatMs),
  silentAfterMs: millis(3 * MIN_HEARTBEAT_MS, LONGEST_MS.silentAfterMs).default(DEFAULT_MS.silentAfterMs),
  invalidatedWithinMs: millis(3 * MIN_HEARTBEAT_MS, LONGEST_MS.invalidatedWithinMs).default(
    DEFAULT_MS.invalidatedWithinMs,
  ),
  home: textThat(regionName).optional(),
  peers: mapOf(peer).default({}),
});

/** The sketch of the section; see `seen` in `scalars.ts`. */
export const regionsSketch = z.object({
  heartbeatMs: seen(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  silentAfterMs: seen(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  invalidatedWithinMs: seen(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  home: seen(text),
  peers: seen(z.record(z.string(), seen(z.object({ url: seen(text) })))),
});

/**
 * Joins the sections of the file with the variables of Kafka.
 *
 * @param region the name of this region
 */
export function regionsConfig(
  section: z.infer<typeof regionsSchema> | undefined,
  tenants: ReadonlyMap<string, TenantConfig>,
  kafka: KafkaConfig,
  region: string,
): RegionsConfig {
  const { home = region, peers, ...times } = section ?? regionsSchema.parse({});
  const named = [...tenants].flatMap(([tenant, { home }]) => (home === undefined ? [] : [[tenant, home] as const]));
  return { ...times, home, peers: new Map(Object.entries(peers)), kafka, homes: new Map(named) };
}
