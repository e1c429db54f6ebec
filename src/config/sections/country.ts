import { isCountry, type Country } from '../phone/country.js';
import { textThat } from '../schema/scalars.js';

/** The country of phone numbers without a country code. */
export const country = textThat((text) =>
  isCountry(text) ? undefined : 'must be a country as two capital letters, such as US',
).transform((text) => text as Country);
