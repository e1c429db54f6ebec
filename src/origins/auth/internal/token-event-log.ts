import type { Logger } from 'pino';
import type { TokenAuthConfig } from '../../../config/sections/systems/system-config.js';
import type { Clock } from '../../../kernel/clock.js';
import { declareLogFields } from '../../../platform/logging/log-fields.js';
import type { TokenMetrics } from '../token.metrics.js';
import { describeFault, type TokenFailureFacts, type TokenFault } from './token-failure.js';
import type { TokenEvent } from './token-manager.js';

declareLogFields({
  platform: 'text',
  systems: 'texts',
  permissions: 'texts',
  fault: 'text',
  status: 'number',
  code: 'text',
});

const REPEAT_EVERY_MS = 60_000;

/** The platform client of a token, and the systems that use it. */
export interface TokenOwner {
  readonly platform: TokenAuthConfig['type'];
  readonly systems: readonly string[];
}

/**
 * Counts the failures of one client's tokens. Logs each fault at once and then once a minute. Logs
 * the first token after the failures.
 */
export class TokenEventLog {
  /** When each fault was last logged, since the last token. */
  private readonly loggedAtMs = new Map<TokenFault, number>();
  private isFirstToken = true;
  private isUnknownLogged = false;

  constructor(
    private readonly owner: TokenOwner,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly metrics: TokenMetrics,
  ) {}

  /** @param writePermissions of the client that it should not have */
  record(event: TokenEvent, writePermissions: readonly string[]): void {
    switch (event.kind) {
      case 'failed':
        this.failed(event.fault, event.facts, writePermissions);
        return;
      case 'fetched':
        this.fetched();
        return;
      case 'excess':
        this.log.error({ ...this.owner, permissions: event.permissions }, describeFault('too_much'));
    }
  }

  /** Logged once: the same is true for every later token. */
  permissionsUnknown(): void {
    if (!this.isUnknownLogged)
      this.log.warn(this.owner, 'the platform does not report the permissions of the client: read-only access assumed');
    this.isUnknownLogged = true;
  }

  private failed(fault: TokenFault, facts: TokenFailureFacts, writePermissions: readonly string[]): void {
    const nowMs = this.clock.nowMs();
    this.metrics.tokenRequestFailed(this.owner.platform, fault);
    if (nowMs - (this.loggedAtMs.get(fault) ?? -Infinity) < REPEAT_EVERY_MS) return;
    this.loggedAtMs.set(fault, nowMs);
    const permissions = writePermissions.length === 0 ? {} : { permissions: writePermissions };
    this.log.error({ ...this.owner, fault, ...facts, ...permissions }, `no token: ${describeFault(fault)}`);
  }

  private fetched(): void {
    if (this.isFirstToken || this.loggedAtMs.size > 0) this.log.info(this.owner, 'token acquired');
    this.isFirstToken = false;
    this.loggedAtMs.clear();
  }
}
