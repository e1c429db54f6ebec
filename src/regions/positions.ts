import { Injectable } from '@nestjs/common';
import { agentEventKey } from '../contracts/agent-ids.js';
import { customerEventKey } from '../contracts/customer.js';
import { AFTER_HEADER } from '../contracts/headers.js';
import type { Position } from '../contracts/position.js';
import type { Deadline } from '../kernel/deadline.js';
import { HttpProblem, StoreUnavailable } from '../kernel/errors.js';
import { Outbox } from '../messaging/outbox/outbox.js';
import { Redis } from '../platform/redis/redis.js';

/** The events that one header names at most. A request with more events names the last ones. */
const MAX_EVENTS = 16;
/** Sixteen events with names of 64 characters. */
const MAX_HEADER = 8192;
const LOOK_EVERY_MS = 25;

const TENANT = /^[A-Za-z0-9_-]{1,64}$/;
const HASH = /^[0-9a-f]{24,64}$/;

/**
 * Lets a read wait until its region has applied certain events: read your writes, in any region.
 *
 * Guarantees: with `true` of `reached`, the region has applied the events. A wait ends inside the
 * deadline, and asks Redis every 25 ms.
 *
 * Does not guarantee: that events older than 24 h are known. Their marks have expired.
 */
@Injectable()
export class Positions {
  constructor(
    private readonly redis: Redis,
    private readonly outbox: Outbox,
  ) {}

  /** The header of an answer. `undefined` with a single region, and without events. */
  headerOf(positions: readonly Position[]): string | undefined {
    if (!this.outbox.isOn || positions.length === 0) return undefined;
    const events = positions
      .slice(-MAX_EVENTS)
      .map((each) =>
        each.kind === 'customer' ? ['c', each.tenant, each.customer, each.mark] : ['a', each.tenant, each.mark],
      );
    return Buffer.from(JSON.stringify(events)).toString('base64url');
  }

  /**
   * The events that a read must wait for. `undefined` means that it need not wait: the header is
   * absent, or there is a single region, which ignores it.
   *
   * @throws {HttpProblem} 400 for a header that is no position, or is about another tenant
   */
  ofRequest(headers: Readonly<Record<string, unknown>>, tenant: string): readonly Position[] | undefined {
    const header = headers[AFTER_HEADER];
    if (header === undefined || !this.outbox.isOn) return undefined;
    const positions = typeof header === 'string' && header.length <= MAX_HEADER ? parse(header) : undefined;
    if (positions === undefined) throw malformed('not a position; send the value of X-Datadip-Position unchanged');
    if (positions.some((position) => position.tenant !== tenant)) throw malformed('the position is of another tenant');
    return positions;
  }

  /**
   * Waits until the region has applied the events.
   *
   * @param deadline the wait ends `reserveMs` before it
   * @returns whether it has
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

  private async exists(key: string): Promise<boolean> {
    try {
      return (await this.redis.connection?.run((client) => client.exists(key), key)) === 1;
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  }
}

function keyOf(position: Position): string {
  const { tenant, mark } = position;
  if (position.kind === 'agent') return agentEventKey(tenant, mark);
  return customerEventKey({ tenant, hash: position.customer }, mark);
}

function parse(header: string): readonly Position[] | undefined {
  try {
    const events: unknown = JSON.parse(Buffer.from(header, 'base64url').toString());
    if (!Array.isArray(events) || events.length === 0 || events.length > MAX_EVENTS) return undefined;
    const positions = events.map(positionOf);
    return positions.every((position) => position !== undefined) ? positions : undefined;
  } catch {
    return undefined;
  }
}

function positionOf(event: unknown): Position | undefined {
  if (!Array.isArray(event)) return undefined;
  const [kind, tenant, ...hashes] = event as readonly unknown[];
  if (typeof tenant !== 'string' || !TENANT.test(tenant) || !hashes.every(isHash)) return undefined;
  const [first = '', second = ''] = hashes;
  if (kind === 'a' && hashes.length === 1) return { kind: 'agent', tenant, mark: first };
  return kind === 'c' && hashes.length === 2 ? { kind: 'customer', tenant, customer: first, mark: second } : undefined;
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && HASH.test(value);
}

function malformed(reason: string): HttpProblem {
  return new HttpProblem('invalid_position', 400, `invalid header X-Datadip-After: ${reason}`);
}
