/** The text functions of JSONata, as lookups use them. Runs in worker threads too. */
import { DigitsLost, isLossy } from './exact-numbers.ts';
import { native } from './native-functions.ts';

/**
 * The longest text that an expression makes: twice the largest answer. A text of hundreds of
 * megabytes can end the process, because V8 cannot refuse such an allocation.
 */
const MAX_TEXT_LENGTH = 2 * 1024 * 1024;

/** The operator `&`. */
export function concat(left: unknown, right: unknown): string {
  return bounded(`${text(left)}${text(right)}`);
}

function text(value: unknown): string {
  return string(value) ?? '';
}

export function string(value: unknown, prettify?: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  refuseUnwritable(value);
  return bounded(String(native('string').call(undefined, value, prettify)));
}

export function join(texts: unknown, separator: unknown = ''): string | undefined {
  if (texts === undefined) return undefined;
  const parts = (Array.isArray(texts) ? (texts as unknown[]) : [texts]).filter((part) => !isBlank(part));
  if (![...parts, separator].every((part) => typeof part === 'string')) throw refused('$join takes texts');
  const length = parts.reduce<number>((sum, part) => sum + String(part).length + String(separator).length, 0);
  if (length > MAX_TEXT_LENGTH) throw refused('the text is too long');
  return parts.length === 0 ? undefined : parts.join(String(separator));
}

function isBlank(part: unknown): boolean {
  return part === undefined || part === null || (typeof part === 'string' && part.trim() === '');
}

export function pad(this: unknown, value: unknown, width: unknown, filling: unknown): unknown {
  if (Math.abs(Number(width)) > MAX_TEXT_LENGTH) throw refused('the text is too long');
  return native('pad').call(this, value, width, filling);
}

export async function replace(this: unknown, ...args: readonly unknown[]): Promise<unknown> {
  return bounded(await native('replace').apply(this, [...args]));
}

/** Throws for a text that is too long. A concatenation has its length before it has its bytes. */
function bounded<T>(value: T): T {
  if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH) throw refused('the text is too long');
  return value;
}

/** A list can hold the same long text many times. */
function refuseUnwritable(value: unknown): void {
  const pending: unknown[] = [value];
  let length = 0;
  while (pending.length > 0) {
    const item = pending.pop();
    if (isLossy(item)) throw new DigitsLost();
    length += typeof item === 'string' ? item.length : 1;
    if (length > MAX_TEXT_LENGTH || pending.length > MAX_TEXT_LENGTH) throw refused('the text is too long');
    if (typeof item === 'object' && item !== null) for (const member of Object.values(item)) pending.push(member);
  }
}

function refused(message: string): Error {
  return new Error(message);
}
