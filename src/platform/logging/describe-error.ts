import { DatadipError } from '../../kernel/errors.js';

const MAX_PLACES = 12;
/** What a class may be called; a name that was made of data is no name. */
const NAME = /^[A-Za-z_$][\w$]{0,63}$/;
/** As Node, axios and we spell them: `ECONNREFUSED`, `ERR_BAD_REQUEST`, `origin_timeout`. */
const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/**
 * A line of a stack: what is called there, by a name of the code, and in which file of code that
 * is.
 */
const PLACE =
  /^\s+at (?:(?:async |new )*[\w$.<>]+ (?:\[as [\w$]+\] )?\()?(?:(?:file:\/\/)?\/[\w@%+./-]+\.[cm]?[jt]s|node:[\w/]+):\d+:\d+\)?$/;

/** What of an error may be logged. A class, so that nothing else is taken for one. */
export class ErrorDescription {
  constructor(
    readonly type: string,
    /**
     * Our own words only: the message of a foreign error may quote what a caller sent or an origin
     * said.
     */
    readonly message: string | undefined,
    readonly code: string | undefined,
    /** Places in the code. */
    readonly stack: readonly string[],
  ) {}
}

export function isDescription(value: unknown): boolean {
  return value instanceof ErrorDescription;
}

/**
 * Lists what may be logged of an error, instead of what may not: errors carry headers, URLs and
 * bodies in fields nobody expects.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return new ErrorDescription(typeof error, undefined, undefined, []);
  const code = 'code' in error && typeof error.code === 'string' && CODE.test(error.code) ? error.code : undefined;
  const message = error instanceof DatadipError ? error.message : undefined;
  return new ErrorDescription(nameOf(error), message, code, placesIn(error));
}

/**
 * Where in the code it was. The message stands in the stack as well, and may have lines that look
 * like places.
 */
function placesIn({ stack, message }: Error): string[] {
  if (typeof stack !== 'string') return [];
  const from = stack.indexOf(message);
  const places = stack.slice(from < 0 ? 0 : from + message.length).split('\n');
  const ours = places.filter((line) => PLACE.test(line));
  return ours.slice(0, MAX_PLACES).map((line) => line.trim());
}

function nameOf(error: Error): string {
  const { constructor } = error as { constructor?: unknown };
  return typeof constructor === 'function' && NAME.test(constructor.name) ? constructor.name : 'Error';
}
