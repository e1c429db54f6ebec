import { printed, type Scope } from './velocity.js';

/**
 * The escaping rules of the platform. Its documentation names only their purpose. So templates must
 * work under both dialects. `plain` escapes only the characters that JSON requires. `ascii` also
 * escapes slashes and all characters outside ASCII, as common Java libraries do.
 */
export type Dialect = 'plain' | 'ascii';

/** Returns the tools of templates. A macro returns `undefined` for `undefined` and null. */
export function tools(dialect: Dialect): Scope {
  const json = onText((text) => (dialect === 'plain' ? plainJson(text) : asciiJson(text)));
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

function asciiJson(text: string): string {
  return plainJson(text)
    .replaceAll('/', '\\/')
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function uriEncoded(text: string): string {
  const escaped = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*]/g, escaped);
}

/** Returns the first item of a list as JSON. The list may be JSON text. */
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
