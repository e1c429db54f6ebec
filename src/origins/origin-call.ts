/** One call of a system of record, under way. */
export interface OriginCall<T> {
  /** Settles within the system's time-out; rejects with `OriginFailure` and nothing else. */
  readonly answer: Promise<T>;
  /** Resolves when the origin has really answered, or the connection is gone: until then it is busy with this call. Never rejects. */
  readonly ended: Promise<void>;
  /** Gives the connection up. The origin may go on working. */
  readonly cut: () => void;
}
