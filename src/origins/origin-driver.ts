import type { Credentials } from './auth/auth-strategy.js';
import type { OriginAnswer, OriginRequest } from './origin.js';

/** A running call of a system of record. */
export interface OriginCall<T> {
  /** Settles within the call's timeout. Rejects with `OriginFailure` and nothing else. */
  readonly answer: Promise<T>;
  /**
   * Resolves when the origin has answered or the connection is gone. Until then the origin is busy
   * with this call, also after a timeout. Never rejects.
   */
  readonly ended: Promise<void>;
  /** Closes the connection of the call. The origin may continue to work on it. */
  readonly abandon: () => void;
}

/**
 * Sends requests of one kind to one system of record. Admission and credentials are its caller's
 * work.
 */
export interface OriginDriver {
  /**
   * @param timeoutMs of this attempt; less than the system's timeout when earlier attempts used a
   *   part of it
   */
  begin(request: OriginRequest, credentials: Credentials, timeoutMs: number): OriginCall<OriginAnswer>;
  /** Opens connections up to a small stock. Rejects when the origin cannot be reached. */
  keepWarm(): Promise<void>;
  /** Opens one connection and closes it. Rejects when the origin cannot be reached. */
  dial(): Promise<void>;
  close(): void;
}
