/** A read over HTTP. */
export interface HttpRequest {
  readonly kind: 'http';
  readonly method: 'GET' | 'POST';
  /**
   * Path and query, already encoded. Appended to the base URL, so that it cannot name another host.
   */
  readonly pathAndQuery: string;
  /** Sent as JSON. `undefined` means no body. */
  readonly body: Readonly<Record<string, string>> | undefined;
}
