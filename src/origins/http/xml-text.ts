/** Reads XML into the shape of JSON. Runs in worker threads too: see `answer-body.ts`. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';

/**
 * Why XML is not read.
 *
 * - `not_xml`: it is not well-formed.
 * - `xml_doctype`: it declares a document type, which may declare entities.
 * - `xml_too_complex`: it exceeds `MAX_DEPTH` or `MAX_MARKUP`.
 */
export type XmlFault = 'not_xml' | 'xml_doctype' | 'xml_too_complex';

/** Holds no part of the text. */
export class UnusableXml extends Error {
  readonly fault: XmlFault;

  constructor(fault: XmlFault) {
    super(fault);
    this.fault = fault;
  }
}

/** Elements inside each other. An envelope and its record need about ten. */
const MAX_DEPTH = 64;
/** Signs `<` in a text. A record of a data dip needs some hundreds. */
const MAX_MARKUP = 50_000;

const SCHEMA_PREFIX = /\bxmlns:([\w.-]{1,64})\s*=\s*["']http:\/\/www\.w3\.org\/2001\/XMLSchema-instance["']/g;
const TOO_DEEP = 'Maximum nested tags exceeded';
const REFERENCE = /&(?:#(\d{1,7});|#x([\da-f]{1,6});|(amp|lt|gt|quot|apos);)?/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * The parser refuses or renames elements of these names, because they are members of every object.
 * A mark in front hides them from it.
 */
const RESERVED = /^(?:__proto__|constructor|prototype|hasOwnProperty|toString|valueOf|__(?:define|lookup)[GS]etter__)$/;
/** XML allows this character nowhere. */
const HIDDEN = '\u0001';

type Members = Record<string, unknown>;

/**
 * An element is its text, or an object of its attributes (`@name`), its elements and its text
 * (`#text`, if it has attributes or elements, too). A repeated element is a list. Every value is
 * text. Prefixes of names are dropped, and so are declarations of namespaces.
 *
 * The attributes of XML Schema (`xsi:type`, `xsi:nil`) are dropped, too, because they say nothing
 * about the customer. An element with `xsi:nil="true"` is null.
 *
 * @throws {UnusableXml}
 */
export function parseXml(text: string): unknown {
  if (declaresType(text)) throw new UnusableXml('xml_doctype');
  if (exceedsMarkup(text)) throw new UnusableXml('xml_too_complex');
  const document = parse(text);
  const schemaPrefixes = new Set(['xsi', ...[...text.matchAll(SCHEMA_PREFIX)].map(([, prefix]) => prefix ?? '')]);
  return plain(document, schemaPrefixes);
}

/**
 * Whether a document type comes before the root element. At any other place, the XML is not
 * well-formed.
 */
function declaresType(text: string): boolean {
  let at = 0;
  for (;;) {
    while (/\s/.test(text.charAt(at))) at += 1;
    const end = text.startsWith('<?', at) ? '?>' : text.startsWith('<!--', at) ? '-->' : undefined;
    if (end === undefined) return text.slice(at, at + 9).toUpperCase() === '<!DOCTYPE';
    const close = text.indexOf(end, at + 2);
    if (close === -1) return false;
    at = close + end.length;
  }
}

function exceedsMarkup(text: string): boolean {
  let count = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    count += 1;
    if (count > MAX_MARKUP) return true;
  }
  return false;
}

/** The parser accepts broken XML, so the validator looks at the same text. */
function parse(text: string): Members {
  try {
    const document = createParser().parse(text) as Members;
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- no replacement is installed
    if (XMLValidator.validate(text) === true && Object.keys(document).length === 1) return document;
  } catch (error) {
    // The parser's message quotes the text.
    if (error instanceof Error && error.message === TOO_DEEP) throw new UnusableXml('xml_too_complex');
  }
  throw new UnusableXml('not_xml');
}

/** A parser keeps the state of one text. */
function createParser(): XMLParser {
  return new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    jPath: false,
    maxNestedTags: MAX_DEPTH,
    transformTagName: (name) => (RESERVED.test(name) ? HIDDEN + name : name),
    entityDecoder: {
      decode: decoded,
      setXmlVersion: () => undefined,
      addInputEntities: () => {
        throw new UnusableXml('xml_doctype');
      },
      setExternalEntities: () => undefined,
      reset: () => undefined,
    },
  });
}

/** References are decoded in one pass: the sign `&` of a decoded reference begins no other. */
function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(REFERENCE, (_, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? '';
    const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    const isCharacter = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    if (!isCharacter) throw new UnusableXml('not_xml');
    return String.fromCodePoint(point);
  });
}

function plain(node: unknown, schemaPrefixes: ReadonlySet<string>): unknown {
  if (Array.isArray(node)) return node.map((item) => plain(item, schemaPrefixes));
  if (typeof node !== 'object' || node === null) return node;
  const members = new Map<string, unknown>();
  let isNil = false;
  for (const [name, value] of Object.entries(node)) {
    const { mark, prefix, local } = nameParts(name);
    const isOfSchema = mark === '@' && schemaPrefixes.has(prefix);
    isNil ||= isOfSchema && local === 'nil' && /^(?:true|1)$/.test(String(value));
    if (isOfSchema || prefix === 'xmlns' || name === '@xmlns') continue;
    members.set(mark + local, merged(members.get(mark + local), plain(value, schemaPrefixes)));
  }
  return content(members, isNil);
}

/** Text alone is no object, and an element without any member is empty text. */
function content(members: ReadonlyMap<string, unknown>, isNil: boolean): unknown {
  if (members.size === 0) return isNil ? null : '';
  return members.size === 1 && members.has('#text') ? members.get('#text') : Object.fromEntries(members);
}

/** Elements of one name under two prefixes are one list. */
function merged(before: unknown, value: unknown): unknown {
  return before === undefined ? value : [before, value].flat();
}

function nameParts(given: string): { readonly mark: string; readonly prefix: string; readonly local: string } {
  const name = given.startsWith(HIDDEN) ? given.slice(HIDDEN.length) : given;
  const mark = name.startsWith('@') ? '@' : '';
  const colon = name.indexOf(':');
  return {
    mark,
    prefix: colon < 0 ? '' : name.slice(mark.length, colon),
    local: name.slice(colon < 0 ? mark.length : colon + 1),
  };
}

const XML_TYPE = /^(?:text|application)\/xml\b|\+xml\b/i;
const DECLARATION = /^<\?xml\s[^>]{0,256}?\bencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/;
/** Longer than a declaration. */
const DECLARATION_BYTES = 256;

export function isXmlType(contentType: string): boolean {
  return XML_TYPE.test(contentType);
}

/**
 * The charset in the declaration of XML. `undefined` if there is none. A declaration that can be
 * read as ASCII is not UTF-16, whatever it says: some frameworks write it before they encode.
 */
export function charsetInXml(bytes: Buffer): string | undefined {
  const [, double, single] = DECLARATION.exec(bytes.toString('latin1', 0, DECLARATION_BYTES)) ?? [];
  const charset = double ?? single;
  return charset === undefined || /^(?:utf-?16|ucs-?2)/i.test(charset) ? undefined : charset;
}
