/** Finds the quotes and the operators around the placeholders of a template. */
import { decodedText, decodedXml } from './decoded-literals.js';
import { isOperand } from './operands.js';

/** Stands for a placeholder. YAML permits this character in no text. */
const MARK = '\0';

/** The surroundings of one placeholder. */
export interface TemplatePlace {
  /** The quotes around the placeholder, the outermost first: `'`, `"` or `"""`. At most two. */
  readonly quotes: readonly string[];
  /** Without quotes, and a part of an expression in a query language. */
  readonly isOperand: boolean;
  readonly isAfterBackslash: boolean;
  /** `true`: no escape of XML is safe here, such as in a comment or between attributes. */
  readonly isMisplaced: boolean;
}

/** How a text is read. */
export interface TextGrammar {
  /**
   * `path`: only brackets make a part of it an expression. `xml`: quotes count inside the texts and
   * the attributes of the document.
   */
  readonly kind: 'text' | 'path' | 'xml';
  /** Whether a backslash escapes the sign after it. In OData it does not. */
  readonly hasBackslash: boolean;
}

/** A part of a text, from the first character to the one after the last. */
interface Span {
  readonly quote: string;
  readonly from: number;
  readonly to: number;
}

export function placesAround(literals: readonly string[], grammar: TextGrammar): readonly TemplatePlace[] {
  const text = literals.join(MARK);
  return grammar.kind === 'xml' ? placesInXml(text, grammar) : placesInText(decodedText(text), grammar);
}

function placesInText(text: string, { kind, hasBackslash }: TextGrammar): TemplatePlace[] {
  const spans = hasBackslash ? quotedSpans(text) : spansOf(text, ['"', "'"], false);
  const unquoted = spans.reduce(
    (left, { from, to }) => left.slice(0, from) + '_'.repeat(to - from) + left.slice(to),
    text,
  );
  return marksIn(text).map((mark) => {
    const quotes = spans.filter(({ from, to }) => from < mark && mark < to).map(({ quote }) => quote);
    const before = /\\*$/.exec(text.slice(0, mark))?.[0] ?? '';
    return {
      quotes,
      isOperand: quotes.length === 0 && isOperand(unquoted, mark, kind === 'path'),
      isAfterBackslash: before.length % 2 === 1,
      isMisplaced: false,
    };
  });
}

/**
 * Quoted texts, and the quoted texts inside them. A quote that is never closed is an apostrophe.
 */
function quotedSpans(text: string): readonly Span[] {
  const outer = spansOf(text, ['"""', '"', "'"], true);
  return outer.flatMap((span) => {
    const { quote, from, to } = span;
    if (quote === '"""') return [span];
    // Inside, the same quote comes after a backslash.
    const others = quote === '"' ? ["'", '\\"'] : ['"', "\\'"];
    const start = from + quote.length;
    const inside = spansOf(text.slice(start, to), others, true).map((inner) => ({
      quote: inner.quote.slice(-1),
      from: inner.from + start,
      to: inner.to + start,
    }));
    return [span, ...inside];
  });
}

/** The closed texts between two equal quotes, which do not overlap. */
function spansOf(text: string, quotes: readonly string[], hasBackslash: boolean): readonly Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < text.length;) {
    const quote = quotes.find((candidate) => text.startsWith(candidate, at));
    const to = quote === undefined ? -1 : closingAt(text, quote, at + quote.length, hasBackslash);
    if (quote === undefined || to < 0) {
      at += hasBackslash && text[at] === '\\' && quote === undefined ? escapedLength(text, at) : 1;
      continue;
    }
    spans.push({ quote, from: at, to });
    at = to + quote.length;
  }
  return spans;
}

function closingAt(text: string, quote: string, start: number, hasBackslash: boolean): number {
  for (let at = start; at < text.length;) {
    if (text.startsWith(quote, at)) return at;
    at += hasBackslash && text[at] === '\\' ? escapedLength(text, at) : 1;
  }
  return -1;
}

/** A backslash belongs to the character after it, unless that is a placeholder. */
function escapedLength(text: string, at: number): number {
  return text[at + 1] === MARK ? 1 : 2;
}

function marksIn(text: string): number[] {
  return [...text.matchAll(/\0/g)].map(({ index }) => index);
}

/** Comments, sections, instructions and declarations; then tags; then texts. */
const XML_PART = /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<[?!][^>]*>|<(?:[^<>"']|"[^"]*"|'[^']*')*>|[^<]+|</g;
const TAG_PART = /"([^"]*)"|'([^']*)'|[^"']+|["']/g;

function placesInXml(document: string, grammar: TextGrammar): readonly TemplatePlace[] {
  return (document.match(XML_PART) ?? []).flatMap((part) => {
    if (!part.startsWith('<')) return placesInText(decodedXml(part), grammar);
    return /^<[?!]|^<$/.test(part) ? misplaced(part) : placesInTag(part, grammar);
  });
}

function placesInTag(tag: string, grammar: TextGrammar): readonly TemplatePlace[] {
  return [...tag.matchAll(TAG_PART)].flatMap(([part, double, single]) => {
    const value = double ?? single;
    return value === undefined ? misplaced(part) : placesInText(decodedXml(value), grammar);
  });
}

function misplaced(part: string): TemplatePlace[] {
  return marksIn(part).map(() => ({ quotes: [], isOperand: false, isAfterBackslash: false, isMisplaced: true }));
}
