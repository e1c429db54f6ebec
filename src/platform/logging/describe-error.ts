import { DatadipError } from '../../kernel/errors.js';

const MAX_PLACES = 12;
/** The accepted class names. Any other name may contain data, so `Error` replaces the name. */
const NAME = /^[A-Za-z_$][\w$]{0,63}$/;
/**
 * The error codes of Node, axios and Datadip: `ECONNREFUSED`, `ERR_BAD_REQUEST`, `origin_timeout`.
 */
const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** A line of a stack trace with a plain function name and a source file of code. */
const PLACE =
  /^\s+at (?:(?:async |new )*[\w$.<>]+ (?:\[as [\w$]+\] )?\()?(?:(?:file:\/\/)?\/[\w@%+./-]+\.[cm]?[jt]s|node:[\w/]+):\d+:\d+\)?$/;

/**
 * The parts of an error that may be logged. A class, so that `isDescription` accepts no other
 * object.
 */
export class ErrorDescription {
  constructor(
    readonly type: string,
    /**
     * `undefined` for an error that Datadip did not create: its message may quote what a caller or
     * an origin sent.
     */
    readonly message: string | undefined,
    readonly code: string | undefined,
    /** Lines of the stack trace that name a place in the code, at most `MAX_PLACES`. */
    readonly stack: readonly string[],
  ) {}
}

export function isDescription(value: unknown): boolean {
  return value instanceof ErrorDescription;
}

/**
 * Copies the parts of an error that may be logged. A list of forbidden parts would not suffice:
 * errors carry headers, URLs and bodies in fields of any name.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return new ErrorDescription(typeof error, undefined, undefined, []);
  const code = 'code' in error && typeof error.code === 'string' && CODE.test(error.code) ? error.code : undefined;
  const message = error instanceof DatadipError ? error.message : undefined;
  return new ErrorDescription(nameOf(error), message, code, placesIn(error));
}

/**
 * The lines of the stack trace that name a place in the code. The stack repeats the message, whose
 * lines may look like places, so the search begins after the message.
 */
function placesIn({ stack, message }: Error): string[] {
  if (typeof stack !== 'string') return [];
  const start = stack.indexOf(message);
  const lines = stack.slice(start < 0 ? 0 : start + message.length).split('\n');
  const places = lines.filter((line) => PLACE.test(line));
  return places.slice(0, MAX_PLACES).map((line) => line.trim());
}

function nameOf(error: Error): string {
  const { constructor } = error as { constructor?: unknown };
  return typeof constructor === 'function' && NAME.test(constructor.name) ? constructor.name : 'Error';
}
