import { z } from 'zod';
import { must, plain } from '../../schema/scalars.js';
import type { Path } from '../../yaml/finding.js';

/** A value of a body. Texts are templates. */
export type BodyValue = string | number | boolean | null | readonly BodyValue[] | BodyMap;
export interface BodyMap {
  readonly [name: string]: BodyValue;
}

/** Maps and lists inside each other. A search of a CRM needs about six. */
const MAX_DEPTH = 16;
/** Values, maps and lists together. */
const MAX_VALUES = 1000;

const UNSAFE = `must be a number of at most 15 digits: write a longer one in quotes`;
const NO_VALUE = 'must be text, a number, true, false, null, a list or a map';

interface Problem {
  readonly path: Path;
  readonly message: string;
}

/**
 * A map whose values may be maps and lists. `${NAME}` in it is text, whatever the variable holds.
 */
export const bodyMap = z
  .custom<object>((value) => isMap(value), must('must be a map'))
  .transform((value, { issues }): BodyMap => {
    const problems: Problem[] = [];
    const body = readMap(value, { path: [], problems, count: 0 });
    for (const { path, message } of problems) issues.push({ code: 'custom', input: value, message, path: [...path] });
    return problems.length === 0 ? body : z.NEVER;
  });

interface Reading {
  readonly path: Path;
  readonly problems: Problem[];
  count: number;
}

function read(given: unknown, reading: Reading): BodyValue {
  const value = plain(given);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  const { path, problems } = reading;
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
      problems.push({ path, message: UNSAFE });
    return value;
  }
  if (path.length >= MAX_DEPTH) problems.push({ path, message: `must not be deeper than ${MAX_DEPTH} maps and lists` });
  else if (Array.isArray(value)) return value.map((item, at) => readMember(item, at, reading));
  else if (isMap(value)) return readMap(value, reading);
  else problems.push({ path, message: NO_VALUE });
  return null;
}

function readMap(value: object, reading: Reading): BodyMap {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, readMember(member, name, reading)]));
}

/** The count of all values is kept in one object, also where the path grows. */
function readMember(value: unknown, step: string | number, reading: Reading): BodyValue {
  reading.count += 1;
  if (reading.count === MAX_VALUES + 1)
    reading.problems.push({ path: [], message: `must hold at most ${MAX_VALUES} values` });
  if (reading.count > MAX_VALUES) return null;
  const inner: Reading = { path: [...reading.path, step], problems: reading.problems, count: reading.count };
  const body = read(value, inner);
  reading.count = inner.count;
  return body;
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && plain(value) === value;
}

/** The texts of a body with their places. Other values are skipped. */
export function bodyTexts(given: unknown, path: Path = []): readonly (readonly [Path, string])[] {
  const value = plain(given);
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null || path.length > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item, at) => bodyTexts(item, [...path, at]));
  return Object.entries(value).flatMap(([name, member]) => bodyTexts(member, [...path, name]));
}

/** The places of the names of a body. */
export function bodyNames(given: unknown, path: Path = []): readonly Path[] {
  const value = plain(given);
  if (typeof value !== 'object' || value === null || path.length > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item, at) => bodyNames(item, [...path, at]));
  return Object.entries(value).flatMap(([name, member]) => [[...path, name], ...bodyNames(member, [...path, name])]);
}
