import type { Finding, Path } from '../../yaml/finding.js';
import type { SystemSketch } from './system-schema.js';

/** A parameter of the query of every call, and the place that declares it. */
interface SentParameter {
  readonly name: string;
  readonly path: Path;
}

/** The parameters that a system adds to every query, with their places below the system. */
export function sentParameters({ query = {}, auth }: SystemSketch): readonly SentParameter[] {
  const constant = Object.keys(query).map((name) => ({ name, path: ['query', name] }));
  const isKey = auth?.type === 'query' && auth.name !== undefined;
  return isKey ? [...constant, { name: auth.name ?? '', path: ['auth', 'name'] }] : constant;
}

/** A constant parameter must not replace the key of `auth`. */
export function repeatedKey({ query = {}, auth }: SystemSketch, path: Path): Finding[] {
  if (auth?.type !== 'query' || auth.name === undefined || !Object.hasOwn(query, auth.name)) return [];
  const message = 'is the parameter of auth; allowed: another parameter';
  return [{ path: [...path, 'query', auth.name], message, hidesValue: true }];
}
