import type { Path } from '../../yaml/finding.js';
import type { BodyMap, BodyValue } from './body-value.js';
import type { OriginBody } from './lookup-config.js';
import { fillTemplate, parseTemplate, templateInputs, type Template, type ValueOf } from './template.js';

/** A text of a body. */
export interface BodyText {
  /** The place in the body. */
  readonly path: Path;
  readonly template: Template;
}

type Node =
  | { readonly kind: 'value'; readonly value: number | boolean | null }
  | ({ readonly kind: 'text' } & BodyText)
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly members: Members };

type Members = readonly (readonly [name: string, node: Node])[];

/** A body with parsed templates. */
export type BodyTemplate =
  { readonly kind: 'json' | 'form'; readonly members: Members } | { readonly kind: 'xml'; readonly template: Template };

/** Fills a text. `undefined` means that the text is left out. */
type Fill = (text: BodyText) => unknown;

export function bodyTemplate(body: OriginBody): BodyTemplate {
  return body.kind === 'xml'
    ? { kind: 'xml', template: parseTemplate(body.text) }
    : { kind: body.kind, members: parsedMembers(body.value, []) };
}

function parsedMembers(map: BodyMap, path: Path): Members {
  return Object.entries(map).map(([name, value]) => [name, parsed(value, [...path, name])]);
}

function parsed(value: BodyValue, path: Path): Node {
  if (typeof value === 'string') return { kind: 'text', path, template: parseTemplate(value) };
  if (typeof value !== 'object' || value === null) return { kind: 'value', value };
  return isList(value)
    ? { kind: 'list', items: value.map((item, at) => parsed(item, [...path, at])) }
    : { kind: 'map', members: parsedMembers(value, path) };
}

function isList(value: readonly BodyValue[] | BodyMap): value is readonly BodyValue[] {
  return Array.isArray(value);
}

/** Every text of a body. */
export function textsOf(body: BodyTemplate): readonly BodyText[] {
  return body.kind === 'xml'
    ? [{ path: [], template: body.template }]
    : body.members.flatMap(([, node]) => textsIn(node));
}

function textsIn(node: Node): readonly BodyText[] {
  switch (node.kind) {
    case 'value':
      return [];
    case 'text':
      return [node];
    case 'list':
      return node.items.flatMap(textsIn);
    case 'map':
      return node.members.flatMap(([, member]) => textsIn(member));
  }
}

/**
 * The body of a request: an object for JSON, a text for a form and for XML.
 *
 * A member whose template names an absent input is left out. An item of a list is left out as a
 * whole: half a condition of a search would find other customers. So is a list or a map of which
 * nothing is left.
 *
 * @throws {OriginFailure} if a value has no form under a filter
 */
export function filledBody(body: BodyTemplate, valueOf: ValueOf): object | string {
  const fill: Fill = ({ template }) => fillTemplate(template, valueOf, unchanged);
  switch (body.kind) {
    case 'json':
      return Object.fromEntries(filledMembers(body.members, fill));
    case 'form':
      return formText(filledMembers(body.members, fill));
    case 'xml':
      return fillTemplate(body.template, valueOf, unchanged) ?? '';
  }
}

/** A text that stays in the body. */
class Kept {
  constructor(readonly text: BodyText) {}
}

/** The texts that `filledBody` keeps if only some inputs are given. */
export function keptTexts(body: BodyTemplate, isGiven: (input: string) => boolean): readonly BodyText[] {
  const isFilled = ({ template }: BodyText): boolean => templateInputs(template).every(isGiven);
  if (body.kind === 'xml') return textsOf(body).filter(isFilled);
  const kept = filledMembers(body.members, (text) => (isFilled(text) ? new Kept(text) : undefined));
  return kept.flatMap(([, value]) => keptIn(value));
}

function keptIn(value: unknown): readonly BodyText[] {
  if (value instanceof Kept) return [value.text];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(keptIn) : [];
}

function formText(members: readonly (readonly [string, unknown])[]): string {
  const form = new URLSearchParams();
  for (const [name, value] of members) form.append(name, String(value));
  return form.toString();
}

/** The filters of a template have made the value safe, and the place encodes the whole text. */
const unchanged = (text: string): string => text;

function filledMembers(members: Members, fill: Fill): [string, unknown][] {
  return members.flatMap(([name, node]): [string, unknown][] => {
    const value = filled(node, fill);
    return value === undefined ? [] : [[name, value]];
  });
}

/** `undefined` means that the node is left out. */
function filled(node: Node, fill: Fill): unknown {
  switch (node.kind) {
    case 'value':
      return node.value;
    case 'text':
      return fill(node);
    case 'list': {
      const items = node.items.map((item) => filledItem(item, fill)).filter((item) => item !== undefined);
      return items.length === 0 && node.items.length > 0 ? undefined : items;
    }
    case 'map': {
      const members = filledMembers(node.members, fill);
      return members.length === 0 && node.members.length > 0 ? undefined : Object.fromEntries(members);
    }
  }
}

/** A list in a list, such as `[email, =, {email}]`, is left out if any of its texts is. */
function filledItem(item: Node, fill: Fill): unknown {
  if (item.kind === 'map') return wholeMap(item.members, fill);
  const isHalf = item.kind === 'list' && item.items.some((inner) => inner.kind === 'text' && fill(inner) === undefined);
  return isHalf ? undefined : filled(item, fill);
}

/** A map in a list is left out if any of its members is, also in the maps inside it. */
function wholeMap(members: Members, fill: Fill): object | undefined {
  const values = members.map(([name, node]): [string, unknown] => [
    name,
    node.kind === 'map' ? wholeMap(node.members, fill) : filled(node, fill),
  ]);
  return values.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(values);
}
