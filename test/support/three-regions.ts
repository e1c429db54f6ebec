/** This file exceeds 220 lines because the parts of a running region share their options. */

import { randomUUID } from 'node:crypto';
import { parse, stringify } from 'yaml';
import { eventually } from './eventually.js';
import { createTopics } from './kafka-topics.js';
import { startKafka, type TestKafka } from './kafka.js';
import { RegionLinks, type LinkScope } from './regions/links.js';
import { RegionSite } from './regions/region-site.js';
import { startRegionStore, type RegionStore, type StoreKind } from './regions/region-store.js';

type Variables = Readonly<Record<string, string>>;
type Section = Readonly<Record<string, unknown>>;

const CALLER_KEY = 'key-of-the-tests';
/** The key with which regions call each other. */
export const PEER_KEY = 'key-of-the-other-regions';

/** The callers of every region. */
function callersWith(key: string): Section {
  const scopes = ['lookup', 'agents', 'invalidate', 'events', 'operate'];
  return {
    tests: { apiKeys: [key], tenants: ['*'], scopes },
    regions: { apiKeys: [PEER_KEY], tenants: ['*'], scopes: ['agents'] },
  };
}

export interface ThreeRegionsOptions {
  /** The names of the regions: lower case letters. Default: us, eu and ap. */
  readonly names?: readonly string[];
  /** The Redis of each region. Default: `server`. */
  readonly store?: StoreKind;
  /** More arguments of every `redis-server`. Default: none. */
  readonly storeArgs?: readonly string[];
  /** Variables of the Redis servers of a region. Default: none. */
  readonly storeEnv?: (region: string) => Variables;
  /** Processes of each region. Default 1. */
  readonly processes?: number;
  /** The declaration of every region: YAML without `callers`, `regions` and `tenants`. */
  readonly yaml: string;
  /** Keys of `regions:`, apart from `peers`. Default: `home` is the first region. */
  readonly regions?: Section;
  /** The section `tenants:`. Default: none. */
  readonly tenants?: Section;
  /** More tenants of one region. Default: none. */
  readonly tenantsOf?: (region: string) => Section;
  /** More callers of every region. Default: none. */
  readonly callers?: Section;
  /** Variables of the processes of a region. Default: none. */
  readonly env?: (region: string) => Variables;
  /** Partitions of each topic. Default 3. */
  readonly partitions?: number;
  /** The API key that the regions' methods send. Default: a key of the tests. */
  readonly callerKey?: string;
  /** The port of each process. Default: free ones. */
  readonly portOf?: (region: string, at: number) => number;
}

/**
 * Starts several regions on one machine: a Redis and processes for each, one Kafka, and a proxy on
 * each way between them. If a step fails, the function stops what it started.
 */
export async function startThreeRegions(options: ThreeRegionsOptions): Promise<ThreeRegions> {
  const names = options.names ?? ['us', 'eu', 'ap'];
  const opened: { stop(): Promise<unknown> }[] = [];
  const stop = async (): Promise<void> => {
    for (const resource of opened.toReversed()) await resource.stop();
  };
  const keep = <T extends { stop(): Promise<unknown> }>(resource: T): T => {
    opened.push(resource);
    return resource;
  };
  try {
    const [kafka, stores] = await all(
      startKafka({ links: names }).then(keep),
      everyOf(names, async (name) => [name, keep(await startStore(name, options))] as const),
    );
    const links = keep(await RegionLinks.start(new Map(names.map((name) => [name, kafka.link(name)]))));
    await createTopics(kafka.address, '', options.partitions ?? 3);
    const secret = randomUUID();
    const sites = await everyOf(stores, async ([name, store]) => {
      const plan = planOf(name, { options, names, kafka, links, secret, store });
      return keep(await RegionSite.start(plan, options.processes ?? 1));
    });
    for (const site of sites) links.peersTo(site.name, site.port);
    return new ThreeRegions({ kafka, links, sites, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts {
  readonly kafka: TestKafka;
  readonly links: RegionLinks;
  readonly sites: readonly RegionSite[];
  readonly stop: () => Promise<void>;
}

/** Running regions, and what a test breaks between them. */
export class ThreeRegions {
  readonly kafka: TestKafka;
  readonly links: RegionLinks;
  readonly sites: readonly RegionSite[];

  constructor(private readonly parts: Parts) {
    this.kafka = parts.kafka;
    this.links = parts.links;
    this.sites = parts.sites;
  }

  region(name: string): RegionSite {
    const site = this.sites.find((each) => each.name === name);
    if (site === undefined) throw new RangeError(`no region ${name}`);
    return site;
  }

  /** Resets the connections of a region to Kafka and to other regions, and refuses new ones. */
  cut(name: string, scope?: LinkScope): Promise<void> {
    return this.links.set(name, { kind: 'cut' }, scope);
  }

  /** Holds everything that a region sends and receives. */
  blackhole(name: string, scope?: LinkScope): Promise<void> {
    return this.links.set(name, { kind: 'blackhole' }, scope);
  }

  /** Delays each chunk from and to a region. */
  slow(name: string, oneWayMs: number, scope?: LinkScope): Promise<void> {
    return this.links.set(name, { kind: 'open', oneWayMs }, scope);
  }

  heal(name: string, scope?: LinkScope): Promise<void> {
    return this.slow(name, 0, scope);
  }

  killBroker(): Promise<void> {
    return this.kafka.kill();
  }

  /** Starts the broker at the same ports, with its data. */
  startBroker(): Promise<void> {
    return this.kafka.restart();
  }

  /** Starts another process in the place of one, and tells the links its port. */
  async replaceProcess(name: string, at = 0): Promise<void> {
    const site = this.region(name);
    await site.replaceProcess(at);
    if (at === 0) this.links.peersTo(name, site.port);
  }

  /**
   * Waits until every process knows that its region hears itself and all others.
   *
   * @param onDeaf gets what a region does not hear, at each look
   */
  async untilAllHear(
    withinMs = 30_000,
    onDeaf: (site: string, reason: string) => void = () => undefined,
  ): Promise<void> {
    const look = (site: RegionSite): Promise<void> =>
      mustHear(site, this.links.names).catch((error: unknown) => {
        onDeaf(site.name, String(error));
        throw error;
      });
    await eventually(() => Promise.all(this.sites.map(look)), { withinMs });
  }

  async stop(): Promise<void> {
    await this.parts.stop();
  }
}

/** The age of what a healthy region has heard is about one heartbeat. */
const HEARS_WITHIN_S = 3;

async function mustHear(site: RegionSite, names: readonly string[]): Promise<void> {
  for (const at of site.processes.keys()) {
    const metrics = await site.metrics(at);
    const ageS = metrics.sum('datadip_bus_heard_age_seconds') ?? Infinity;
    if (!(ageS <= HEARS_WITHIN_S)) throw new Error(`${site.name} heard everything ${ageS} s ago`);
    const heard = metrics.by('datadip_region_last_heard_seconds', 'region');
    for (const name of names)
      if (name !== site.name && !((heard.get(name) ?? Infinity) <= HEARS_WITHIN_S))
        throw new Error(`${site.name} has not heard ${name}`);
  }
}

function startStore(name: string, { store = 'server', ...options }: ThreeRegionsOptions): Promise<RegionStore> {
  const { storeEnv, storeArgs: args = [] } = options;
  return startRegionStore(store, { args, ...(storeEnv === undefined ? {} : { env: storeEnv(name) }) });
}

interface PlanParts {
  readonly options: ThreeRegionsOptions;
  readonly names: readonly string[];
  readonly kafka: TestKafka;
  readonly links: RegionLinks;
  readonly secret: string;
  readonly store: RegionStore;
}

function planOf(name: string, { options, names, kafka, links, secret, store }: PlanParts) {
  const { yaml, tenants, tenantsOf, callers, env, portOf, callerKey = CALLER_KEY } = options;
  const others = names.filter((other) => other !== name);
  const peers = Object.fromEntries(
    others.map((other) => [other, { url: `http://127.0.0.1:${links.peerPort(name, other)}`, apiKey: PEER_KEY }]),
  );
  const sections = {
    callers: { ...callersWith(callerKey), ...callers },
    regions: { home: names[0], ...options.regions, peers },
    tenants: { ...tenants, ...tenantsOf?.(name) },
  };
  return {
    name,
    store,
    yaml: stringify({ ...(parse(yaml) as Section), ...sections }),
    env: { KEY_SECRET: secret, KAFKA_BROKERS: kafka.linkAddress(name), REDIS_TIMEOUT_MS: '1000', ...env?.(name) },
    headers: { 'x-api-key': callerKey },
    portOf: portOf === undefined ? undefined : (at: number) => portOf(name, at),
  };
}

/** Like `Promise.all`, but waits for all, so that nothing starts after the caller has stopped. */
async function all<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

async function everyOf<Item, T>(items: readonly Item[], start: (item: Item) => Promise<T>): Promise<readonly T[]> {
  const starting = items.map((item) => start(item));
  await Promise.allSettled(starting);
  return Promise.all(starting);
}
