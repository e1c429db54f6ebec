import type { Logger } from 'pino';
import type { TokenAuth } from '../../../config/config.js';
import type { Clock } from '../../../kernel/clock.js';
import type { Metrics } from '../../../platform/metrics/metrics.js';
import { sentenceOf, type TokenFault } from './token-failure.js';
import type { TokenChange } from './token-manager.js';
import { declareLogFields } from '../../../platform/logging/log-fields.js';

declareLogFields({ platform: 'text', systems: 'texts', permissions: 'texts', fault: 'text' });

const REPEATED_EVERY_MS = 10_000;

/** Whose token it is. */
export interface TokenOwner {
  readonly platform: TokenAuth['type'];
  readonly systems: readonly string[];
}

/** Tells of what becomes of one client's tokens: failures are counted, and said when they begin, every ten seconds, and when they are over. */
export class TokenEventLog {
  private said: TokenFault | undefined;
  private saidAtMs = -Infinity;
  private isFirst = true;
  private isUntold = false;

  constructor(
    private readonly owner: TokenOwner,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  /** @param excess what the client may do and should not */
  tell(change: TokenChange, excess: readonly string[]): void {
    switch (change.kind) {
      case 'failed':
        this.failed(change.fault, excess);
        return;
      case 'fetched':
        this.fetched();
        return;
      case 'excess':
        this.log.error({ ...this.owner, permissions: change.rights }, sentenceOf('too_much'));
    }
  }

  /** Said once: it is as true of every later token. */
  untold(): void {
    if (!this.isUntold)
      this.log.warn(this.owner, 'the platform does not say what the client may do: taken to read only');
    this.isUntold = true;
  }

  private failed(fault: TokenFault, permissions: readonly string[]): void {
    const nowMs = this.clock.nowMs();
    this.metrics.tokenFailed(this.owner.platform, fault);
    if (fault === this.said && nowMs - this.saidAtMs < REPEATED_EVERY_MS) return;
    [this.said, this.saidAtMs] = [fault, nowMs];
    const tooMuch = permissions.length === 0 ? {} : { permissions };
    this.log.error({ ...this.owner, fault, ...tooMuch }, `no token: ${sentenceOf(fault)}`);
  }

  private fetched(): void {
    if (this.isFirst || this.said !== undefined) this.log.info(this.owner, 'there is a token');
    this.isFirst = false;
    this.said = undefined;
  }
}
