import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { RegionsConfig } from '../../src/config/sections/regions.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { MemoryEventLog } from '../../src/messaging/log/memory-event-log.js';
import { MemoryLog } from '../../src/messaging/log/memory-log.js';
import { HOMES_PARTITION, type HomeMoved, type SignedHomeRecord } from '../../src/messaging/log/log-values.js';
import type { LogPartition, LogRecord } from '../../src/messaging/log/event-log.js';
import { HealthContributors } from '../../src/platform/lifecycle/health-contributors.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { Hmac } from '../../src/kernel/hmac.js';
import { homeRecord } from '../../src/regions/internal/home-announcer.js';
import { HomeSignatures } from '../../src/regions/internal/home-signatures.js';
import { HomeMover } from '../../src/regions/home-mover.js';
import { Homes } from '../../src/regions/homes.js';
import { RegionHandlers } from '../../src/regions/region-handlers.js';
import { hearingAlone } from '../support/hearing.js';
import { createRedis } from '../support/create-redis.js';
import { eventually } from '../support/eventually.js';
import { sharedRedisUrl } from '../support/redis-store.js';

const PEER = { url: 'http://127.0.0.1:9', apiKey: 'k' };
const TENANT = '10001';
const KEY_SECRET = 'secret of all regions';
const SIGNATURES = new HomeSignatures(new Hmac(KEY_SECRET));

/**
 * The file exceeds 220 lines because all tests share one kind of process.
 *
 * A process of a region: homes, the claims of its store, and the log.
 */
class TestProcess {
  readonly logs: string[] = [];
  /** Of the records about homes. */
  readonly outcomes: string[] = [];
  readonly health = new HealthContributors();
  readonly homes: Homes;
  closed = new Set<string>();
  lastFence = 7;
  readonly log: MemoryEventLog;
  private readonly redis: Redis;
  private readonly config: RegionsConfig;

  constructor(log: MemoryLog, run: string, name: string, others: readonly string[], homes: [string, string][] = []) {
    this.redis = createRedis([sharedRedisUrl()], { timeoutMs: 1000 });
    const region = `${name}-${run}`;
    const peers = new Map(others.map((other) => [`${other}-${run}`, PEER]));
    this.config = {
      ...{ kafka: { brokers: [], tls: false, sasl: undefined, profile: 'kafka', topicPrefix: '' } },
      ...{ heartbeatMs: 100, silentAfterMs: 30_000, invalidatedWithinMs: 10_000 },
      ...{ home: `us-${run}`, peers, homes: new Map(homes.map(([tenant, home]) => [tenant, `${home}-${run}`])) },
    };
    this.log = new MemoryEventLog(log, region);
    const write = (_fields: unknown, text = String(_fields)): void => void this.logs.push(text);
    const logger = { info: write, warn: write } as never;
    const clock = new SystemClock();
    const parts = [this.config, region, this.redis, clock, hearingAlone(clock), this.log, logger] as const;
    this.homes = new Homes(...parts, new RegionHandlers(), this.health, new Hmac(KEY_SECRET));
    this.homes.gate = {
      close: (tenant) => {
        this.closed.add(tenant);
        return Promise.resolve(this.lastFence);
      },
      open: (tenant) => {
        this.closed.delete(tenant);
        return Promise.resolve();
      },
    };
  }

  async open(consumes = true): Promise<this> {
    await this.redis.connected();
    this.homes.onModuleInit();
    const apply = (_at: LogPartition, records: readonly LogRecord[]) => this.applyAll(records);
    const consumer = { apply, missed: () => Promise.resolve(), hasRead: () => Promise.resolve(false) };
    if (consumes) this.log.consume(consumer);
    await eventually(() => expect(this.homes.claimPlace(TENANT).kind).not.toBe('nowhere'));
    return this;
  }

  mover(tell: (line: string) => void): HomeMover {
    const { connection } = this.redis;
    if (connection === undefined) throw new Error('no Redis is configured');
    return new HomeMover(this.config, this.homes.region, connection, this.log, new Hmac(KEY_SECRET), tell);
  }

  beat(): Promise<void> {
    return this.log.append([
      {
        ...{ topic: 'agent.status.change', partition: 0, key: `heartbeat:${this.homes.region}` },
        value: JSON.stringify({ type: 'region.heartbeat', region: this.homes.region, homes: this.homes.fingerprint() }),
      },
    ]);
  }

  place(tenant = TENANT): string {
    const place = this.homes.claimPlace(tenant);
    return place.kind === 'elsewhere' ? place.region.slice(0, 2) : place.kind;
  }

  async stop(): Promise<void> {
    this.homes.onModuleDestroy();
    await this.log.close();
    this.redis.close();
  }

  private async applyAll(records: readonly LogRecord[]): Promise<void> {
    for (const { value } of records) {
      const record = JSON.parse(value) as
        SignedHomeRecord | { type: 'region.heartbeat'; region: string; homes: string };
      if (record.type !== 'region.heartbeat') this.outcomes.push(await this.homes.apply(record));
      else if (record.region !== this.homes.region) await this.homes.heard(record.region, record.homes);
    }
  }
}

describe('homes of tenants in several regions', () => {
  let run: string;
  let log: MemoryLog;
  const open: TestProcess[] = [];
  beforeEach(() => {
    run = randomUUID().slice(0, 8);
    log = new MemoryLog();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((process) => process.stop()));
  });

  const start = async (name: string, homes: [string, string][] = [], consumes = true): Promise<TestProcess> => {
    const others = ['us', 'eu', 'ap'].filter((each) => each !== name);
    const process = new TestProcess(log, run, name, others, homes);
    open.push(process);
    return process.open(consumes);
  };
  const moved = (epoch: number, home: string | null, fenceAbove = 0): HomeMoved => ({
    ...{ schema: 1, type: 'tenant.home', tenant: TENANT, epoch, fenceAbove },
    home: home === null ? null : `${home}-${run}`,
  });
  const move = (from: TestProcess, epoch: number, home: string | null, fenceAbove = 0): Promise<void> =>
    from.log.append([homeRecord(SIGNATURES, moved(epoch, home, fenceAbove))]);

  it('are where the configuration says', async () => {
    const eu = await start('eu', [['20002', 'eu']]);
    expect([eu.place(), eu.place('20002')]).toEqual(['us', 'here']);
  });

  it('are not moved by a program that has no secret of the regions', async () => {
    const [us, eu] = [await start('us'), await start('eu')];
    const { value: signed } = homeRecord(SIGNATURES, moved(1, null));
    const { mac } = JSON.parse(signed) as { readonly mac: string };
    const foreign = new HomeSignatures(new Hmac('another secret'));
    const values: readonly object[] = [
      moved(1, null),
      foreign.sign(moved(1, null)),
      // A signature of another record.
      { ...moved(2, 'eu'), mac },
      { ...moved(1, null), tenant: '20002', mac },
      { ...moved(1, null), mac: '' },
      { ...moved(1, null), mac: 17 },
      { schema: 1, type: 'tenant.home-released', tenant: TENANT, epoch: 0, region: us.homes.region, lastFence: 0, mac },
    ];
    for (const value of values)
      await us.log.append([{ ...HOMES_PARTITION, key: `${TENANT}:home`, value: JSON.stringify(value) }]);
    await eventually(() => {
      for (const { outcomes } of [us, eu]) expect(outcomes).toEqual(values.map(() => 'malformed'));
    });

    expect([us.place(), eu.place(), eu.place('20002')]).toEqual(['here', 'us', 'us']);
    expect([...us.closed]).toEqual([]);
    await us.log.append([{ ...HOMES_PARTITION, key: `${TENANT}:home`, value: signed }]);
    await eventually(() => expect(eu.place()).toBe('nowhere'));
  });

  it('are nowhere while they move, and the former home says that it has stopped', async () => {
    const [us, eu] = [await start('us'), await start('eu')];
    await move(eu, 1, null);
    await eventually(async () => {
      expect((await eu.homes.view(TENANT, 1000)).released).toMatchObject({ region: `us-${run}`, lastFence: 7 });
    });
    expect([us.place(), eu.place()]).toEqual(['nowhere', 'nowhere']);
    expect(us.closed).toEqual(new Set([TENANT]));
    // Locks of before are confirmed and released in the former home.
    expect([us.homes.lockPlace(TENANT).kind, eu.homes.lockPlace(TENANT).kind]).toEqual(['here', 'elsewhere']);
    await move(us, 2, 'eu', 1_000_007);
    await eventually(() => expect([us.place(), eu.place()]).toEqual(['eu', 'here']));
    expect(eu.homes.claimPlace(TENANT)).toEqual({ kind: 'here', fenceAbove: 1_000_007, isNew: true });
  });

  it('are known to every process of the region, and to a process that starts later', async () => {
    const [first, second] = [await start('us'), await start('us', [], false)];
    await move(first, 1, null);
    await eventually(() => expect(second.place()).toBe('nowhere'));
    await move(first, 2, 'ap');
    await eventually(() => expect([first.place(), second.place()]).toEqual(['ap', 'ap']));
    const third = await start('us', [], false);
    expect(third.place()).toBe('ap');
  });

  it('stop within 2 s where two regions have different tables, and only for the tenants in question', async () => {
    const [us, eu] = [await start('us', [['20002', 'us']]), await start('eu', [['20002', 'eu']])];
    const startMs = performance.now();
    await Promise.all([us.beat(), eu.beat()]);
    await eventually(() => expect([us.place('20002'), eu.place('20002')]).toEqual(['nowhere', 'nowhere']));
    expect(performance.now() - startMs).toBeLessThan(2000);
    expect([us.place(), eu.place()]).toEqual(['here', 'us']);
    expect(us.health.all()).toEqual([{ name: 'homes', healthy: false, details: { disagreeing: [`eu-${run}`] } }]);
    expect(us.logs.filter((line) => line.includes('table of homes differs'))).toHaveLength(1);
  });

  it('begin again when the tables agree', async () => {
    const [us, eu] = [await start('us', [['20002', 'us']]), await start('eu', [['20002', 'eu']])];
    await eu.beat();
    await eventually(() => expect(us.place('20002')).toBe('nowhere'));
    await eu.stop();
    open.splice(open.indexOf(eu), 1);
    const corrected = await start('eu', [['20002', 'us']]);
    await corrected.beat();
    await eventually(() => expect(us.place('20002')).toBe('here'));
    expect(us.logs).toContain('the tables of homes agree again');
  });

  it('do not stop for a region that has not read a move yet', async () => {
    const [us, eu] = [await start('us'), await start('eu')];
    await us.beat();
    eu.log.cut();
    const behind = eu.homes.fingerprint();
    await move(us, 1, null);
    await eventually(() => expect(us.place()).toBe('nowhere'));
    await us.homes.heard(`eu-${run}`, behind);
    await us.homes.view(TENANT, 1000);
    expect(us.health.all()[0]?.healthy).toBe(true);
  });

  it('reach a region whose log does not hold the move any more', async () => {
    const us = await start('us');
    await move(us, 1, null);
    await move(us, 2, 'ap');
    await eventually(() => expect(us.place()).toBe('ap'));
    log = new MemoryLog();
    const later = await start('eu');
    expect(later.place()).toBe('us');
    const again = new TestProcess(log, run, 'us', ['eu', 'ap']);
    open.push(again);
    await again.open();
    await later.beat();
    await eventually(() => expect([later.place(), again.place()]).toEqual(['ap', 'ap']));
    await later.beat();
    await eventually(() => expect(again.health.all()[0]?.healthy).toBe(true));
  });

  it('are moved by the command, also if another command began the move', async () => {
    const [us, eu] = [await start('us'), await start('eu')];
    const beats = setInterval(() => void Promise.all([us.beat(), eu.beat()]), 200);
    const lines: string[] = [];
    try {
      await eventually(async () => {
        const { regions } = await us.homes.view(TENANT, 1000);
        expect(regions.find(({ name }) => name === `eu-${run}`)?.isSilent).toBe(false);
      });
      await move(eu, 1, null);
      await us.mover((line) => lines.push(line)).move({ tenant: TENANT, to: `eu-${run}` }, undefined);
    } finally {
      clearInterval(beats);
    }
    expect(lines.at(-1)).toBe(`eu-${run} is the home of the tenant`);
    await eventually(() => expect([us.place(), eu.place()]).toEqual(['eu', 'here']));
    const nowhere = us.mover(() => undefined).move({ tenant: TENANT, to: `ap-${run}` }, undefined);
    await expect(nowhere).rejects.toThrow(`the region ap-${run} is not heard; start it first`);
  });

  it('survive a Redis that has lost them, as long as a process runs', async () => {
    const us = await start('us');
    await move(us, 1, null);
    await move(us, 2, 'ap');
    await eventually(() => expect(us.place()).toBe('ap'));
    const redis = createRedis([sharedRedisUrl()], { timeoutMs: 1000 });
    await redis.connected();
    const key = `region-homes:{us-${run}}`;
    await redis.connection?.run((client) => client.del(key), key);
    await eventually(async () => {
      expect(await redis.connection?.run((client) => client.hlen(key), key)).toBeGreaterThan(1);
    });
    redis.close();
    expect((await start('us', [], false)).place()).toBe('ap');
  });
});
