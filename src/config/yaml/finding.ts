/** The path from the top of the file to one place in it. */
export type Path = readonly (string | number)[];

/**
 * A mistake at one place of the file, before its line is known and its value is cleared to show.
 */
export interface Finding {
  readonly path: Path;
  /** Never quotes the file. */
  readonly message: string;
  /** May quote the file. The text is shown only if the value itself may be shown. */
  readonly detail?: string | undefined;
  /** Given only if the path does not lead to the line. */
  readonly line?: number | undefined;
  /**
   * `true` means that the place is wrong whatever its value is. The value may be a secret under a
   * misspelt name.
   */
  readonly hidesValue?: true;
}

const PLAIN_NAME = /^[A-Za-z0-9_-]+$/;

/**
 * Writes a path as in `lookups.customer.key[0].input`. Names with other characters are quoted, so
 * that a line stays one line.
 */
export function pathText(path: Path): string {
  return path.map(stepText).join('').replace(/^\./, '');
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return PLAIN_NAME.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
