import type { UnusableAnswer } from '../../kernel/errors.js';
import type { Credentials } from '../auth/auth-strategy.js';

/** A read over HTTP. */
export interface HttpRequest {
  readonly kind: 'http';
  readonly method: 'GET' | 'POST';
  /**
   * Path and query, already encoded. Both are appended to the base URL, so that a request cannot
   * name another host.
   */
  readonly pathAndQuery: string;
  /** An object is sent as JSON, and a text unchanged. `undefined` means no body. */
  readonly body: object | string | undefined;
  /** Added to the headers of the system. Lower-case names. `undefined` means none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Reads the answer as a part of the call, so that an answer which cannot be used counts as a
   * failed call. Not called for a refused token, 429 and 503. Never rejects. `undefined` means that
   * the body of a success is parsed, and that 404 means no such record.
   */
  readonly interpret?: Interpret;
  /** Called when each attempt begins: it has credentials and is admitted. Must not throw. */
  readonly onBegin?: (credentials: Credentials) => void;
}

export type Interpret = (answer: HttpAnswer) => Promise<Interpretation>;

/** An answer over HTTP, before its body is parsed. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The meaning of an answer for the caller of an origin. */
export type Interpretation =
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'failed'; readonly reason: UnusableAnswer };
