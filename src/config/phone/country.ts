import { isSupportedCountry, type CountryCode } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/metadata.min';

/**
 * A country as two capital letters, such as `US`. The country says how national numbers are read.
 */
export type Country = CountryCode;

export function isCountry(text: string): text is Country {
  return isSupportedCountry(text as Country, metadata);
}
