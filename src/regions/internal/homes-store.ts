import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { HomeReleased } from '../../messaging/log/log-values.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import { redisScript } from '../../platform/redis/redis-script.js';
import type { Release } from './home-move.js';
import type { MovedHome } from './homes-table.js';

/**
 * How long the table of another region is remembered after its last heartbeat, in milliseconds.
 * That region may still hand out agents while it is not heard.
 */
const REMEMBERED_MS = 3_600_000;
/** A bound that no installation is expected to reach. */
const MAX_REGIONS = 64;

const scriptOf = (name: string, file: string, keys: number) =>
  redisScript(name, keys, new URL(`../scripts/${file}.lua`, import.meta.url));
const READ = scriptOf('readHomes', 'read-homes', 2);
const WRITE = scriptOf('writeHome', 'write-home', 1);
const HEAR = scriptOf('hearHomes', 'hear-homes', 1);

const MOVED = z.object({ home: z.string().nullable(), former: z.string().optional(), fenceAbove: z.number() });
const RELEASED = z.object({ region: z.string(), lastFence: z.number() });

export interface HeardTable {
  readonly fingerprint: string;
  /** By the clock of the region's Redis. */
  readonly atMs: number;
}

/** A home, and when it was stored by the clock of the region's Redis. */
export type StoredHome = MovedHome & { readonly atMs: number };

export interface StoredHomes {
  readonly nowMs: number;
  /** By region. */
  readonly heard: ReadonlyMap<string, HeardTable>;
  /** `undefined` means that nothing changed since the last reading. */
  readonly changed:
    | {
        readonly moved: readonly StoredHome[];
        readonly released: ReadonlyMap<string, Release & { readonly epoch: number }>;
      }
    | undefined;
}

/** The table of homes in the region's Redis, so that a process knows it after a restart. */
export class HomesStore {
  private readonly homes: string;
  private readonly heard: string;
  private version = 'none';

  constructor(
    private readonly connection: RedisConnection,
    region: string,
  ) {
    this.homes = `region-homes:{${region}}`;
    this.heard = `region-homes:{${region}}:heard`;
    for (const script of [READ, WRITE, HEAR]) connection.define(script);
  }

  async read(): Promise<StoredHomes> {
    const reply = await this.connection.call(READ, [this.homes, this.heard], [this.version]);
    const [nowMs, version, heard, fields] = reply as [number, string, string[], string[]?];
    const tables = pairs(heard).map(([region, text]): [string, HeardTable] => {
      const [atMs, fingerprint = ''] = text.split(' ');
      return [region, { atMs: Number(atMs), fingerprint }];
    });
    this.version = version;
    return { nowMs, heard: new Map(tables), changed: fields === undefined ? undefined : stored(fields) };
  }

  async write({ tenant, epoch, ...home }: MovedHome): Promise<void> {
    await this.put(`home:${tenant}`, epoch, home);
  }

  async release({ tenant, epoch, region, lastFence }: HomeReleased): Promise<void> {
    await this.put(`released:${tenant}`, epoch, { region, lastFence });
  }

  async hear(region: string, fingerprint: string): Promise<void> {
    await this.connection.call(HEAR, [this.heard], [region, fingerprint, REMEMBERED_MS, MAX_REGIONS]);
  }

  private async put(field: string, epoch: number, value: object): Promise<void> {
    await this.connection.call(WRITE, [this.homes], [field, epoch, JSON.stringify(value), randomUUID()]);
  }
}

function stored(fields: readonly string[]): NonNullable<StoredHomes['changed']> {
  const moved: StoredHome[] = [];
  const released = new Map<string, Release & { readonly epoch: number }>();
  for (const [field, text] of pairs(fields)) {
    const [, kind, tenant = ''] = /^(home|released):(.*)$/.exec(field) ?? [];
    const [, epoch, atMs, json = ''] = /^(\d+) (\d+) (.*)$/s.exec(text) ?? [];
    if (kind === undefined || epoch === undefined) continue;
    const common = { epoch: Number(epoch), atMs: Number(atMs) };
    if (kind === 'released') released.set(tenant, { ...common, ...RELEASED.parse(JSON.parse(json)) });
    else {
      const { home, former, fenceAbove } = MOVED.parse(JSON.parse(json));
      moved.push({ ...common, tenant, home, former, fenceAbove });
    }
  }
  return { moved, released };
}

function pairs(list: readonly string[]): [string, string][] {
  return Array.from({ length: list.length / 2 }, (_, at) => [list[2 * at] ?? '', list[2 * at + 1] ?? '']);
}
