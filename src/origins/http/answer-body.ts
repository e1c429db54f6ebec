/**
 * Files of this kind run in worker threads too. Such a file imports local files as `.ts`, and uses
 * no syntax that Node cannot strip.
 */
import type { UnusableAnswer } from '../../kernel/errors.js';
import { parseReadings } from '../../kernel/json-text.ts';

/** The body of an HTTP answer. `value` of text is the text, for the rules of a lookup. */
export type AnswerBody =
  /**
   * In `value`, whole numbers beyond 2^53 are strings with all their digits. In `rounded`, all
   * numbers are doubles. The same object if no number is beyond 2^53.
   */
  | { readonly kind: 'json'; readonly value: unknown; readonly rounded: unknown }
  | { readonly kind: 'empty'; readonly value: undefined }
  | { readonly kind: 'html' | 'text'; readonly value: string };

/** Reads a body by its content, because systems send JSON with other content types. */
export function readBody(text: string, contentType: string): AnswerBody {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'empty', value: undefined };
  try {
    const { exact, rounded } = parseReadings(trimmed);
    return { kind: 'json', value: exact, rounded };
  } catch {
    // The parser's message quotes the text.
    return { kind: isHtml(trimmed, contentType) ? 'html' : 'text', value: text };
  }
}

/** The meaning of a status and a body if the lookup declares no rules. */
export type Verdict = 'answer' | 'not-found' | UnusableAnswer;

/**
 * Tells an answer from a failure.
 *
 * A system that has no such record says so in its own format. A page of a proxy, a default back end
 * or a log-in form says nothing about the record, and is a failure.
 */
export function verdictOf(status: number, contentType: string, body: AnswerBody): Verdict {
  if (status === 404 || status === 410) return notFoundVerdict(status, contentType, body);
  if (status < 200 || status > 299) return 'status';
  if (status === 204 || body.kind === 'empty') return 'not-found';
  if (body.kind === 'json') return 'answer';
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

function isHtml(text: string, contentType: string): boolean {
  return /^text\/html\b|^application\/xhtml/i.test(contentType) || /^<(!doctype|html|head|body)\b/i.test(text);
}
