import type { HttpOriginConfig, OriginBody, OriginConfig } from '../../../config/sections/lookups/lookup-config.js';
import {
  bodyTemplate,
  filledBody,
  keptTexts,
  textsOf,
  type BodyTemplate,
} from '../../../config/sections/lookups/body-template.js';
import {
  fillTemplate,
  filteredValue,
  parseTemplate,
  templateInputs,
  type Template,
  type ValueOf,
} from '../../../config/sections/lookups/template.js';
import type { Identifier, InputValue } from '../../../contracts/dip.js';
import { OriginFailure } from '../../../kernel/errors.js';
import { leavesPath } from './path-segments.js';
import type { HttpRequest } from '../../../origins/http/http-request.js';
import type { OriginRequest } from '../../../origins/origin.js';
import type { SqlRequest } from '../../../origins/sql/sql-request.js';

/** The value of an input, and of the inputs that identify the entry together with it. */
type Filling = InputValue & Pick<Identifier, 'others'>;
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
  readonly body: BodyTemplate | undefined;
  /** Constant. `undefined` means none. */
  readonly headers: Readonly<Record<string, string>> | undefined;
}

export function requestTemplates(origin: HttpOriginConfig): HttpTemplates;
export function requestTemplates(origin: OriginConfig): RequestTemplates;
export function requestTemplates(origin: OriginConfig): RequestTemplates {
  if (origin.sql !== undefined) return { sql: parseTemplate(origin.sql) };
  const { method, path, query, body, headers } = origin;
  return {
    method,
    path: parseTemplate(path),
    query: [...query].flatMap(([name, given]) => [given].flat().map((text) => [name, parseTemplate(text)] as const)),
    body: body && bodyTemplate(body),
    headers: sentHeaders(body?.kind, headers),
  };
}

/** The headers of a kind of body, unless the lookup declares others. */
const HEADERS_OF: Readonly<Record<OriginBody['kind'], Readonly<Record<string, string>>>> = {
  json: {},
  form: { 'content-type': 'application/x-www-form-urlencoded' },
  xml: { 'content-type': 'text/xml; charset=utf-8', accept: 'text/xml, application/xml, application/soap+xml' },
};

function sentHeaders(kind: OriginBody['kind'] | undefined, declared: HttpOriginConfig['headers']) {
  const own = Object.entries(declared).map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers: Record<string, string> = { ...(kind && HEADERS_OF[kind]), ...Object.fromEntries(own) };
  return Object.keys(headers).length === 0 ? undefined : headers;
}

/** The constant headers of a call without a body. */
export function headersOf(templates: RequestTemplates): HttpTemplates['headers'] {
  if (templates.sql !== undefined || templates.headers === undefined) return undefined;
  return Object.fromEntries(Object.entries(templates.headers).filter(([name]) => name !== 'content-type'));
}

/** The path that a lookup follows, parsed. `undefined` means that the lookup follows no record. */
export function followedPath({ follow }: OriginConfig): Template | undefined {
  return follow === undefined ? undefined : parseTemplate(follow.path);
}

/**
 * Fills a lookup's templates for an identifier.
 *
 * Only the inputs that identify the entry are filled in. Every other input counts as not given,
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
function sqlRequest({ literals, placeholders }: Template, filling: Filling): SqlRequest {
  const given = valueOf(filling);
  const values = placeholders.map((placeholder) => {
    const text = given(placeholder.input);
    if (text === undefined) return null;
    const value = filteredValue(placeholder, text);
    if (value === undefined)
      throw new OriginFailure('origin_error', 'input has no form under the filters of a template');
    return value;
  });
  return { kind: 'sql', texts: literals, values };
}

function httpRequest({ method, path, query, body, headers }: HttpTemplates, identifier: Filling): HttpRequest {
  const pairs = filledPairs(query, identifier);
  const search = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  const filled = filledPath(path, identifier);
  return {
    kind: 'http',
    method,
    pathAndQuery: search === '' ? filled : `${filled}?${search}`,
    body: body && filledBody(body, valueOf(identifier)),
    headers,
  };
}

/**
 * The request for the record that replaces another record. The origin chose the id, so the id is
 * encoded like an input.
 */
export function followingRequest(path: Template, id: string, headers?: HttpTemplates['headers']): HttpRequest {
  return {
    kind: 'http',
    method: 'GET',
    pathAndQuery: filledPath(path, { input: 'id', atOrigin: id }),
    body: undefined,
    headers,
  };
}

function filledPath(template: Template, filling: Filling): string {
  if (leavesPath(template, valueOf(filling)))
    throw new OriginFailure('origin_error', 'input is not allowed in a path: it leads to another path');
  return fillTemplate(template, valueOf(filling), encodeURIComponent) ?? template.source;
}

function filledPairs(pairs: Pairs, filling: Filling): [string, string][] {
  return pairs.flatMap(([name, template]): [string, string][] => {
    const value = fillTemplate(template, valueOf(filling), (text) => text);
    return value === undefined ? [] : [[name, value]];
  });
}

/** The values that the origin gets, by input. */
export function valueOf({ input, atOrigin, others }: Filling): ValueOf {
  return (name) => (name === input ? atOrigin : others?.find((other) => other.input === name)?.atOrigin);
}

/** Every template of an origin. */
export function allTemplates(templates: RequestTemplates): readonly Template[] {
  if (templates.sql !== undefined) return [templates.sql];
  const { path, query, body } = templates;
  return [path, ...query.map(([, template]) => template), ...templatesIn(body, textsOf)];
}

/**
 * Whether a request sends all inputs of an alternative of the key. Other templates than those that
 * the inputs fill are left out.
 */
export function sendsAll(templates: RequestTemplates, inputs: readonly string[]): boolean {
  const isGiven = (input: string): boolean => inputs.includes(input);
  const isFilled = (template: Template): boolean => templateInputs(template).every(isGiven);
  const sent =
    templates.sql === undefined
      ? [
          ...[templates.path, ...templates.query.map(([, template]) => template)].filter(isFilled),
          ...templatesIn(templates.body, (body) => keptTexts(body, isGiven)),
        ]
      : [templates.sql];
  const named = new Set(sent.flatMap(templateInputs));
  return inputs.every((input) => named.has(input));
}

function templatesIn(
  body: BodyTemplate | undefined,
  texts: (body: BodyTemplate) => readonly { readonly template: Template }[],
): readonly Template[] {
  return body === undefined ? [] : texts(body).map(({ template }) => template);
}
