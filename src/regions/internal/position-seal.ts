import { hkdfSync } from 'node:crypto';
import type { Position } from '../../contracts/position.js';
import { ValueCipher } from '../../kernel/value-cipher.js';

const KEY_ID = 'p';
/** The time in base 36, milliseconds: enough until the year 5188. */
const TIME_DIGITS = 9;
const FORM = /^([0-9a-z]{9})([\w-]{38,})$/;

/** A position, and when a region gave it by the clock of the process, Unix milliseconds. */
export interface SealedEvents {
  readonly givenAtMs: number;
  readonly events: readonly Position[];
}

/**
 * Turns the events of a position into text for a caller, and back: `<time><nonce, tag and events in
 * base64url>`.
 *
 * Guarantees: a text that no region with this `KEY_SECRET` has given opens to nothing. Two texts do
 * not show whether they name the same customer, agent or event.
 */
export class PositionSeal {
  private readonly cipher: ValueCipher;

  constructor(keySecret: string) {
    const key = Buffer.from(hkdfSync('sha256', keySecret, '', 'datadip positions', 32));
    this.cipher = new ValueCipher([{ id: KEY_ID, secret: key.toString('base64') }]);
  }

  seal({ givenAtMs, events }: SealedEvents): string {
    const time = Math.trunc(givenAtMs).toString(36).padStart(TIME_DIGITS, '0');
    return time + this.cipher.seal(placeOf(time), JSON.stringify(events)).slice(KEY_ID.length + 1);
  }

  /** @returns `undefined` for a text that no region has sealed */
  open(text: string): SealedEvents | undefined {
    const [, time = '', sealed = ''] = FORM.exec(text) ?? [];
    const events = this.cipher.open(placeOf(time), `${KEY_ID}.${sealed}`);
    if (events === undefined) return undefined;
    return { givenAtMs: Number.parseInt(time, 36), events: JSON.parse(events) as Position[] };
  }
}

function placeOf(time: string): string {
  return `position:${time}`;
}
