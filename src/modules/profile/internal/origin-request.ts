import type { FollowConfig, OriginConfig } from '../../../config/sections/lookups/lookup-config.js';
import { TEMPLATE, templateInputs } from '../../../config/sections/lookups/template.js';
import type { Identifier } from '../../../contracts/dip.js';
import { OriginFailure } from '../../../kernel/errors.js';
import { leavesPath } from './path-segments.js';
import type { OriginRequest } from '../../../origins/origin.js';

type Filling = Pick<Identifier, 'input' | 'atOrigin'>;

/**
 * Fills a lookup's templates for an identifier.
 *
 * Only the input that identifies the entry is filled in. Every other input counts as not given,
 * because an entry of a phone number must not depend on an e-mail address in the same request.
 *
 * @throws {OriginFailure} if the identifier would lead to another path
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

/**
 * The request for the record that replaces another record. The origin chose the id, so the id is
 * encoded like an input.
 */
export function followingRequest({ path }: FollowConfig, id: string): OriginRequest {
  const identifier = { input: 'id', atOrigin: id };
  return { kind: 'http', method: 'GET', pathAndQuery: filledPath(path, identifier), body: undefined };
}

function filledPath(template: string, identifier: Filling): string {
  if (leavesPath(template, identifier.atOrigin))
    throw new OriginFailure('origin_error', 'input is not allowed in a path: it leads to another path');
  return fill(template, identifier, encodeURIComponent) ?? template;
}

function filledPairs(templates: ReadonlyMap<string, string | readonly string[]>, filling: Filling): [string, string][] {
  return [...templates].flatMap(([name, given]) =>
    [given].flat().flatMap((template): [string, string][] => {
      const value = fill(template, filling, (text) => text);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** `undefined` means that the template needs another input than the identifying one. */
function fill(template: string, { input, atOrigin }: Filling, encode: (text: string) => string): string | undefined {
  if (templateInputs(template).some((name) => name !== input)) return undefined;
  return template.replace(TEMPLATE, () => encode(atOrigin));
}
