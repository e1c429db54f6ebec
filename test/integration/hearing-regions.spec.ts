/** This file exceeds 220 lines because its tests share how regions are opened. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { LogPartition } from '../../src/messaging/log/event-log.js';
import { MemoryEventLog } from '../../src/messaging/log/memory-event-log.js';
import { MemoryLog } from '../../src/messaging/log/memory-log.js';
import { eventually } from '../support/eventually.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { HearingRegion, type HearingRegionOptions } from './parts/hearing-region.js';

const CUSTOMERS: LogPartition = { topic: 'customer.updated', partition: 0 };
const CUSTOMER = 'c0'.repeat(32);

const hex = (): string => randomBytes(32).toString('hex');

describe('regions on one log', () => {
  let log: MemoryLog;
  let opened: { close(): Promise<unknown> }[];
  beforeEach(() => {
    log = new MemoryLog(1);
    opened = [];
  });
  afterEach(async () => {
    for (const each of opened.toReversed()) await each.close();
  });

  const keep = <T extends { close(): Promise<unknown> }>(each: T): T => {
    opened.push(each);
    return each;
  };
  const server = async (): Promise<TestRedis> => {
    const redis = await startRedis();
    opened.push({ close: () => redis.stop() });
    return redis;
  };
  const open = async (region: string, more: Partial<HearingRegionOptions> = {}): Promise<HearingRegion> => {
    const redisUrl = more.redisUrl ?? (await server()).url;
    return keep(await HearingRegion.open({ log, region, peers: ['us', 'eu'], ...more, redisUrl }));
  };
  const append = async (value: unknown, topic: LogPartition['topic'] = 'customer.updated'): Promise<void> => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const writer = new MemoryEventLog(log, 'writer');
    await writer.append([{ topic, key: `10001:${CUSTOMER}`, value: text }]);
    await writer.close();
  };
  const changed = (region: string, more: Readonly<Record<string, unknown>> = {}) => ({
    ...{ schema: 1, type: 'customer.updated', id: hex(), region, tenant: '10001', customers: [CUSTOMER] },
    ...{ entryKeys: [], critical: false },
    ...more,
  });
  const hears = (...regions: readonly HearingRegion[]): Promise<void> =>
    eventually(() => {
      for (const region of regions) expect(region.parts.view()).toMatchObject({ isBlind: false, silentRegions: [] });
    });

  it('hear themselves and each other, and are healthy', async () => {
    const [us, eu] = [await open('us'), await open('eu')];
    await hears(us, eu);
    expect(us.parts.health()).toMatchObject({
      name: 'regions',
      healthy: true,
      details: { blind: false, notHeard: [], regions: { eu: { heard: true } }, log: 'connected' },
    });
    expect(us.hearing.ageMs()).toBeLessThan(1500);
    expect(await us.metrics()).toMatch(/datadip_region_last_heard_seconds\{region="eu"\} [\d.]+/);
  });

  it('apply what another region invalidated, and not what they wrote themselves', async () => {
    const [us, eu] = [await open('us'), await open('eu')];
    await hears(us, eu);
    const first = changed('us');
    const second = changed('us', { critical: true });
    await append(first);
    await append(second);
    await eventually(() => expect(eu.marks).toEqual([first.id, second.id]));
    expect(eu.applied[1]).toMatchObject({
      customer: { tenant: '10001', hash: CUSTOMER },
      critical: true,
      source: 'log',
    });
    expect(us.applied).toEqual([]);
    expect(await us.metrics()).toContain('outcome="own"} 2');
  });

  it('are blind while cut off, name what is not heard, and apply everything in order when healed', async () => {
    const [us, eu] = [await open('us'), await open('eu')];
    await hears(us, eu);
    eu.eventLog.cut();
    const events = Array.from({ length: 20 }, () => changed('us'));
    for (const event of events) await append(event);
    await eventually(() => expect(eu.parts.view()).toMatchObject({ isBlind: true, silentRegions: ['us'] }));
    expect(eu.parts.health()).toMatchObject({
      healthy: false,
      details: { blind: true, notHeard: ['us'], log: 'away' },
    });
    expect(eu.applied).toEqual([]);
    expect(us.isBlind).toBe(false);

    eu.eventLog.heal();
    await hears(us, eu);
    expect(eu.marks).toEqual(events.map(({ id }) => id));
  });

  it('do not hear a region whose processes have ended', async () => {
    const [us, eu] = [await open('us'), await open('eu')];
    await hears(us, eu);
    await us.close();
    opened.splice(opened.indexOf(us), 1);
    await eventually(() => expect(eu.parts.view()?.silentRegions).toEqual(['us']));
    expect(eu.isBlind).toBe(false);
    expect(eu.lines.map(({ text }) => text)).toContain('a region is silent: agents that it reported last are stale');
  });

  it('raise the floor if records were deleted before they were read', async () => {
    const [us, eu] = [await open('us'), await open('eu')];
    await hears(us, eu);
    const before = eu.parts.view()?.floorMs ?? 0;
    eu.eventLog.cut();
    await append(changed('us'));
    log.deleteBefore(CUSTOMERS, log.nextOffset(CUSTOMERS));
    eu.eventLog.heal();
    await eventually(() => expect(eu.parts.view()?.floorMs).toBeGreaterThan(before));
    await hears(us, eu);
    expect(eu.applied).toEqual([]);
    expect(await eu.metrics()).toContain('datadip_bus_gaps_total 1');
    expect(eu.hearing.floorMs).toBe(eu.parts.view()?.floorMs);
  });

  it('raise the floor if the log has forgotten their position', async () => {
    const eu = await open('eu', { peers: [] });
    await hears(eu);
    const before = eu.parts.view()?.floorMs ?? 0;
    await eventually(() => {
      // A commit that is under way would store a position again.
      log.forgetPositions('eu');
      expect(eu.parts.view()?.floorMs).toBeGreaterThan(before);
    });
  });

  it('skip values that are malformed or of a later schema, and say where, without the content', async () => {
    const [us, eu] = [await open('us'), await open('eu')];
    await hears(us, eu);
    const last = changed('us');
    for (const value of ['{', '"text"', changed('us', { customers: ['+15551234567'] }), 'x'.repeat(100)])
      await append(value);
    await append(changed('us', { entryKeys: [`cust:customer:20002:${hex()}`] }));
    await append(last);
    await eventually(() => expect(eu.marks).toEqual([last.id]));
    await append(changed('us', { schema: 2 }));
    await eventually(() => expect(eu.parts.view()).toMatchObject({ doubt: 'unreadable', isBlind: true }));

    expect(await eu.metrics()).toContain('outcome="malformed"} 5');
    expect(await eu.metrics()).toContain('outcome="later_schema"} 1');
    const skipped = eu.lines.filter(({ text }) => text?.includes('skipped'));
    expect(skipped.map(({ fields }) => fields)).toEqual([
      { topic: 'customer.updated', partition: 0, offset: expect.any(String), reason: 'malformed' },
      { topic: 'customer.updated', partition: 0, offset: expect.any(String), reason: 'later_schema' },
    ]);
    expect(JSON.stringify(eu.lines)).not.toContain('5551234567');
  });

  it('skip no record while the store is away', async () => {
    const [us, eu] = [await open('us'), await open('eu')];
    await hears(us, eu);
    eu.isStoreAway = true;
    const events = [changed('us'), changed('us')];
    for (const event of events) await append(event);
    await eventually(() => expect(eu.isBlind).toBe(true));
    eu.isStoreAway = false;
    await hears(us, eu);
    expect(eu.marks).toEqual(events.map(({ id }) => id));
  });

  it('learn nothing while Redis hangs, so that they count as cut off', async () => {
    const redis = await server();
    const eu = await open('eu', { peers: [], redisUrl: redis.url });
    await hears(eu);
    await redis.pause();
    await eventually(() => expect(eu.hearing.isWithin(1500)).toBe(false));
    redis.resume();
    await eventually(() => expect(eu.hearing.isWithin(1500)).toBe(true));
  });

  it('notice another Redis with the name of the region, and rely on nothing', async () => {
    const [first, second] = [await open('eu', { peers: [] }), await open('eu', { peers: [] })];
    await eventually(() => {
      const doubts = [first, second].map((each) => each.parts.view()?.doubt);
      expect(doubts).toContain('duplicate_store');
    });
    const noticed = first.parts.view()?.doubt === undefined ? second : first;
    expect(noticed.parts.view()).toMatchObject({ heardMs: 0, isBlind: true });
    expect(noticed.parts.health()).toMatchObject({ healthy: false, details: { doubt: 'duplicate_store' } });
    expect(noticed.lines.filter(({ level }) => level === 'error').map(({ text }) => text)).toEqual([
      expect.stringContaining('another Redis has the name of this region'),
    ]);
    expect(await noticed.metrics()).toContain('datadip_regions_doubtful{reason="duplicate_store"} 1');
  });

  it('notice another KEY_SECRET, and rely on nothing', async () => {
    const [us, eu] = [await open('us', { keySecret: 'another' }), await open('eu')];
    await eventually(() => {
      for (const each of [us, eu]) expect(each.parts.view()).toMatchObject({ doubt: 'foreign_key', isBlind: true });
    });
    expect(eu.parts.health()).toMatchObject({ details: { doubt: 'foreign_key' } });
  });

  it('keep hearing when the process that writes the heartbeats ends', async () => {
    const { url: redisUrl } = await server();
    const first = await open('eu', { peers: [], redisUrl });
    await hears(first);
    const second = await open('eu', { peers: [], redisUrl });
    await hears(second);
    await first.close();
    opened.splice(opened.indexOf(first), 1);
    const heardMs = second.parts.view()?.heardMs ?? Infinity;
    await eventually(() => expect(second.parts.view()?.heardMs).toBeGreaterThan(heardMs + 500));
  });

  it('start, serve and say so while the log is away', async () => {
    const redisUrl = (await server()).url;
    const eu = keep(new HearingRegion({ log, region: 'eu', redisUrl, peers: ['us'] }));
    eu.eventLog.cut();
    eu.parts.open();
    await eventually(() => expect(eu.parts.view()).toMatchObject({ isBlind: true, silentRegions: ['us'] }));
    expect(eu.parts.health()).toMatchObject({ healthy: false, details: { log: 'away', notHeard: ['us'] } });
    eu.eventLog.heal();
    await eventually(() => expect(eu.isBlind).toBe(false));
  });
});
