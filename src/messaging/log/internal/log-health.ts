import type { Logger } from 'pino';
import type { Clock } from '../../../kernel/clock.js';
import { declareLogFields } from '../../../platform/logging/log-fields.js';
import type { LogStatus } from '../event-log.js';
import { failureText, isRefused } from './kafka-failures.js';

declareLogFields({ reason: 'text', part: 'text' });

/**
 * After a refusal, no attempt is made for this long, because a broker may lock an account that
 * keeps trying.
 */
const REFUSED_FOR_MS = 60_000;
/**
 * A failed append counts for this long. Only the leader of a region appends, so other processes
 * have no later success.
 */
const APPEND_COUNTS_FOR_MS = 10_000;

type Part = 'append' | 'read';

interface PartState {
  readonly failure: string | undefined;
  readonly atMs: number;
}

/**
 * Whether this process reaches the log.
 *
 * Guarantees: a change is logged once. After a refusal of the credentials, `refusedForMs` says how
 * long no attempt may be made.
 */
export class LogHealth {
  private readonly parts = new Map<Part, PartState>();
  private refusedUntilMs = -Infinity;
  private refusal: string | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly log: Pick<Logger, 'info' | 'warn'>,
  ) {}

  succeeded(part: Part): void {
    const before = this.parts.get(part);
    this.parts.set(part, { failure: undefined, atMs: this.clock.nowMs() });
    this.refusal = undefined;
    if (before?.failure !== undefined) this.log.info({ part }, 'the log between regions is available again');
  }

  failed(part: Part, error: unknown): string {
    const failure = failureText(error);
    if (isRefused(error)) this.refuse(failure);
    else if (this.parts.get(part)?.failure === undefined)
      this.log.warn({ part, reason: failure }, 'the log between regions is unavailable');
    this.parts.set(part, { failure, atMs: this.clock.nowMs() });
    return failure;
  }

  /** 0 means that an attempt may be made. */
  refusedForMs(): number {
    return Math.max(0, this.refusedUntilMs - this.clock.nowMs());
  }

  status(): Pick<LogStatus, 'state' | 'lastFailure'> {
    if (this.refusal !== undefined) return { state: 'refused', lastFailure: this.refusal };
    const states = [...this.parts].filter(([part, state]) => this.counts(part, state)).map(([, state]) => state);
    const lastFailure = states.find(({ failure }) => failure !== undefined)?.failure;
    if (lastFailure !== undefined) return { state: 'away', lastFailure };
    return { state: states.length === 0 ? 'connecting' : 'connected', lastFailure };
  }

  private counts(part: Part, { failure, atMs }: PartState): boolean {
    return part === 'read' || failure === undefined || this.clock.nowMs() - atMs < APPEND_COUNTS_FOR_MS;
  }

  private refuse(failure: string): void {
    if (this.refusal === undefined)
      this.log.warn({ reason: failure }, 'Kafka refuses the credentials or a permission; next attempt in 60 s');
    this.refusal = failure;
    this.refusedUntilMs = this.clock.nowMs() + REFUSED_FOR_MS;
  }
}
