import type { PhoneNumber } from 'libphonenumber-js/core';
import { parsePhone } from './parse-phone.js';

/** `(555) 123-4567`: how the number is dialled in its country, with the trunk prefix. */
export function national(e164: string): string {
  return formatted(e164, (number) => number.formatNational());
}

/** `+1 555 123 4567` */
export function international(e164: string): string {
  return formatted(e164, (number) => number.formatInternational());
}

/** `5551234567`: the number without country code and without trunk prefix. */
export function nationalDigits(e164: string): string {
  return formatted(e164, ({ nationalNumber }) => nationalNumber).replace('+', '');
}

/** A number whose country code is not assigned stays unchanged, so that every number has a form. */
function formatted(e164: string, format: (number: PhoneNumber) => string): string {
  const number = parsePhone(e164);
  return number === undefined ? e164 : format(number);
}
