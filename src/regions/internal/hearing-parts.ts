import type { Logger } from 'pino';
import type { EntryAudit } from '../../cache/entry-audit.js';
import type { Invalidator } from '../../cache/invalidator.js';
import type { RegionsConfig } from '../../config/sections/regions.js';
import type { Clock, WallClock } from '../../kernel/clock.js';
import type { Hmac } from '../../kernel/hmac.js';
import type { BusMetrics } from '../../messaging/bus.metrics.js';
import type { Hearing } from '../../messaging/hearing.js';
import type { EventLog } from '../../messaging/log/event-log.js';
import type { HealthContribution } from '../../platform/lifecycle/health-contributors.js';
import type { Redis } from '../../platform/redis/redis.js';
import { LeaderLease } from '../../platform/scheduler/leader-lease.js';
import type { RegionHandlers } from '../region-handlers.js';
import type { RegionsMetrics } from '../regions.metrics.js';
import { ConsistencyChecker } from './consistency-checker.js';
import { DOUBT_REASONS } from './heard-note.js';
import { HeardReader } from './heard-reader.js';
import type { HeardStore } from './heard-store.js';
import type { HeardView } from './heard-view.js';
import { Heartbeats } from './heartbeats.js';
import { hearingHealth } from './hearing-health.js';
import { HearingLog } from './hearing-log.js';
import { MemoryHeardStore } from './memory-heard-store.js';
import { RecordEffects } from './record-effects.js';
import { RedisHeardStore } from './redis-heard-store.js';
import { RegionConsumer } from './region-consumer.js';
import { Rewinder } from './rewinder.js';
import { SkippedLog } from './skipped-log.js';
import { Watchdog } from './watchdog.js';

/** Longer than the session and the rebalance timeout of the profile together, in milliseconds. */
const PATIENCE_MS = { kafka: 15_000, 'event-hubs': 75_000 } as const;
const FINGERPRINT_DIGITS = 16;
const NO_HOMES = '0';

export interface HearingPartsOptions {
  readonly region: string;
  readonly config: RegionsConfig;
  readonly eventLog: EventLog;
  readonly redis: Redis;
  readonly hearing: Hearing;
  readonly invalidator: Pick<Invalidator, 'invalidate'>;
  readonly audit: Pick<EntryAudit, 'hasLoadedBetween'>;
  readonly handlers: RegionHandlers;
  readonly hmac: Hmac;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly busMetrics: BusMetrics;
  readonly metrics: RegionsMetrics;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** The parts of one process that read the log and write heartbeats, connected with each other. */
export interface HearingParts {
  readonly open: () => void;
  readonly close: () => Promise<void>;
  readonly view: () => HeardView | undefined;
  readonly health: () => HealthContribution;
}

/** Creates the parts. The parts do nothing before `open`. */
export function hearingParts(options: HearingPartsOptions): HearingParts {
  const { region, config, eventLog, redis, hearing, clock, metrics } = options;
  const store = heardStore(options);
  const key = options.hmac.hex('fingerprint of KEY_SECRET').slice(0, FINGERPRINT_DIGITS);
  const peers = [...config.peers.keys()];
  const { silentAfterMs, invalidatedWithinMs } = config;
  const reader = new HeardReader({ region, peers, silentAfterMs, invalidatedWithinMs, store, hearing, clock });
  const checker = consistencyChecker(options, store, reader);
  const consumer = regionConsumer(options, store, reader, key, checker);
  const lease = new LeaderLease(redis, `region-leader:{${region}}`, clock);
  const homes = (): string => options.handlers.homes?.fingerprint() ?? NO_HOMES;
  const isLeader = (): boolean => lease.isHeld;
  const beats = new Heartbeats({ region, everyMs: config.heartbeatMs, key, homes, log: eventLog, store, isLeader });
  const rewinder = new Rewinder(consumer, store, eventLog);
  const watchdog = new Watchdog({
    clock,
    log: eventLog,
    consumer,
    patienceMs: PATIENCE_MS[config.kafka.profile],
    onRestart: () => {
      metrics.consumerRestarted();
      options.log.warn('the consumer of the log stood still and was restarted');
    },
  });
  const changes = new HearingLog(options.log, eventLog);
  const listen = (view: HeardView): void => {
    changes.note(view);
    if (reader.table === undefined) return;
    watchdog.check(view, reader.table);
    rewinder.check(view.nowMs, reader.table);
  };
  observe(options, reader);
  return {
    view: () => reader.view,
    health: () => hearingHealth(reader.view, eventLog.status(), hearing.ageMs(), config.invalidatedWithinMs),
    open: () => {
      hearing.switchOn();
      lease.onGained(() => beats.beat());
      redis.onLostData((loss) => void rewinder.lost(loss));
      reader.onRead(listen);
      reader.open();
      lease.open();
      beats.open();
      eventLog.consume(consumer);
    },
    close: async () => {
      consumer.close();
      checker.close();
      rewinder.close();
      beats.close();
      reader.close();
      await lease.close();
    },
  };
}

function heardStore({ redis, region, wallClock }: HearingPartsOptions): HeardStore {
  const { connection } = redis;
  return connection === undefined ? new MemoryHeardStore(wallClock) : new RedisHeardStore(connection, region);
}

function regionConsumer(
  options: HearingPartsOptions,
  store: HeardStore,
  reader: HeardReader,
  key: string,
  checker: ConsistencyChecker,
): RegionConsumer {
  const { region, clock, log, busMetrics, metrics } = options;
  return new RegionConsumer({
    ...{ region, key, store },
    moment: () => reader.moment,
    effects: new RecordEffects(options),
    metrics: busMetrics,
    skipped: new SkippedLog(clock, log),
    onGap: ({ topic, partition }, reason) => {
      metrics.gap();
      log.warn({ topic, partition, reason }, 'records of the log may have been missed: entries are loaded again');
    },
    onApplied: (record, outcome, beganAtMs) => checker.applied(record, outcome, beganAtMs),
  });
}

function consistencyChecker(
  { audit, metrics, log }: HearingPartsOptions,
  store: HeardStore,
  reader: HeardReader,
): ConsistencyChecker {
  return new ConsistencyChecker({
    audit,
    log,
    floorMs: () => reader.view?.floorMs ?? 0,
    skewMs: () => store.skewMs,
    onFound: (after) => metrics.foundInconsistent(after),
  });
}

function observe({ metrics, hearing, eventLog }: HearingPartsOptions, reader: HeardReader): void {
  metrics.observe({
    heardAgeMs: () => (reader.view === undefined || reader.view.heardMs === 0 ? Infinity : hearing.ageMs()),
    regionAgesMs: () =>
      (reader.view?.regions ?? []).map(({ name, heardMs }) => [
        name,
        heardMs === 0 ? Infinity : (reader.view?.nowMs ?? 0) - heardMs,
      ]),
    lag: () => {
      const byTopic = new Map<string, number>();
      for (const { topic, records } of eventLog.status().lag) byTopic.set(topic, (byTopic.get(topic) ?? 0) + records);
      return [...byTopic];
    },
    doubts: () => DOUBT_REASONS.map((reason) => [reason, reader.view?.doubt === reason]),
  });
}
