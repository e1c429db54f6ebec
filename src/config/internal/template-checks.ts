import { TEMPLATE, templateInputs } from '../template.js';
import type { CheckContext } from './check-context.js';
import type { LookupSketch } from './file-sketch.js';
import type { Finding } from './finding.js';
import type { Path } from './path.js';

/** A text of the origin in which `{input}` is replaced. */
interface Place {
  readonly path: Path;
  readonly text: string;
}

/**
 * An answer is kept under what identifies it and nothing else. So it may depend on the key inputs alone, and on each of them: else
 * one caller would be given what was fetched for another.
 */
export function templateFindings(lookup: LookupSketch, path: Path, { isSound }: CheckContext): Finding[] {
  if (!isSound([...path, 'key'])) return [];
  const inputs = (lookup.key ?? []).map((entry) => entry?.input).filter((input) => input !== undefined);
  const places = placesOf(lookup, path);
  return [
    ...places.flatMap((place) => strangers(place, inputs)),
    ...looseBraces(lookup, path),
    ...absentInPath(lookup, path, inputs),
    ...(isSound([...path, 'origin']) ? unusedInputs(places, path, inputs) : []),
  ];
}

function placesOf({ origin = {} }: LookupSketch, path: Path): Place[] {
  const { query = {}, body = {} } = origin;
  const texts: readonly [Path, string | undefined][] = [
    [['path'], origin.path],
    ...Object.entries(query).flatMap(([name, values = []]) =>
      values.map((text): [Path, string] => [['query', name], text]),
    ),
    ...Object.entries(body).map(([name, text]): [Path, string | undefined] => [['body', name], text]),
  ];
  return texts.flatMap(([at, text]) => (text === undefined ? [] : [{ path: [...path, 'origin', ...at], text }]));
}

function strangers({ path, text }: Place, inputs: readonly string[]): Finding[] {
  const message = 'names an input that is not in key: an answer may depend only on what identifies the entry';
  const strange = templateInputs(text).filter((input) => !inputs.includes(input));
  return strange.map((input) => ({ path, message, detail: `{${input}}` }));
}

/** In a query or a body a brace may be meant; in a path it is a misspelt template. */
function looseBraces({ origin }: LookupSketch, path: Path): Finding[] {
  const rest = (origin?.path ?? '').replace(TEMPLATE, '');
  return /[{}]/.test(rest)
    ? [{ path: [...path, 'origin', 'path'], message: 'must hold braces only around the name of an input' }]
    : [];
}

/** A pair of the query whose input is absent is left out; a piece of a path cannot be. */
function absentInPath({ origin }: LookupSketch, path: Path, inputs: readonly string[]): Finding[] {
  const used = templateInputs(origin?.path ?? '').filter((input) => inputs.includes(input));
  if (used.length === 0 || inputs.length === 1) return [];
  const message = 'may use an input only where it is the one key input: here it can be absent';
  return [{ path: [...path, 'origin', 'path'], message, detail: used.map((input) => `{${input}}`).join(', ') }];
}

function unusedInputs(places: readonly Place[], path: Path, inputs: readonly string[]): Finding[] {
  const used = new Set(places.flatMap(({ text }) => templateInputs(text)));
  const message = 'is used nowhere in the path, query or body: every caller would get the same answer';
  return inputs.flatMap((input, at) => (used.has(input) ? [] : [{ path: [...path, 'key', at, 'input'], message }]));
}
