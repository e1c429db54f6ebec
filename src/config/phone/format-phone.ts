import type { PhoneNumber } from 'libphonenumber-js/core';
import type { Country } from './country.js';
import { callingCodeOf, parsePhone } from './parse-phone.js';

/**
 * `(555) 123-4567`: how the number is dialled in its country, with the trunk prefix.
 *
 * @param home - if it is given, a number with another country code is international
 */
export function national(e164: string, home?: Country): string {
  return formatted(e164, (number) => (isOf(number, home) ? number.formatNational() : number.formatInternational()));
}

/** `+1 555 123 4567` */
export function international(e164: string): string {
  return formatted(e164, (number) => number.formatInternational());
}

/**
 * `5551234567`: the number without country code and without trunk prefix.
 *
 * @param home - if it is given, a number with another country code keeps the code
 */
export function nationalDigits(e164: string, home?: Country): string {
  const digits = (number: PhoneNumber): string => (isOf(number, home) ? number.nationalNumber : number.number);
  return formatted(e164, digits).replace('+', '');
}

function isOf({ countryCallingCode }: PhoneNumber, home: Country | undefined): boolean {
  return home === undefined || countryCallingCode === callingCodeOf(home);
}

/** A number whose country code is not assigned stays unchanged, so that every number has a form. */
function formatted(e164: string, format: (number: PhoneNumber) => string): string {
  const number = parsePhone(e164);
  return number === undefined ? e164 : format(number);
}
