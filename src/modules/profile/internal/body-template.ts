import type { BodyMap, BodyValue } from '../../../config/sections/lookups/body-value.js';
import type { OriginBody } from '../../../config/sections/lookups/lookup-config.js';
import { fillTemplate, parseTemplate, type Template, type ValueOf } from '../../../config/sections/lookups/template.js';

type Node =
  | { readonly kind: 'value'; readonly value: number | boolean | null }
  | { readonly kind: 'text'; readonly template: Template }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly members: Members };

type Members = readonly (readonly [name: string, node: Node])[];

/** A body with parsed templates. */
export type BodyTemplate =
  { readonly kind: 'json' | 'form'; readonly members: Members } | { readonly kind: 'xml'; readonly template: Template };

export function bodyTemplate(body: OriginBody): BodyTemplate {
  return body.kind === 'xml'
    ? { kind: 'xml', template: parseTemplate(body.text) }
    : { kind: body.kind, members: parsedMembers(body.value) };
}

function parsedMembers(map: BodyMap): Members {
  return Object.entries(map).map(([name, value]) => [name, parsed(value)]);
}

function parsed(value: BodyValue): Node {
  if (typeof value === 'string') return { kind: 'text', template: parseTemplate(value) };
  if (typeof value !== 'object' || value === null) return { kind: 'value', value };
  return isList(value) ? { kind: 'list', items: value.map(parsed) } : { kind: 'map', members: parsedMembers(value) };
}

function isList(value: readonly BodyValue[] | BodyMap): value is readonly BodyValue[] {
  return Array.isArray(value);
}

/** Every template of a body. */
export function templatesOf(body: BodyTemplate): readonly Template[] {
  return body.kind === 'xml' ? [body.template] : body.members.flatMap(([, node]) => templatesIn(node));
}

function templatesIn(node: Node): readonly Template[] {
  switch (node.kind) {
    case 'value':
      return [];
    case 'text':
      return [node.template];
    case 'list':
      return node.items.flatMap(templatesIn);
    case 'map':
      return node.members.flatMap(([, member]) => templatesIn(member));
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
  switch (body.kind) {
    case 'json':
      return Object.fromEntries(filledMembers(body.members, valueOf));
    case 'form':
      return formText(filledMembers(body.members, valueOf));
    case 'xml':
      return fillTemplate(body.template, valueOf, unchanged) ?? '';
  }
}

function formText(members: readonly (readonly [string, unknown])[]): string {
  const form = new URLSearchParams();
  for (const [name, value] of members) form.append(name, String(value));
  return form.toString();
}

/** The filters of a template have made the value safe, and the place encodes the whole text. */
const unchanged = (text: string): string => text;

function filledMembers(members: Members, valueOf: ValueOf): [string, unknown][] {
  return members.flatMap(([name, node]): [string, unknown][] => {
    const value = filled(node, valueOf);
    return value === undefined ? [] : [[name, value]];
  });
}

/** `undefined` means that the node is left out. */
function filled(node: Node, valueOf: ValueOf): unknown {
  switch (node.kind) {
    case 'value':
      return node.value;
    case 'text':
      return fillTemplate(node.template, valueOf, unchanged);
    case 'list': {
      const items = node.items.map((item) => filledItem(item, valueOf)).filter((item) => item !== undefined);
      return items.length === 0 && node.items.length > 0 ? undefined : items;
    }
    case 'map': {
      const members = filledMembers(node.members, valueOf);
      return members.length === 0 && node.members.length > 0 ? undefined : Object.fromEntries(members);
    }
  }
}

/** A map in a list is left out if any of its members is. */
function filledItem(item: Node, valueOf: ValueOf): unknown {
  if (item.kind !== 'map') return filled(item, valueOf);
  const members = filledMembers(item.members, valueOf);
  return members.length < item.members.length ? undefined : Object.fromEntries(members);
}
