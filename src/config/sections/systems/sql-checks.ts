import { wholeNumber } from '../../schema/scalars.js';
import { isLoopback } from '../../security-warnings.js';
import type { Finding, Path } from '../../yaml/finding.js';
import type { CheckContext } from '../check-context.js';
import { MAX_POOL_SIZE } from './sql-schema.js';
import type { SystemSketch } from './system-schema.js';

const count = wholeNumber(1, 10_000);

export function isDatabase({ type }: Pick<SystemSketch, 'type'>): boolean {
  return type === 'postgres' || type === 'mysql';
}

/** The checks of a database that compare several keys. */
export function sqlFindings(system: SystemSketch, path: Path, context: CheckContext): Finding[] {
  return [...plaintext(system, path, context), ...callsAbovePool(system, path)];
}

/** A connection without TLS shows the password or its hash, and every record. */
function plaintext(
  { url = '', tls, allowPlaintext }: SystemSketch,
  path: Path,
  { mode, isSound }: CheckContext,
): Finding[] {
  const hasTls = tls !== undefined || !isSound([...path, 'tls']);
  const isExempt = mode !== 'production' || hasTls || allowPlaintext === true;
  const host = URL.parse(url)?.hostname;
  if (isExempt || !isSound([...path, 'url']) || host === undefined || isLoopback(host)) return [];
  const message =
    'must have tls in production: passwords and records travel unencrypted (allowPlaintext: true permits it where the network is trusted)';
  return [{ path: [...path, 'url'], message }];
}

/** No two calls share a connection. */
function callsAbovePool({ poolSize, limits }: SystemSketch, path: Path): Finding[] {
  const { maxConcurrent, schedule = [] } = limits ?? {};
  const max = poolSize ?? MAX_POOL_SIZE;
  const places: readonly [Path, unknown][] = [
    [['limits', 'maxConcurrent'], maxConcurrent],
    ...schedule.map((window, at): [Path, unknown] => [
      ['limits', 'schedule', at, 'maxConcurrent'],
      window?.maxConcurrent,
    ]),
  ];
  return places
    .filter(([, calls]) => (count.safeParse(calls).data ?? 0) > max)
    .map(([at]) => ({
      path: [...path, ...at],
      message: `must not be above poolSize; allowed: 1 to ${max}`,
    }));
}
