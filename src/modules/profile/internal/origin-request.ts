import type { OriginConfig } from '../../../config/config.js';
import { TEMPLATE, templateInputs } from '../../../config/template.js';
import type { Identifier } from '../../../contracts/dip.js';
import { OriginFailure } from '../../../kernel/errors.js';
import type { UpstreamRequest } from '../../../platform/upstream/upstream-client.js';

/** A segment of dots alone. No encoding disarms it, because URLs are resolved after decoding them. */
const CLIMBS = /\/\.+(?=\/|$)/;

/**
 * Fills a lookup's templates for one identifier. Only the input that identifies the entry is filled in, every other counts as absent:
 * what is kept under a phone number must not depend on the e-mail address somebody sent along.
 *
 * @throws {OriginFailure} for an identifier that would lead to another path
 */
export function originRequest(origin: OriginConfig, identifier: Identifier): UpstreamRequest {
  const query = filledPairs(origin.query, identifier);
  const search = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  const path = fill(origin.path, identifier, encodeURIComponent) ?? origin.path;
  if (CLIMBS.test(path)) throw new OriginFailure('origin_error', 'the input cannot be part of a path');
  return {
    method: origin.method,
    pathAndQuery: search === '' ? path : `${path}?${search}`,
    body: origin.body === undefined ? undefined : Object.fromEntries(filledPairs(origin.body, identifier)),
  };
}

function filledPairs(templates: ReadonlyMap<string, string>, identifier: Identifier): [string, string][] {
  return [...templates].flatMap(([name, template]) => {
    const value = fill(template, identifier, (text) => text);
    return value === undefined ? [] : [[name, value] satisfies [string, string]];
  });
}

/** Absent: the template needs an input that is not the identifying one. */
function fill(template: string, { input, atOrigin }: Identifier, encode: (text: string) => string): string | undefined {
  if (templateInputs(template).some((name) => name !== input)) return undefined;
  return template.replace(TEMPLATE, () => encode(atOrigin));
}
