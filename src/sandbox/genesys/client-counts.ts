/** Calls of nobody we know: an unknown client id, or a token that was never given. */
export const NOBODY = '(nobody)';

/** One key for each client there may be, and one for nobody. Counts of clients taken away give room first. */
const MOST_COUNTED = 200;

export interface ClientCounts {
  /** Asked for a token, whatever came of it. */
  readonly tokenRequests: number;
  readonly tokensGiven: number;
  /** Came to the API and were let in or turned away; calls lost by `refuse` or `hang` are not among them. */
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

/** Counts what each client did. */
export class ClientTally {
  private readonly counts = new Map<string, ClientCounts>();

  count(clientId: string, what: keyof ClientCounts): void {
    const counts = this.counts.get(clientId) ?? NONE;
    // Put last, so that the key that gives room is the one not seen for longest.
    this.counts.delete(clientId);
    this.counts.set(clientId, { ...counts, [what]: counts[what] + 1 });
    for (const quietest of this.counts.keys()) {
      if (this.counts.size <= MOST_COUNTED) break;
      this.counts.delete(quietest);
    }
  }

  reset(): void {
    this.counts.clear();
  }

  view(): Readonly<Record<string, ClientCounts>> {
    return Object.fromEntries(this.counts);
  }
}
