import { setTimeout as sleep } from 'node:timers/promises';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';
import { Answer } from '../support/origin-replies.js';
import type { Write } from './history.js';

/** How the CRM is doing: a call takes up to `usuallyMs`, a share of them up to `slowMs`, and a share fails after that time. */
export interface Mood {
  readonly usuallyMs: number;
  readonly slowShare: number;
  readonly slowMs: number;
  readonly failingShare: number;
}

export const WELL: Mood = { usuallyMs: 40, slowShare: 0.02, slowMs: 500, failingShare: 0.02 };
export const SICK: Mood = { usuallyMs: 100, slowShare: 0.4, slowMs: 900, failingShare: 0.3 };

/** In one of so many versions there is no such customer: deleted, and with the next version there again. */
const DELETED_EVERY = 8;

/**
 * A CRM whose record of each customer carries a version that every change raises. A call takes a random time and sees the version of a
 * random moment in that time: what it answers may be old when it arrives, as with every real one.
 */
export class Crm {
  mood = WELL;
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

  /** Who is asked about for the first time has been there all along, or is one of the deleted. */
  versionOf(customer: number): number {
    return this.versions.get(customer) ?? this.write(customer, customer % DELETED_EVERY);
  }

  /** Changes the customer, and tells to which version. */
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
    // A long run would else remember a million calls.
    this.server.calls.length = 0;
    const { usuallyMs, slowShare, slowMs, failingShare } = this.mood;
    const takesMs = Math.random() * (Math.random() < slowShare ? slowMs : usuallyMs);
    const looksAfterMs = Math.random() * takesMs;
    await pass(looksAfterMs);
    const record = this.recordNamedIn(url);
    await pass(takesMs - looksAfterMs);
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

/** The last version up to this one in which there was no such customer; negative when there was none. */
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

/** In whichever way the text names them. */
export function customerNamedIn(text: string): number {
  const named = /(?:\+|%2B)1555(\d+)|c-(\d+)/i.exec(text);
  return Number(named?.[1] ?? named?.[2]);
}

/** One in two breaks the connection: the caller cannot know what became of the call. */
function broken(): Answer {
  if (Math.random() < 0.5) throw new Error('the connection breaks');
  return Answer.json({ error: 'sick' }, 500);
}

/** Holds nobody up at the end of a run. */
async function pass(ms: number): Promise<void> {
  await sleep(ms, undefined, { ref: false });
}
