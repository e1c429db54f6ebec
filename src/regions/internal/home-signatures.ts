import { hash, timingSafeEqual } from 'node:crypto';
import type { Hmac } from '../../kernel/hmac.js';
import type { HomeMoved, HomeReleased, SignedHomeRecord } from '../../messaging/log/log-values.js';

/**
 * Signs records about homes under `KEY_SECRET`, which all regions share. Any program that reports
 * agents may write to the topic of these records.
 *
 * Guarantees: a record counts only if a region, or a command with the secret, has written it.
 *
 * Does not guarantee: that a record is new. A record that comes again changes nothing, because its
 * epoch is too low.
 */
export class HomeSignatures {
  constructor(private readonly hmac: Hmac) {}

  sign(record: HomeMoved | HomeReleased): SignedHomeRecord {
    return { ...record, mac: this.mac(record) };
  }

  isSigned(record: SignedHomeRecord): boolean {
    if (typeof record.mac !== 'string') return false;
    const [given, right] = [Buffer.from(record.mac), Buffer.from(this.mac(record))];
    return given.length === right.length && timingSafeEqual(given, right);
  }

  private mac(record: HomeMoved | HomeReleased): string {
    const { type, tenant, epoch } = record;
    const own = type === 'tenant.home' ? [record.home, record.fenceAbove] : [record.region, record.lastFence];
    return this.hmac.hex(`home-record:${hash('sha256', JSON.stringify([type, tenant, epoch, ...own]), 'hex')}`);
  }
}
