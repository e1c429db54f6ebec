import { XMLValidator } from 'fast-xml-parser';
import { plain } from '../../schema/scalars.js';
import type { Finding, Path } from '../../yaml/finding.js';
import type { CheckContext } from '../check-context.js';
import { headerFindings } from '../systems/system-checks.js';
import type { SystemSketches } from '../systems/system-schema.js';
import type { LookupSketch } from './lookup-schema.js';
import { parseTemplate } from './template.js';

interface BodyContext extends CheckContext {
  readonly systems: SystemSketches | undefined;
}

/** Checks that an origin sends at most one body, with POST, and headers that it may send. */
export function bodyFindings({ origin }: LookupSketch, lookup: Path, { systems, isSound }: BodyContext): Finding[] {
  if (origin === undefined) return [];
  const path = [...lookup, 'origin'];
  const { body, form, headers } = origin;
  const needsPost = origin.method !== 'POST' && isSound([...path, 'method']);
  return [
    ...(needsPost ? bodiesOf(origin).map((key) => ({ path: [...path, key], message: 'needs method: POST' })) : []),
    ...xmlFindings(origin, path),
    ...(form === true && isSound([...path, 'body']) ? formFindings(body, path) : []),
    ...headerFindings(systems?.[origin.system ?? ''] ?? {}, headers, path),
    ...templatesInHeaders(headers, path),
  ];
}

type Origin = NonNullable<LookupSketch['origin']>;

function bodiesOf({ body, xml }: Origin): readonly string[] {
  return [...(body === undefined ? [] : ['body']), ...(xml === undefined ? [] : ['xml'])];
}

function xmlFindings({ body, xml }: Origin, path: Path): Finding[] {
  if (xml === undefined) return [];
  const place = [...path, 'xml'];
  return [
    ...(body === undefined ? [] : [{ path: place, message: 'must not stand next to body' }]),
    ...xmlProblems(xml).map((message): Finding => ({ path: place, message })),
  ];
}

/**
 * The text is checked with a letter in place of each placeholder. A placeholder without the quotes
 * of its attribute has its own finding, so it counts as quoted here.
 */
function xmlProblems(xml: string): string[] {
  if (!xml.trimStart().startsWith('<')) return ['must be XML: its first character is <'];
  const { literals } = parseTemplate(xml);
  const filled = literals.reduce((text, literal) => text + (text.endsWith('=') ? '"x"' : 'x') + literal);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the parser of answers uses it, too
  const result = XMLValidator.validate(filled.trim());
  return result === true ? [] : [`must be well-formed XML: ${result.err.msg} (line ${result.err.line})`];
}

function formFindings(body: unknown, path: Path): Finding[] {
  if (typeof body !== 'object' || body === null) return [{ path: [...path, 'form'], message: 'needs a body' }];
  const nested = Object.entries(body).filter(([, value]) => typeof plain(value) === 'object');
  const message = 'must be text, a number, true or false: a form is flat';
  return nested.map(([name]) => ({ path: [...path, 'body', name], message, hidesValue: true }));
}

function templatesInHeaders(headers: Record<string, string | undefined> | undefined, path: Path): Finding[] {
  const withTemplate = Object.entries(headers ?? {}).filter(([, value]) => hasPlaceholder(value));
  const message = 'must be constant: a header holds no template';
  return withTemplate.map(([name]) => ({ path: [...path, 'headers', name], message, hidesValue: true }));
}

function hasPlaceholder(text = ''): boolean {
  return parseTemplate(text).placeholders.length > 0;
}
