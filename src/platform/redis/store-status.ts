import type { Logger } from 'pino';
import type { Clock } from '../../kernel/clock.js';
import { declareLogFields } from '../logging/log-fields.js';
import type { RedisFault } from './redis-fault.js';

declareLogFields({ reason: 'text', code: 'text', node: 'text', missing: 'texts' });

/** The state of Redis as this process sees it. */
export interface StoreStatus {
  /** Why commands fail. `undefined` means that all nodes serve. */
  readonly unavailable: (RedisFault & { readonly node: string }) | undefined;
  /** Why writes are refused. */
  readonly writes: (RedisFault & { readonly node: string }) | undefined;
  /** Missing permissions, as rules of `ACL SETUSER`. */
  readonly missing: readonly string[];
  readonly nodes: number;
  readonly failing: number;
}

/** A changed cause is logged only after this time, in milliseconds. */
const CHANGE_AFTER_MS = 10_000;
/**
 * Right after a loss the cause is only "connection lost". The next attempt to connect shows more,
 * so the line waits for it this long, in milliseconds.
 */
const CAUSE_WITHIN_MS = 1000;

type Aspect = 'unavailable' | 'writes' | 'missing';

const LINES: Readonly<Record<Aspect, readonly [begins: string, ends: string]>> = {
  unavailable: ['Redis is unavailable: lookups are answered by their origins', 'Redis is available again'],
  writes: ['Redis refuses writes: nothing new is stored, events and claims are refused', 'Redis accepts writes again'],
  missing: [
    'Redis refuses what Datadip needs: docs/operations/redis-user.md lists the permissions',
    'Redis permits everything that Datadip needs again',
  ],
};

/**
 * Logs one line when an aspect of the store fails, one when its cause changes, and one at the end.
 */
export class StoreStatusLog {
  private readonly logged = new Map<Aspect, { readonly cause: string; readonly atMs: number }>();
  private lostSinceMs: number | undefined;

  constructor(
    private readonly log: Pick<Logger, 'info' | 'warn'>,
    private readonly clock: Clock,
  ) {}

  note(status: StoreStatus): void {
    if (!this.awaitsCause(status.unavailable))
      this.report('unavailable', status.unavailable, fieldsOf(status.unavailable));
    this.report('writes', status.writes, fieldsOf(status.writes));
    const { missing } = status;
    const isMissing = missing.length > 0 ? { reason: '', code: missing.join() } : undefined;
    this.report('missing', isMissing, { code: 'NOPERM', missing });
  }

  private report(aspect: Aspect, fault: RedisFault | undefined, fields: object): void {
    const [begins, ends] = LINES[aspect];
    const before = this.logged.get(aspect);
    if (fault === undefined) {
      if (this.logged.delete(aspect)) this.log.info(ends);
      return;
    }
    const nowMs = this.clock.nowMs();
    const isChange = before !== undefined && before.cause !== fault.code && nowMs - before.atMs >= CHANGE_AFTER_MS;
    if (before !== undefined && !isChange) return;
    this.logged.set(aspect, { cause: fault.code, atMs: nowMs });
    this.log.warn(fields, begins);
  }

  private awaitsCause(fault: RedisFault | undefined): boolean {
    if (fault?.code !== 'ECONNRESET') {
      this.lostSinceMs = undefined;
      return false;
    }
    this.lostSinceMs ??= this.clock.nowMs();
    return this.clock.nowMs() - this.lostSinceMs < CAUSE_WITHIN_MS;
  }
}

function fieldsOf(fault: StoreStatus['unavailable']): object {
  if (fault === undefined) return {};
  const { reason, code, node } = fault;
  return { reason, code, ...(node === '' ? {} : { node }) };
}
