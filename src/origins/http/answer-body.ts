/**
 * Files of this kind run in worker threads too. Such a file imports local files as `.ts`, and uses
 * no syntax that Node cannot strip.
 */
import type { UnusableAnswer } from '../../kernel/errors.js';
import { parseReadings } from '../../kernel/json-text.ts';
import { isXmlType, parseXml, UnusableXml, type XmlFault } from './xml-text.ts';

/** The body of an HTTP answer. `value` of text is the text, for the rules of a lookup. */
export type AnswerBody =
  /**
   * In `value`, whole numbers beyond 2^53 are strings with all their digits. In `rounded`, all
   * numbers are doubles. The same object if no number is beyond 2^53.
   */
  | { readonly kind: 'json'; readonly value: unknown; readonly rounded: unknown }
  /** `parseXml` describes the value. */
  | { readonly kind: 'xml'; readonly value: unknown; readonly rounded: unknown }
  | { readonly kind: 'bad-xml'; readonly value: string; readonly fault: XmlFault }
  | { readonly kind: 'empty'; readonly value: undefined }
  | { readonly kind: 'html' | 'text'; readonly value: string };

/** A body with members, on which expressions run. */
export type StructuredBody = Extract<AnswerBody, { readonly rounded: unknown }>;

/**
 * Reads a body by its content, because systems send JSON with other content types. Text counts as
 * XML only if its content type says so.
 */
export function readBody(text: string, contentType: string): AnswerBody {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'empty', value: undefined };
  // No JSON begins with `<`, and the parser's error costs 5 µs.
  if (!trimmed.startsWith('<')) {
    try {
      const { exact, rounded } = parseReadings(trimmed);
      return { kind: 'json', value: exact, rounded };
    } catch {
      // The parser's message quotes the text.
    }
  }
  if (isHtml(trimmed, contentType)) return { kind: 'html', value: text };
  return isXmlType(contentType) ? readXml(trimmed) : { kind: 'text', value: text };
}

function readXml(text: string): AnswerBody {
  try {
    const value = parseXml(text);
    return { kind: 'xml', value, rounded: value };
  } catch (error) {
    return { kind: 'bad-xml', value: text, fault: error instanceof UnusableXml ? error.fault : 'not_xml' };
  }
}

/** The meaning of a status and a body if the lookup declares no rules. */
export type Verdict = 'answer' | 'not-found' | UnusableAnswer;

/**
 * Tells an answer from a failure.
 *
 * A system that has no such record says so in JSON. A page of a proxy, a default back end
 * or a log-in form says nothing about the record, and is a failure.
 */
export function verdictOf(status: number, contentType: string, body: AnswerBody): Verdict {
  if (status === 404 || status === 410) return notFoundVerdict(status, contentType, body);
  if (status < 200 || status > 299) return 'status';
  if (status === 204 || body.kind === 'empty') return 'not-found';
  if (body.kind === 'json' || body.kind === 'xml') return 'answer';
  if (body.kind === 'bad-xml') return body.fault;
  return body.kind === 'html' ? 'html' : 'not_json';
}

/**
 * Proxies send a 404 without a body for a route that they do not know. So such a 404 counts only
 * with a JSON content type. No proxy sends 410 for such a route.
 */
function notFoundVerdict(status: number, contentType: string, { kind, value }: AnswerBody): Verdict {
  const declaredJson = /[/+]json\b/i.test(contentType);
  if (kind === 'empty') return declaredJson || status === 410 ? 'not-found' : 'not_found_without_body';
  const isJson = kind === 'json' && (declaredJson || (typeof value === 'object' && value !== null));
  return isJson ? 'not-found' : 'not_found_page';
}

const HTML_START = /^<(?:!doctype|html|head|body)\b/i;
/** In XML, other elements may be called `body`. */
const HTML_START_IN_XML = /^<(?:!doctype\s+html|html)\b/i;

function isHtml(text: string, contentType: string): boolean {
  const start = isXmlType(contentType) ? HTML_START_IN_XML : HTML_START;
  return /^text\/html\b|^application\/xhtml/i.test(contentType) || start.test(text);
}
