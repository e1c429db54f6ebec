import { growingLru } from '../../platform/memory/growing-lru.js';
import type { ValueCipher } from '../../kernel/value-cipher.js';

/** Enough for the invalidations of hours. Each takes about 100 bytes. */
const MAX_DELETED_VERSIONS = 100_000;
/** The clocks of Redis and of this process's estimate may differ by this much, in milliseconds. */
const CLOCK_TOLERANCE_MS = 1000;
/** Stands between the times and the sealed text. No key id and no base64 contains it. */
const SEPARATOR = '~';

export interface SealedTimes {
  /** By the store's clock, Unix milliseconds. */
  readonly freshUntilMs: number;
  readonly expiresAtMs: number;
}

/**
 * Seals the answers of entries, each for one key, one version and one lifetime.
 *
 * Guarantees:
 * - A sealed text opens only in an entry with the version for which it was sealed. An invalidation
 *   ends the version, and the next load has another.
 * - A sealed text does not open after the end of its lifetime, whatever the entry's other fields
 *   say.
 * - A text of a deleted version does not open, if the deletion was reported to this process.
 *
 * Does not guarantee: that a process knows every deleted version. A process that started after the
 * deletion does not know it, and a process forgets it after `MAX_DELETED_VERSIONS` later deletions.
 * If a program that may write to Redis puts a whole old entry back, such a process serves the entry
 * until its lifetime ends.
 */
export class SealedAnswers {
  private readonly deleted = growingLru<true>(MAX_DELETED_VERSIONS);

  constructor(
    private readonly cipher: ValueCipher,
    /** The clock of the server that has a key. `undefined` if no reply has shown it yet. */
    private readonly serverNowMs: (key: string) => number | undefined,
  ) {}

  seal(key: string, version: string, text: string, { freshUntilMs, expiresAtMs }: SealedTimes): string {
    const times = `${Math.ceil(freshUntilMs).toString(36)}.${Math.ceil(expiresAtMs).toString(36)}`;
    return `${times}${SEPARATOR}${this.cipher.seal(placeOf(key, version, times), text)}`;
  }

  /**
   * @param freshForMs what the entry says
   * @returns the text, and how long it is fresh; `undefined` if it does not open
   */
  open(
    key: string,
    version: string,
    stored: string,
    freshForMs: number,
  ): { readonly text: string; readonly freshForMs: number } | undefined {
    const end = stored.indexOf(SEPARATOR);
    if (end < 0 || this.deleted.has(version)) return undefined;
    const times = stored.slice(0, end);
    const text = this.cipher.open(placeOf(key, version, times), stored.slice(end + 1));
    if (text === undefined) return undefined;
    const nowMs = this.serverNowMs(key);
    if (nowMs === undefined) return { text, freshForMs };
    const [freshUntilMs = NaN, expiresAtMs = NaN] = times.split('.').map((time) => Number.parseInt(time, 36));
    if (!(nowMs < expiresAtMs + CLOCK_TOLERANCE_MS)) return undefined;
    return { text, freshForMs: Math.min(freshForMs, Math.round(freshUntilMs + CLOCK_TOLERANCE_MS - nowMs)) };
  }

  /** An entry of this version was deleted: its text must not be put back. */
  deletedVersion(version: string): void {
    if (version !== '') this.deleted.set(version, true);
  }
}

/** The key, the version and the times are authenticated with the text. */
function placeOf(key: string, version: string, times: string): string {
  return `${key}\n${version}\n${times}`;
}
