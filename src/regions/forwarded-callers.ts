import { Inject, Injectable } from '@nestjs/common';
import { hash, timingSafeEqual } from 'node:crypto';
import { REGION } from '../config/sections/server.js';
import { Hmac } from '../kernel/hmac.js';

/** A claim that one region forwards to another. */
export interface ForwardedClaim {
  readonly tenant: string;
  /** Name of the caller that asked the forwarding region. */
  readonly caller: string;
  readonly callId: string;
}

/**
 * Signs the name of the caller of a forwarded claim under `KEY_SECRET`, which all regions share and
 * no caller knows. So a call gets the same agent from the home, whichever region the caller asks.
 *
 * Guarantees: a signature counts for one tenant, caller and call, and between two regions.
 *
 * Does not guarantee: that a claim is forwarded only once. A repetition gets the same agent.
 */
@Injectable()
export class ForwardedCallers {
  constructor(
    private readonly hmac: Hmac,
    @Inject(REGION) private readonly region: string,
  ) {}

  sign(claim: ForwardedClaim, home: string): string {
    return this.signature(claim, this.region, home);
  }

  /** @param from the region that says that it has forwarded the claim */
  isSigned(claim: ForwardedClaim, from: string, signature: string): boolean {
    const [given, right] = [Buffer.from(signature), Buffer.from(this.signature(claim, from, this.region))];
    return given.length === right.length && timingSafeEqual(given, right);
  }

  private signature({ tenant, caller, callId }: ForwardedClaim, from: string, home: string): string {
    const parts = hash('sha256', JSON.stringify([from, home, tenant, caller, callId]), 'hex');
    return this.hmac.hex(`forwarded-claim:${parts}`);
  }
}
