/** A loss of data that Redis had acknowledged. By the clock of Redis, Unix milliseconds. */
export interface DataLoss {
  /** When the loss was noticed. Infinity means now. */
  readonly lostMs: number;
  /** Redis has everything that it acknowledged before this time. 0 means that this is unknown. */
  readonly intactMs: number;
}
