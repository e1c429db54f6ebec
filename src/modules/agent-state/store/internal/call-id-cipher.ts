import type { ValueCipher } from '../../../../kernel/value-cipher.js';

/**
 * Ids of conversations as they are stored, because `GET /agents/{id}` gives them back: sealed where values are, since what a caller takes for
 * an id may hold a phone number.
 */
export class CallIdCipher {
  /** @param cipher absent: they are stored as they are */
  constructor(private readonly cipher: ValueCipher | undefined) {}

  seal(place: string, callId: string): string {
    return this.cipher === undefined || callId === '' ? callId : this.cipher.seal(place, callId);
  }

  /** Nothing where it cannot be opened: an agent whose conversation is unknown is still an agent. */
  open(place: string, stored: string): string {
    return this.cipher === undefined || stored === '' ? stored : (this.cipher.open(place, stored) ?? '');
  }
}
