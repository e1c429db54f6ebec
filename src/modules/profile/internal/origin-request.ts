import type { FollowConfig, OriginConfig } from '../../../config/config.js';
import { TEMPLATE, templateInputs } from '../../../config/template.js';
import type { Identifier } from '../../../contracts/dip.js';
import { OriginFailure } from '../../../kernel/errors.js';
import type { OriginRequest } from '../../../origins/origin.js';

type Filling = Pick<Identifier, 'input' | 'atOrigin'>;

/** A segment of dots alone. No encoding disarms it, because URLs are resolved after decoding them. */
const CLIMBS = /\/\.+(?=\/|$)/;

/**
 * Fills a lookup's templates for one identifier. Only the input that identifies the entry is filled in, every other counts as absent:
 * what is kept under a phone number must not depend on the e-mail address somebody sent along.
 *
 * @throws {OriginFailure} for an identifier that would lead to another path
 */
export function originRequest(origin: OriginConfig, identifier: Identifier): OriginRequest {
  const query = filledPairs(origin.query, identifier);
  const search = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  const path = filledPath(origin.path, identifier);
  return {
    kind: 'http',
    method: origin.method,
    pathAndQuery: search === '' ? path : `${path}?${search}`,
    body: origin.body === undefined ? undefined : Object.fromEntries(filledPairs(origin.body, identifier)),
  };
}

/** The request for the record that stands for another one. The id is the origin's word, so it is encoded like any input. */
export function followingRequest({ path }: FollowConfig, id: string): OriginRequest {
  const identifier = { input: 'id', atOrigin: id };
  return { kind: 'http', method: 'GET', pathAndQuery: filledPath(path, identifier), body: undefined };
}

function filledPath(template: string, identifier: Filling): string {
  const path = fill(template, identifier, encodeURIComponent) ?? template;
  if (CLIMBS.test(path)) throw new OriginFailure('origin_error', 'the input cannot be part of a path');
  return path;
}

function filledPairs(templates: ReadonlyMap<string, string | readonly string[]>, filling: Filling): [string, string][] {
  return [...templates].flatMap(([name, given]) =>
    [given].flat().flatMap((template): [string, string][] => {
      const value = fill(template, filling, (text) => text);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Absent: the template needs an input that is not the identifying one. */
function fill(template: string, { input, atOrigin }: Filling, encode: (text: string) => string): string | undefined {
  if (templateInputs(template).some((name) => name !== input)) return undefined;
  return template.replace(TEMPLATE, () => encode(atOrigin));
}
