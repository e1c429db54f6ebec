/** The way from the top of the file to one place in it. */
export type Path = readonly (string | number)[];

const PLAIN_NAME = /^[A-Za-z0-9_-]+$/;

/** As people write it: `lookups.customer.key[0].input`. Odd names are quoted, so that a line stays one line. */
export function pathText(path: Path): string {
  return path.map(stepText).join('').replace(/^\./, '');
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return PLAIN_NAME.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
