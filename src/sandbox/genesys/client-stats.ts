/** The key for calls with an unknown client id or an unknown token. */
export const UNKNOWN_CLIENT = '(nobody)';

/**
 * More than the maximum number of clients plus the key for unknown clients. Above this number the
 * counts that have not changed for longest are deleted.
 */
const MAX_COUNTED = 200;

export interface ClientCounts {
  /** All requests for a token, with any outcome. */
  readonly tokenRequests: number;
  readonly tokensGiven: number;
  /** Calls of the API, admitted or rejected. Calls that `refuse` or `hang` lost are not counted. */
  readonly apiCalls: number;
  readonly unauthorized: number;
  readonly forbidden: number;
  readonly rateLimited: number;
}

const NONE: ClientCounts = {
  tokenRequests: 0,
  tokensGiven: 0,
  apiCalls: 0,
  unauthorized: 0,
  forbidden: 0,
  rateLimited: 0,
};

/** Counts the requests of each client. */
export class ClientStats {
  private readonly counts = new Map<string, ClientCounts>();

  increment(clientId: string, counter: keyof ClientCounts): void {
    const counts = this.counts.get(clientId) ?? NONE;
    // A changed key moves to the end, so that the key at the front has not changed for longest.
    this.counts.delete(clientId);
    this.counts.set(clientId, { ...counts, [counter]: counts[counter] + 1 });
    for (const oldest of this.counts.keys()) {
      if (this.counts.size <= MAX_COUNTED) break;
      this.counts.delete(oldest);
    }
  }

  reset(): void {
    this.counts.clear();
  }

  view(): Readonly<Record<string, ClientCounts>> {
    return Object.fromEntries(this.counts);
  }
}
