import type { HttpOriginConfig, OriginConfig } from '../../../config/sections/lookups/lookup-config.js';
import {
  fillTemplate,
  filteredValue,
  parseTemplate,
  type Template,
  type ValueOf,
} from '../../../config/sections/lookups/template.js';
import type { Identifier } from '../../../contracts/dip.js';
import { OriginFailure } from '../../../kernel/errors.js';
import { leavesPath } from './path-segments.js';
import type { HttpRequest } from '../../../origins/http/http-request.js';
import type { OriginRequest } from '../../../origins/origin.js';
import type { SqlRequest } from '../../../origins/sql/sql-request.js';

type Filling = Pick<Identifier, 'input' | 'atOrigin'>;
type Pairs = readonly (readonly [name: string, template: Template])[];

/** The templates of an origin, parsed. */
export type RequestTemplates = HttpTemplates | SqlTemplates;

interface SqlTemplates {
  readonly sql: Template;
}

interface HttpTemplates {
  readonly sql?: undefined;
  readonly method: HttpOriginConfig['method'];
  readonly path: Template;
  readonly query: Pairs;
  /** `undefined` means no body. */
  readonly body: Pairs | undefined;
}

export function requestTemplates(origin: HttpOriginConfig): HttpTemplates;
export function requestTemplates(origin: OriginConfig): RequestTemplates;
export function requestTemplates(origin: OriginConfig): RequestTemplates {
  if (origin.sql !== undefined) return { sql: parseTemplate(origin.sql) };
  const { method, path, query, body } = origin;
  return {
    method,
    path: parseTemplate(path),
    query: [...query].flatMap(([name, given]) => [given].flat().map((text) => [name, parseTemplate(text)] as const)),
    body: body && [...body].map(([name, text]) => [name, parseTemplate(text)]),
  };
}

/** The path that a lookup follows, parsed. `undefined` means that the lookup follows no record. */
export function followedPath({ follow }: OriginConfig): Template | undefined {
  return follow === undefined ? undefined : parseTemplate(follow.path);
}

/**
 * Fills a lookup's templates for an identifier.
 *
 * Only the input that identifies the entry is filled in. Every other input counts as not given,
 * because an entry of a phone number must not depend on an e-mail address in the same request.
 *
 * @throws {OriginFailure} if the identifier would lead to another path, or has no form under a
 *   filter
 */
export function originRequest(templates: HttpTemplates, identifier: Filling): HttpRequest;
export function originRequest(templates: RequestTemplates, identifier: Filling): OriginRequest;
export function originRequest(templates: RequestTemplates, identifier: Filling): OriginRequest {
  return templates.sql === undefined ? httpRequest(templates, identifier) : sqlRequest(templates.sql, identifier);
}

/** An input that is not given is NULL, which equals no value of the database. */
function sqlRequest({ literals, placeholders }: Template, { input, atOrigin }: Filling): SqlRequest {
  const values = placeholders.map((placeholder) => {
    if (placeholder.input !== input) return null;
    const value = filteredValue(placeholder, atOrigin);
    if (value === undefined)
      throw new OriginFailure('origin_error', 'input has no form under the filters of a template');
    return value;
  });
  return { kind: 'sql', texts: literals, values };
}

function httpRequest({ method, path, query, body }: HttpTemplates, identifier: Filling): HttpRequest {
  const pairs = filledPairs(query, identifier);
  const search = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  const filled = filledPath(path, identifier);
  return {
    kind: 'http',
    method,
    pathAndQuery: search === '' ? filled : `${filled}?${search}`,
    body: body === undefined ? undefined : Object.fromEntries(filledPairs(body, identifier)),
  };
}

/**
 * The request for the record that replaces another record. The origin chose the id, so the id is
 * encoded like an input.
 */
export function followingRequest(path: Template, id: string): HttpRequest {
  return {
    kind: 'http',
    method: 'GET',
    pathAndQuery: filledPath(path, { input: 'id', atOrigin: id }),
    body: undefined,
  };
}

function filledPath(template: Template, filling: Filling): string {
  if (leavesPath(template, filling.atOrigin))
    throw new OriginFailure('origin_error', 'input is not allowed in a path: it leads to another path');
  return fillTemplate(template, valueOf(filling), encodeURIComponent) ?? template.source;
}

function filledPairs(pairs: Pairs, filling: Filling): [string, string][] {
  return pairs.flatMap(([name, template]): [string, string][] => {
    const value = fillTemplate(template, valueOf(filling), (text) => text);
    return value === undefined ? [] : [[name, value]];
  });
}

function valueOf({ input, atOrigin }: Filling): ValueOf {
  return (name) => (name === input ? atOrigin : undefined);
}

/** Every template of an origin. */
export function allTemplates(templates: RequestTemplates): readonly Template[] {
  if (templates.sql !== undefined) return [templates.sql];
  const { path, query, body = [] } = templates;
  return [path, ...[...query, ...body].map(([, template]) => template)];
}
