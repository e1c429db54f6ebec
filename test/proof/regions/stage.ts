import type { RegionSite } from '../../support/regions/region-site.js';
import type { StoreKind } from '../../support/regions/region-store.js';
import { SkewedClocks } from '../../support/skewed-clock.js';
import { startThreeRegions, type ThreeRegions } from '../../support/three-regions.js';
import { Crm } from '../crm.js';
import { declarationFile } from '../lookup-variants.js';
import { openParts } from '../parts.js';
import type { Service } from '../service.js';

/** The bound of a read after an invalidation: short, so that a cut region crosses it often. */
export const INVALIDATED_WITHIN_MS = 2000;
const HEARTBEAT_MS = 250;
const SILENT_AFTER_MS = 3000;

/** How far the clocks of a region are ahead: those of its Redis and of its processes. */
const AHEAD_MS: Readonly<Record<string, number>> = { us: 0, eu: 30_000, ap: -30_000 };

/** Tenants whose agents are claimed, with their homes. */
export const CLAIM_TENANTS: Readonly<Record<string, string>> = { '20001': 'us', '20002': 'eu' };
/** The tenant of customers, and of agents that events are about. */
export const TENANT = '10001';

export const HEADERS = { 'x-api-key': 'key-of-the-proof', 'x-genesys-org': TENANT };

export interface Loss {
  readonly region: string;
  readonly atMs: number;
}

export interface RegionsStage {
  readonly regions: ThreeRegions;
  readonly crm: Crm;
  readonly services: readonly RegionService[];
  /** When a master of a region was killed: it may have lost what it acknowledged last. */
  readonly losses: Loss[];
  stop(): Promise<void>;
}

/** The first process of a region, in the view of readers and writers. */
class RegionService implements Service {
  constructor(readonly site: RegionSite) {}

  get name(): string {
    return this.site.name;
  }

  get port(): number {
    return this.site.port;
  }

  get up(): boolean {
    return this.site.process().running;
  }
}

export function openRegionsStage(store: StoreKind): Promise<RegionsStage> {
  return openParts(async (stopLater) => {
    const crm = await stopLater(Crm.start());
    const clocks = await stopLater(SkewedClocks.make());
    const variables: Record<string, Record<string, string>> = {};
    for (const [name, aheadMs] of Object.entries(AHEAD_MS)) variables[name] = await clocks.env(name, aheadMs);
    const regions = await stopLater(
      startThreeRegions({
        ...{ store, yaml: declarationFile(crm.url), callerKey: HEADERS['x-api-key'] },
        regions: {
          home: 'us',
          heartbeatMs: HEARTBEAT_MS,
          silentAfterMs: SILENT_AFTER_MS,
          invalidatedWithinMs: INVALIDATED_WITHIN_MS,
        },
        tenants: Object.fromEntries(Object.entries(CLAIM_TENANTS).map(([tenant, home]) => [tenant, { home }])),
        storeEnv: (name) => variables[name] ?? {},
        env: (name) => ({ ...variables[name], LOG_LEVEL: 'warn' }),
      }),
    );
    await regions.untilAllHear();
    return { regions, crm, services: regions.sites.map((site) => new RegionService(site)), losses: [] };
  });
}
