import { printed, type Scope } from './velocity.js';

/**
 * How the platform escapes is documented by its purpose alone. `plain` does what JSON demands and no more; `wary` also escapes slashes and
 * everything beyond ASCII, as the usual Java libraries do. A template has to be right under both.
 */
export type Dialect = 'plain' | 'wary';

/** The tools a template may use. Given nothing, a macro gives nothing. */
export function tools(dialect: Dialect): Scope {
  const json = onText((text) => (dialect === 'plain' ? plainJson(text) : waryJson(text)));
  return {
    esc: {
      jsonString: json,
      jsonEncode: json,
      url: onText((text) => new URLSearchParams({ '': text }).toString().slice(1)),
      uriEncode: onText(uriEncoded),
      quote: '"',
    },
    encoding: { base64: onText((text) => Buffer.from(text).toString('base64')) },
    successTemplateUtils: { firstFromArray },
  };
}

function onText(work: (text: string) => string) {
  return (value: unknown): string | undefined =>
    value === undefined || value === null ? undefined : work(printed(value));
}

function plainJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function waryJson(text: string): string {
  return plainJson(text)
    .replaceAll('/', '\\/')
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function uriEncoded(text: string): string {
  const escaped = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*]/g, escaped);
}

/** The first of a list, as JSON; the list comes as JSON, too. */
function firstFromArray(list: unknown, otherwise?: unknown): unknown {
  const values: unknown = typeof list === 'string' ? parsed(list) : list;
  const [first] = Array.isArray(values) ? (values as unknown[]) : [];
  return first === undefined ? otherwise : JSON.stringify(first);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
