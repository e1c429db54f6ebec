import type { z } from 'zod';
import { regionName, tenant as tenantRule } from '../schema/text-rules.js';
import { isPlaintextRemote } from '../security-warnings.js';
import type { Finding, Path } from '../yaml/finding.js';
import type { CheckContext } from './check-context.js';
import { DEFAULT_MS, LONGEST_MS, type regionsSketch } from './regions-schema.js';
import type { TenantSketches } from './tenants-schema.js';

export type RegionsSketch = z.infer<typeof regionsSketch>;
type PeerSketches = NonNullable<RegionsSketch['peers']>;

/** A shorter time would end between two late heartbeats. */
const HEARTBEATS = 3;

/** Checks the rules between the keys of `regions` and `tenants`, and with the environment. */
export function regionsFindings(
  regions: RegionsSketch | undefined,
  tenants: TenantSketches = {},
  context: CheckContext,
): Finding[] {
  const peers = regions?.peers ?? {};
  return [
    ...withoutKafka(regions, tenants, context),
    ...tooShort(regions, context),
    ...peerNames(peers, context),
    ...sharedAddresses(peers),
    ...plaintextPeers(peers, context),
    ...missingHome(regions, context),
    ...unknownHomes(regions, tenants, context),
    ...tenantNames(tenants),
  ];
}

/**
 * Without the log, this region would hand out the agents of every tenant, also of a tenant that is
 * at home in another region. In development a warning at start says so.
 */
function withoutKafka(
  regions: RegionsSketch | undefined,
  tenants: TenantSketches,
  { mode, usesKafka }: CheckContext,
): Finding[] {
  if (usesKafka || mode !== 'production') return [];
  const message = 'needs KAFKA_BROKERS in production: without it, this region claims agents of every tenant';
  const homes = Object.entries(tenants).filter(([, tenant]) => tenant?.home !== undefined);
  return [
    ...(regions === undefined ? [] : [{ path: ['regions'], message }]),
    ...homes.map(([name]) => ({ path: ['tenants', name, 'home'], message })),
  ];
}

/** Three heartbeats, in milliseconds. */
export function threeHeartbeatsMs(regions: RegionsSketch | undefined): number {
  return HEARTBEATS * (regions?.heartbeatMs ?? DEFAULT_MS.heartbeatMs);
}

function tooShort(regions: RegionsSketch | undefined, { isSound }: CheckContext): Finding[] {
  if (!isSound(['regions', 'heartbeatMs'])) return [];
  const min = threeHeartbeatsMs(regions);
  return (['silentAfterMs', 'invalidatedWithinMs'] as const).flatMap((key): Finding[] => {
    const max = LONGEST_MS[key];
    if ((regions?.[key] ?? DEFAULT_MS[key]) >= min || min > max || !isSound(['regions', key])) return [];
    const message = `must be at least three heartbeats; allowed: ${min} to ${max}`;
    return [{ path: ['regions', key], message }];
  });
}

function peerNames(peers: PeerSketches, { region }: CheckContext): Finding[] {
  return Object.keys(peers).flatMap((name): Finding[] => {
    const message = name === region ? 'is this region (REGION); allowed: other regions' : regionName(name);
    return message === undefined ? [] : [{ path: ['regions', 'peers', name], message, hidesValue: true }];
  });
}

/** Two regions at one address are one region under two names. */
function sharedAddresses(peers: PeerSketches): Finding[] {
  const owners = new Map<string, string>();
  return Object.entries(peers).flatMap(([name, peer]): Finding[] => {
    const url = URL.parse(peer?.url ?? '')?.href;
    if (url === undefined) return [];
    const owner = owners.get(url) ?? name;
    owners.set(url, owner);
    if (owner === name) return [];
    return [{ path: ['regions', 'peers', name, 'url'], message: `is also the address of the region ${owner}` }];
  });
}

function plaintextPeers(peers: PeerSketches, { mode }: CheckContext): Finding[] {
  if (mode !== 'production') return [];
  const message = 'must be https:// in production: http:// sends the apiKey and lock tokens unencrypted';
  return Object.entries(peers)
    .filter(([, peer]) => isPlaintextRemote(URL.parse(peer?.url ?? '')))
    .map(([name]) => ({ path: ['regions', 'peers', name, 'url'], message }));
}

/** Without `home`, each region would count itself as the home of the tenants that name none. */
function missingHome(regions: RegionsSketch | undefined, { isSound }: CheckContext): Finding[] {
  const isMissing = regions?.home === undefined && isSound(['regions', 'home']);
  if (!isMissing || Object.keys(regions?.peers ?? {}).length === 0) return [];
  const message = 'is required with peers: the home of the tenants that name none, the same in all regions';
  return [{ path: ['regions', 'home'], message }];
}

function unknownHomes(
  regions: RegionsSketch | undefined,
  tenants: TenantSketches,
  { region, usesKafka, isSound }: CheckContext,
): Finding[] {
  if (!usesKafka || !isSound(['regions', 'peers'])) return [];
  const known = [...new Set([region, ...Object.keys(regions?.peers ?? {})])];
  const check = (path: Path, home: string | undefined): Finding[] => {
    if (home === undefined || known.includes(home)) return [];
    return [{ path, message: `is no region here; allowed: this region or a peer: ${known.join(', ')}` }];
  };
  const ofTenants = Object.entries(tenants).flatMap(([name, tenant]) => check(['tenants', name, 'home'], tenant?.home));
  return [...check(['regions', 'home'], regions?.home), ...ofTenants];
}

function tenantNames(tenants: TenantSketches): Finding[] {
  return Object.keys(tenants).flatMap((name): Finding[] => {
    const message = name === '*' ? 'must be one tenant' : tenantRule(name);
    return message === undefined ? [] : [{ path: ['tenants', name], message, hidesValue: true }];
  });
}
