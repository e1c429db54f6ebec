import { DatadipError } from '../../kernel/errors.js';

const MAX_PLACES = 12;
/** What a class may be called; a name that was made of data is no name. */
const NAME = /^[A-Za-z_$][\w$]{0,63}$/;
/** As Node, axios and we spell them: `ECONNREFUSED`, `ERR_BAD_REQUEST`, `origin_timeout`. */
const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** A line of a stack that names a place in a file: what may be called there, and where that is, without a space. */
const PLACE = /^\s+at (?:(?:async |new )*[\w$.<>]+ (?:\[as [\w$]+\] )?\()?((?:file|node):[\w@%+./-]+:\d+:\d+)\)?$/;

/** What of an error may be logged. A class, so that nothing else is taken for one. */
export class ErrorDescription {
  constructor(
    readonly type: string,
    /** Our own words only: the message of a foreign error may quote what a caller sent or an origin said. */
    readonly message: string | undefined,
    readonly code: string | undefined,
    /** Places in the code. */
    readonly stack: readonly string[],
  ) {}
}

export function isDescription(value: unknown): boolean {
  return value instanceof ErrorDescription;
}

/** Lists what may be logged of an error, instead of what may not: errors carry headers, URLs and bodies in fields nobody expects. */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return new ErrorDescription(typeof error, undefined, undefined, []);
  const code = 'code' in error && typeof error.code === 'string' && CODE.test(error.code) ? error.code : undefined;
  const message = error instanceof DatadipError ? error.message : undefined;
  return new ErrorDescription(nameOf(error), message, code, placesIn(error.stack));
}

/** Where in the code it was. Not every line that begins with `at`: the message stands in the stack as well, and may have such lines. */
function placesIn(stack: unknown): string[] {
  if (typeof stack !== 'string') return [];
  const lines = stack.split('\n').filter((line) => PLACE.test(line));
  return lines.slice(0, MAX_PLACES).map((line) => line.trim());
}

function nameOf(error: Error): string {
  const { constructor } = error as { constructor?: unknown };
  return typeof constructor === 'function' && NAME.test(constructor.name) ? constructor.name : 'Error';
}
