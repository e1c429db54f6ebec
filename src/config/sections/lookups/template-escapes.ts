/** Makes a value safe as a part of one query language. The place encodes the result afterwards. */
export interface Escape {
  /** The quotes that a value cannot leave after the escape. */
  readonly quotes: readonly string[];
  /**
   * Whether a backslash escapes in the language. `undefined` means that the language is unknown.
   */
  readonly backslash?: 'escapes' | 'plain';
  /** `true`: the value also stays one value without quotes. */
  readonly isForBare?: true;
  /** `undefined` means that the language cannot express the value. */
  readonly apply: (value: string) => string | undefined;
}

/** Lucene and Elasticsearch. `<` and `>` begin a range, and have no escape here. */
const LUCENE_SIGNS = /[+\-&|!(){}[\]^"~*?:\\/=\s]/g;
const LUCENE_RANGE = /[<>]/;
const LUCENE_WORD = /^(?:AND|OR|NOT|TO)$/;
/**
 * ServiceNow ends the condition at `^`, and we know no escape of `^`. ServiceNow runs a value after
 * `javascript:` as a script, and compares `NULL` with empty fields.
 */
const SNOW_COMMAND = /\^|^\s*(?:javascript:|null$)/i;
const XML_SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
/** XML 1.0 has no form of these characters. */
const NOT_XML = /[\uFFFE\uFFFF]/;

/** A search language may end a phrase at a quote, and may take `*` and `?` for any text. */
const PHRASE_SIGNS = /["\\*?]/;

const inJson = (value: string): string => JSON.stringify(value).slice(1, -1);

/**
 * Every escape, by the name that a template uses. Values hold no control character: see
 * `normalize.ts`.
 */
export const ESCAPES: ReadonlyMap<string, Escape> = new Map<string, Escape>([
  ['soql', { quotes: ["'"], backslash: 'escapes', apply: (value) => value.replace(/[\\'"]/g, '\\$&') }],
  ['soqlLike', { quotes: ["'"], backslash: 'escapes', apply: (value) => value.replace(/[\\'"%_]/g, '\\$&') }],
  ['odata', { quotes: ["'"], backslash: 'plain', apply: (value) => value.replaceAll("'", "''") }],
  [
    'c4c',
    {
      quotes: ["'"],
      backslash: 'plain',
      apply: (value) => (value.includes('*') ? undefined : value.replaceAll("'", "''")),
    },
  ],
  ['json', { quotes: ['"'], backslash: 'escapes', apply: inJson }],
  ['graphql', { quotes: ['"'], backslash: 'escapes', apply: inJson }],
  [
    'snow',
    {
      quotes: [],
      backslash: 'plain',
      isForBare: true,
      apply: (value) => (SNOW_COMMAND.test(value) ? undefined : value),
    },
  ],
  ['zoho', { quotes: [], backslash: 'escapes', isForBare: true, apply: (value) => value.replace(/[\\(),]/g, '\\$&') }],
  ['fhir', { quotes: [], backslash: 'escapes', isForBare: true, apply: (value) => value.replace(/[\\,|$]/g, '\\$&') }],
  ['lucene', { quotes: ['"'], backslash: 'escapes', isForBare: true, apply: lucene }],
  ['phrase', { quotes: ['"'], apply: (value) => (PHRASE_SIGNS.test(value) ? undefined : value) }],
  [
    'xml',
    {
      quotes: ['"', "'"],
      apply: (value) => (NOT_XML.test(value) ? undefined : value.replace(/[&<>"']/g, (sign) => XML_SIGNS[sign] ?? '')),
    },
  ],
]);

/** A word of the language would be an operator, so a backslash comes before it. */
function lucene(value: string): string | undefined {
  if (LUCENE_RANGE.test(value)) return undefined;
  return LUCENE_WORD.test(value) ? `\\${value}` : value.replace(LUCENE_SIGNS, '\\$&');
}
