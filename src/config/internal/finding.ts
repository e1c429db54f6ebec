import type { Path } from './path.js';

/** Something wrong at one place of the file, before it is known which line that is and whether the value may be shown. */
export interface Finding {
  readonly path: Path;
  /** Never quotes what stands in the file. */
  readonly message: string;
  /** What may quote it: shown only where the value itself may be. */
  readonly detail?: string | undefined;
  /** Only where the path is not enough to find the line. */
  readonly line?: number | undefined;
  /** The place is wrong, whatever stands there: the value says nothing, and could be a secret under a misspelt name. */
  readonly valueIsMoot?: true;
}
