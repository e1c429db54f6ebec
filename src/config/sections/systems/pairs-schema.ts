import { mapOf, textThat, type TextRule } from '../../schema/scalars.js';
import { filled, headerName, headerValue, printable, unpadded } from '../../schema/text-rules.js';

const MAX_PAIRS = 20;

/** Headers that describe the connection or the body. Node and axios write these headers. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'proxy-authorization',
  'proxy-connection',
]);

/**
 * A map of text to text, with a rule for its names. A wrong name is reported at its own line.
 *
 * @param canonical returns the same text for names that mean the same pair
 */
export function pairs(nameRule: TextRule, valueRules: readonly TextRule[], canonical = (name: string) => name) {
  return mapOf(textThat(...valueRules)).check(({ value, issues }) => {
    const names = Object.keys(value);
    const report = (message: string, ...path: string[]) => issues.push({ code: 'custom', input: value, message, path });
    if (names.length > MAX_PAIRS) report(`must contain at most ${MAX_PAIRS} pairs`);
    const seen = new Set<string>();
    for (const name of names) {
      const message = nameRule(name) ?? (seen.has(canonical(name)) ? 'is repeated; allowed: once' : undefined);
      if (message !== undefined) report(message, name);
      seen.add(canonical(name));
    }
  });
}

const ownHeader: TextRule = (name) =>
  OWN_HEADERS.has(name.toLowerCase()) ? 'must not be given: Datadip writes this header itself' : headerName(name);

export const parameterName: TextRule = (name) => filled(name) ?? unpadded(name) ?? printable(name);

/** Headers that every call sends. */
export const constantHeaders = pairs(ownHeader, [filled, unpadded, headerValue], (name) => name.toLowerCase());
/** Parameters that the query of every call has. */
export const constantQuery = pairs(parameterName, [printable]);
