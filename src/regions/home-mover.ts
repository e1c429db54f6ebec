import { setTimeout as delay } from 'node:timers/promises';
import type { RegionsConfig } from '../config/sections/regions.js';
import { StoreUnavailable } from '../kernel/errors.js';
import type { Hmac } from '../kernel/hmac.js';
import type { EventLog } from '../messaging/log/event-log.js';
import type { RedisConnection } from '../platform/redis/redis-connection.js';
import { homeRecord } from './internal/home-announcer.js';
import { nextStep, type MoveTerms } from './internal/home-move.js';
import { HomeSignatures } from './internal/home-signatures.js';
import { HomesStore } from './internal/homes-store.js';
import { HomesTable } from './internal/homes-table.js';
import { moveView, RegionHomes } from './internal/region-homes.js';

const LOOK_EVERY_MS = 500;
const APPEND_WITHIN_MS = 2000;
/** The move fails if Kafka or the region's Redis does not answer for this long. */
const AWAY_FOR_MS = 30_000;
/** A record that this region has not read back after this time is appended again. */
const APPEND_AGAIN_MS = 5000;
/** A margin above `silentAfterMs`. The margin is longer than the longest claim. */
const MARGIN_MS = 30_000;

/** A move did not end in time. The same move continues it. */
export class MoveUnfinished extends Error {}

/** Kafka refuses the credentials or a permission. Nothing of the move is in the log. */
export class MoveRefused extends Error {}

/** Waits that end only when the server is back. */
const KAFKA = 'Kafka to take the record';
const REDIS = 'the Redis of this region to answer';

/**
 * Moves the home of a tenant, step by step, as `nextStep` decides.
 *
 * Guarantees:
 * - The move ends within `silentAfterMs` and a minute, or fails and says what it waits for. If
 *   Kafka or Redis is away, the move says so within 3 s, and fails after 30 s. If Kafka refuses the
 *   credentials, the move fails at once.
 * - The move may be interrupted anywhere; another move of the same tenant continues it.
 */
export class HomeMover {
  private readonly homes: RegionHomes;
  private readonly signatures: HomeSignatures;
  private appendedEpoch = -1;
  private appendedAtMs = -Infinity;
  private said = '';
  private appended: 'confirmed' | 'unconfirmed' = 'confirmed';

  /** @param tell called with each line for the operator */
  constructor(
    private readonly config: RegionsConfig,
    private readonly region: string,
    connection: RedisConnection,
    private readonly log: EventLog,
    hmac: Hmac,
    private readonly tell: (line: string) => void,
  ) {
    this.signatures = new HomeSignatures(hmac);
    this.homes = new RegionHomes(new HomesTable(config), new HomesStore(connection, region));
  }

  /**
   * @param stopped a region of which the operator says that no process runs
   * @throws {MoveUnfinished}
   * @throws {MoveRefused}
   */
  async move(target: Pick<MoveTerms, 'tenant' | 'to'>, stopped: string | undefined): Promise<void> {
    await this.homes.refresh();
    const wasHome = this.view(target.tenant).present.home === target.to;
    if (!wasHome) await this.checkTarget(target.to);
    const terms = { ...target, stopped: stopped && { region: stopped, sinceMs: this.homes.nowMs } } as MoveTerms;
    const untilMs = performance.now() + this.config.silentAfterMs + 2 * MARGIN_MS;
    let progressMs = performance.now();
    for (;;) {
      const waitsFor = await this.step(terms).catch(asAway);
      if (waitsFor === undefined) break;
      this.say(`waiting for ${waitsFor}`);
      const isAway = waitsFor.startsWith(KAFKA) || waitsFor === REDIS;
      if (!isAway) progressMs = performance.now();
      if (performance.now() > untilMs || performance.now() - progressMs > AWAY_FOR_MS)
        throw new MoveUnfinished(`not finished: still waiting for ${waitsFor}; run the command again to continue`);
      await delay(LOOK_EVERY_MS);
    }
    this.say(`${target.to} is ${wasHome ? 'already ' : ''}the home of the tenant`);
  }

  /** @returns what the move waits for; `undefined` at its end */
  private async step(terms: MoveTerms): Promise<string | undefined> {
    await this.homes.refresh();
    const step = nextStep(this.view(terms.tenant), terms);
    if (step.kind === 'done') return undefined;
    if (step.kind === 'wait') return step.what;
    const { record } = step;
    const isOnItsWay = record.epoch === this.appendedEpoch && performance.now() - this.appendedAtMs < APPEND_AGAIN_MS;
    if (!isOnItsWay) {
      [this.appendedEpoch, this.appendedAtMs] = [record.epoch, performance.now()];
      // A record that the log did not confirm may still be in the log.
      this.appended = await this.log.append([homeRecord(this.signatures, record)], APPEND_WITHIN_MS).then(
        () => 'confirmed',
        () => 'unconfirmed',
      );
    }
    if (this.appended === 'unconfirmed') {
      this.appendedAtMs = -Infinity;
      const { state, lastFailure } = this.log.status();
      if (state === 'refused') throw new MoveRefused(`Kafka refuses the credentials or a permission (${lastFailure})`);
      return lastFailure === undefined ? KAFKA : `${KAFKA} (${lastFailure})`;
    }
    return `this region to read that ${record.home ?? 'no region'} is the home`;
  }

  private view(tenant: string) {
    return moveView(this.homes, tenant, { region: this.region, ...this.config });
  }

  private checkTarget(to: string): Promise<void> {
    const heardMs = this.homes.heard.get(to)?.atMs ?? -Infinity;
    if (to === this.region || this.homes.nowMs - heardMs <= this.config.silentAfterMs) return Promise.resolve();
    throw new Error(`the region ${to} is not heard; start it first`);
  }

  private say(line: string): void {
    if (line === this.said) return;
    this.said = line;
    this.tell(line);
  }
}

/** A Redis that fails over, or a slot that moves, is away for some seconds. */
function asAway(error: unknown): string {
  if (error instanceof StoreUnavailable) return REDIS;
  throw error;
}
