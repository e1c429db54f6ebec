import { Inject, Injectable } from '@nestjs/common';
import { type WebhookConfig, WEBHOOKS } from '../../../config/sections/webhooks.js';
import { SIGNATURE_HEADER } from '../../../contracts/headers.js';
import { hasSignature, WEBHOOK_PATH, webhookNameIn } from '../../../contracts/webhook-request.js';
import { WallClock } from '../../../kernel/clock.js';
import type { DatadipRequest } from '../../../platform/http/request-context.js';
import type { RouteMatch } from '../../../platform/http/route-table.js';
import { Callers } from '../callers.js';
import { readDeclaredSignature, readSignature, SignatureCheck } from './signatures.js';

/**
 * Finds the signature scheme of a request. If the request has the header of its declared webhook,
 * the scheme of the webhook counts, otherwise Datadip's own scheme.
 */
@Injectable()
export class WebhookSignatures {
  constructor(
    @Inject(WEBHOOKS) private readonly webhooks: ReadonlyMap<string, WebhookConfig>,
    private readonly callers: Callers,
    private readonly wallClock: WallClock,
  ) {}

  isSigned(match: RouteMatch, request: DatadipRequest): boolean {
    return request.headers[SIGNATURE_HEADER] !== undefined || this.declaredBy(match, request) !== undefined;
  }

  /** @returns `undefined` if no body can make the signature valid */
  checkOf(match: RouteMatch, request: DatadipRequest): SignatureCheck | undefined {
    const nowMs = this.wallClock.nowMs();
    const declared = this.declaredBy(match, request);
    if (declared === undefined) {
      const signature = readSignature(request.headers, nowMs / 1000);
      return signature && new SignatureCheck(this.callers.signers, signature);
    }
    const { scheme, caller: owner } = declared;
    const signature = readDeclaredSignature(request, scheme, nowMs);
    const signers = this.callers.signers.filter(({ caller }) => owner === undefined || caller.name === owner);
    return signature && new SignatureCheck(signers, signature);
  }

  private declaredBy({ path }: RouteMatch, { url, headers }: DatadipRequest) {
    if (path !== WEBHOOK_PATH) return undefined;
    const { signature: scheme, caller } = this.webhooks.get(webhookNameIn(url)) ?? {};
    return scheme !== undefined && hasSignature(headers, scheme) ? { scheme, caller } : undefined;
  }
}
