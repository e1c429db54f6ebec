import type { DestinationStream } from 'pino';

/** Where lines of one kind go. */
export interface LogOutput extends DestinationStream {
  /** @param lines the number of whole lines in `text`. Default: 1 */
  write(text: string, lines?: number): void;
  /**
   * Returns the number of lines that were lost since the start, because the reader of the output
   * was too slow. `undefined` means that the output loses no line.
   */
  readonly lostLines?: () => number;
}

/** Reads the number of lost lines of each kind. */
export type LostLines = () => readonly (readonly [room: string, lines: number])[];
