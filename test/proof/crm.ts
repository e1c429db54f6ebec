import { setTimeout as sleep } from 'node:timers/promises';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';
import { Answer } from '../support/origin-replies.js';
import type { Write } from './history.js';

/**
 * Latency and failures of the CRM. A call takes up to `usuallyMs`; a share of the calls takes up to
 * `slowMs`. Another share fails after its time.
 */
export interface CrmBehaviour {
  readonly usuallyMs: number;
  readonly slowShare: number;
  readonly slowMs: number;
  readonly failingShare: number;
}

export const HEALTHY: CrmBehaviour = { usuallyMs: 40, slowShare: 0.02, slowMs: 500, failingShare: 0.02 };
export const FAILING: CrmBehaviour = { usuallyMs: 100, slowShare: 0.4, slowMs: 900, failingShare: 0.3 };

/** In every eighth version the customer is deleted; the next version creates the customer again. */
const DELETED_EVERY = 8;

/**
 * A CRM whose customer records carry a version that every change raises.
 * A call takes a random time and reads the version at a random moment in that time.
 * As with a real CRM, an answer may be old when it arrives.
 */
export class Crm {
  behaviour = HEALTHY;
  readonly writes: Write[] = [];
  private readonly versions = new Map<number, number>();

  private constructor(private readonly server: ScriptedOrigin) {
    server.answer((call: OriginCall) => this.serve(call));
  }

  static async start(): Promise<Crm> {
    return new Crm(await startOrigin());
  }

  get url(): string {
    return this.server.url;
  }

  /** The first call for a customer creates the customer at one of the first eight versions. */
  versionOf(customer: number): number {
    return this.versions.get(customer) ?? this.write(customer, customer % DELETED_EVERY);
  }

  /** Changes the customer and returns the new version. */
  change(customer: number): number {
    return this.write(customer, this.versionOf(customer) + 1);
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }

  private write(customer: number, version: number): number {
    this.writes.push({ subject: customer, version, atMs: performance.now() });
    this.versions.set(customer, version);
    return version;
  }

  private async serve({ url }: OriginCall): Promise<unknown> {
    // The server records its calls. Without this line a long run would keep a million of them.
    this.server.calls.length = 0;
    const { usuallyMs, slowShare, slowMs, failingShare } = this.behaviour;
    const takesMs = Math.random() * (Math.random() < slowShare ? slowMs : usuallyMs);
    const readsAfterMs = Math.random() * takesMs;
    await pass(readsAfterMs);
    const record = this.recordNamedIn(url);
    await pass(takesMs - readsAfterMs);
    if (Math.random() < failingShare) return broken();
    if (url.startsWith('/customers?')) return { results: record === undefined ? [] : [record] };
    return record ?? Answer.json({ error: 'no such customer' }, 404);
  }

  private recordNamedIn(url: string): { readonly id: string; readonly version: number } | undefined {
    const customer = customerNamedIn(url);
    const version = this.versionOf(customer);
    return version === lastDeleted(version) ? undefined : { id: customerId(customer), version };
  }
}

/** Returns the last version up to this one that was deleted. A negative number means no version. */
export function lastDeleted(version: number): number {
  return Math.floor((version + 1) / DELETED_EVERY) * DELETED_EVERY - 1;
}

export function customerId(customer: number): string {
  return `c-${customer}`;
}

export function emailOf(customer: number): string {
  return `c-${customer}@example.com`;
}

export function phoneOf(customer: number): string {
  return `+1555${customer}`;
}

/** Finds the customer in an id, an email address or a phone number. */
export function customerNamedIn(text: string): number {
  const match = /(?:\+|%2B)1555(\d+)|c-(\d+)/i.exec(text);
  return Number(match?.[1] ?? match?.[2]);
}

/** Fails a call: half of the failures break the connection, half answer 500. */
function broken(): Answer {
  if (Math.random() < 0.5) throw new Error('the connection breaks');
  return Answer.json({ error: 'failing' }, 500);
}

/** Waits without keeping the test process alive at the end of a run. */
async function pass(ms: number): Promise<void> {
  await sleep(ms, undefined, { ref: false });
}
