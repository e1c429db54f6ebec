import { Inject, Injectable } from '@nestjs/common';
import { SECRETS, type SecretsConfig } from '../config/sections/secrets.js';
import { agentEventKey } from '../contracts/agent-ids.js';
import { customerEventKey } from '../contracts/customer.js';
import { AFTER_HEADER } from '../contracts/headers.js';
import type { Position } from '../contracts/position.js';
import { unsetInput } from '../contracts/unset-input.js';
import { WallClock } from '../kernel/clock.js';
import type { Deadline } from '../kernel/deadline.js';
import { HttpProblem, StoreUnavailable } from '../kernel/errors.js';
import { Outbox } from '../messaging/outbox/outbox.js';
import { Redis } from '../platform/redis/redis.js';
import { PositionSeal, type SealedEvents } from './internal/position-seal.js';

/**
 * The most events that a position names. If a request has more events, the position names the last
 * ones.
 */
const MAX_EVENTS = 16;
/** The most positions of one read. */
const MAX_POSITIONS = 8;
/**
 * The longest header, in characters. Two positions with 16 events each fit, or eight positions with
 * a few events each. Node accepts 16 KiB of headers.
 */
const MAX_HEADER = 8192;
const LOOK_EVERY_MS = 25;
/**
 * A position counts for this long. The mark of an event lasts 24 h from the moment when the region
 * applied the event. A position counts for one hour less, because the clocks of regions may differ
 * by minutes.
 */
const COUNTS_FOR_MS = 23 * 3_600_000;

/**
 * Lets a read wait until its region has applied certain events: read your writes, in any region.
 *
 * Guarantees:
 * - If `reached` returns `true`, the region has applied the events, unless they are older than 23
 *   h.
 * - A wait ends inside the deadline, and asks Redis every 25 ms.
 * - Only a position that a region has given for an event makes a read wait.
 */
@Injectable()
export class Positions {
  private readonly seal: PositionSeal;

  constructor(
    private readonly redis: Redis,
    private readonly outbox: Outbox,
    private readonly wallClock: WallClock,
    @Inject(SECRETS) { keySecret }: Pick<SecretsConfig, 'keySecret'>,
  ) {
    this.seal = new PositionSeal(keySecret);
  }

  /** The header of an answer. `undefined` with a single region, and without events. */
  headerOf(positions: readonly Position[]): string | undefined {
    if (!this.outbox.isOn || positions.length === 0) return undefined;
    return this.seal.seal({ givenAtMs: this.wallClock.nowMs(), events: positions.slice(-MAX_EVENTS) });
  }

  /**
   * The events that a read must wait for. `undefined` means that the read need not wait. Then the
   * header is absent, empty or an unset placeholder, the events are old, or the region is single.
   *
   * @throws {HttpProblem} 400 for a text that no region has given, for a position of another
   *   tenant, and for more than 8 positions
   */
  ofRequest(headers: Readonly<Record<string, unknown>>, tenant: string): readonly Position[] | undefined {
    const header = headers[AFTER_HEADER];
    if (header === undefined || !this.outbox.isOn) return undefined;
    const texts = textsIn(header);
    if (texts.length > MAX_POSITIONS) throw malformed(`more than ${MAX_POSITIONS} positions`);
    const events = texts.flatMap((text) => this.eventsIn(text, tenant));
    return events.length === 0 ? undefined : events;
  }

  /**
   * Waits until the region has applied the events.
   *
   * @param deadline the wait ends `reserveMs` before it
   * @returns whether the region has applied them in time
   */
  async reached(positions: readonly Position[], deadline: Deadline, reserveMs: number): Promise<boolean> {
    const missing = new Set(positions.map(keyOf));
    for (;;) {
      const found = await Promise.all([...missing].map(async (key) => ((await this.exists(key)) ? [key] : [])));
      for (const key of found.flat()) missing.delete(key);
      if (missing.size === 0) return true;
      const waitMs = Math.min(LOOK_EVERY_MS, deadline.remainingMs() - reserveMs);
      if (waitMs <= 0) return false;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  private eventsIn(text: string, tenant: string): readonly Position[] {
    const sealed = this.seal.open(text);
    if (sealed === undefined) throw malformed('not a position; send the value of X-Datadip-Position unchanged');
    if (sealed.events.some((event) => event.tenant !== tenant)) throw malformed('the position is of another tenant');
    return this.isOld(sealed) ? [] : sealed.events;
  }

  private isOld({ givenAtMs }: SealedEvents): boolean {
    return this.wallClock.nowMs() - givenAtMs > COUNTS_FOR_MS;
  }

  private async exists(key: string): Promise<boolean> {
    try {
      return (await this.redis.connection?.run((client) => client.exists(key), key)) === 1;
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  }
}

/** A read may wait for several events: Node joins repeated headers with a comma. */
function textsIn(header: unknown): string[] {
  if (typeof header !== 'string' || header.length > MAX_HEADER)
    throw malformed(`too long; allowed: ${MAX_HEADER} characters`);
  const texts = header.split(',').map((text) => text.trim());
  return texts.filter((text) => text !== '' && unsetInput(text) === undefined);
}

function keyOf(position: Position): string {
  const { tenant, mark } = position;
  if (position.kind === 'agent') return agentEventKey(tenant, mark);
  return customerEventKey({ tenant, hash: position.customer }, mark);
}

function malformed(reason: string): HttpProblem {
  return new HttpProblem('invalid_position', 400, `invalid header X-Datadip-After: ${reason}`);
}
