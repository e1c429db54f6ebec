import { getCountryCallingCode, parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/core';
// The smallest metadata (83 KB) knows the possible lengths, which is all that `isPossible` needs.
import metadata from 'libphonenumber-js/metadata.min';
import type { Country } from './country.js';

/** Reads a text that consists of a phone number alone: `+` and digits, or digits. */
export function parsePhone(number: string, country?: Country): PhoneNumber | undefined {
  const options = country === undefined ? { extract: false } : { extract: false, defaultCountry: country };
  return parsePhoneNumberFromString(number, options, metadata);
}

/** The digits after `+`, such as `1` for `US`. Several countries may share a code. */
export function callingCodeOf(country: Country): string {
  return getCountryCallingCode(country, metadata);
}
