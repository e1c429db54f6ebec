import type { ValueCipher } from '../../../../kernel/value-cipher.js';

/**
 * Encrypts the conversation ids in the store if a value key is configured. `GET /agents/{id}`
 * returns a conversation id, so a hash is not enough; a caller may use an id that contains a phone
 * number.
 */
export class CallIdCipher {
  /** @param cipher `undefined` means conversation ids are stored as plain text */
  constructor(private readonly cipher: ValueCipher | undefined) {}

  /** @param place the Redis key that holds the id; a sealed id opens only at its own key */
  seal(place: string, callId: string): string {
    return this.cipher === undefined || callId === '' ? callId : this.cipher.seal(place, callId);
  }

  /**
   * @returns the empty string if the id cannot be decrypted, so that the rest of the agent's state
   *   stays readable
   */
  open(place: string, stored: string): string {
    return this.cipher === undefined || stored === '' ? stored : (this.cipher.open(place, stored) ?? '');
  }
}
