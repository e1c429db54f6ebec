import { DatadipError } from '../../kernel/errors.js';

/** What of an error may be logged. */
export interface ErrorDescription {
  readonly type: string;
  /** Our own words only: the message of a foreign error may quote what a caller sent or an origin said. */
  readonly message?: string;
  readonly code?: string;
  /** Places in the code, without the first lines, which repeat the message. */
  readonly stack?: readonly string[];
}

/** Lists what may be logged of an error, instead of what may not: errors carry headers, URLs and bodies in fields nobody expects. */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const message = error instanceof DatadipError ? { message: error.message } : {};
  const stack = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { type: error.constructor.name, ...message, ...code, stack: stack.slice(0, 12).map((line) => line.trim()) };
}
