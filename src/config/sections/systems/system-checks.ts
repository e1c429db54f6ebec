import { REQUIRED } from '../../schema/wordings.js';
import type { Finding, Path } from '../../yaml/finding.js';
import type { CheckContext } from '../check-context.js';
import { genesysFindings } from './genesys-checks.js';
import { oauth2Findings } from './oauth2-checks.js';
import { isDatabase, sqlFindings } from './sql-checks.js';
import { repeatedKey } from './sent-parameters.js';
import type { AuthSketch, SystemSketch, SystemSketches } from './system-schema.js';
import { tlsFindings } from './tls-checks.js';

export function systemFindings(systems: SystemSketches = {}, context: CheckContext): Finding[] {
  return Object.entries(systems).flatMap(([name, system]) =>
    system === undefined ? [] : findingsOfSystem(system, ['systems', name], context),
  );
}

/** @param path of a system, or of a tenant's own system */
export function findingsOfSystem(system: SystemSketch, path: Path, context: CheckContext): Finding[] {
  const limits = system.limits === undefined ? [] : limitFindings(system.limits, [...path, 'limits']);
  const ofType = isDatabase(system) ? sqlFindings(system, path, context) : httpFindings(system, path, context);
  return [...ofType, ...tlsFindings(system.tls, [...path, 'tls']), ...limits];
}

function httpFindings(system: SystemSketch, path: Path, context: CheckContext): Finding[] {
  return [
    ...addressFindings(system, path),
    ...genesysFindings(system, path, context),
    ...oauth2Findings(system, path, context),
    ...headerFindings(system, system.headers, path),
    ...repeatedKey(system, path),
    ...ineffectiveTls(system, path),
  ];
}

/**
 * The environment may give the address of a Genesys Cloud system: `genesysFindings` checks that.
 */
function addressFindings({ baseUrl, auth }: SystemSketch, path: Path): Finding[] {
  if (baseUrl !== undefined || auth?.type === 'genesys') return [];
  return [{ path: [...path, 'baseUrl'], message: REQUIRED }];
}

/** A constant header must not replace the credentials. */
export function headerFindings(
  { auth }: Pick<SystemSketch, 'auth'>,
  headers: Readonly<Record<string, unknown>> | undefined,
  path: Path,
): Finding[] {
  const own = auth === undefined ? undefined : credentialHeader(auth);
  return Object.keys(headers ?? {})
    .filter((name) => name.toLowerCase() === own?.toLowerCase())
    .map((name) => ({ path: [...path, 'headers', name], message: 'is the header of auth; allowed: another header' }));
}

function credentialHeader({ type, name }: AuthSketch): string | undefined {
  if (type === 'header') return name;
  return type === 'none' || type === 'query' ? undefined : 'Authorization';
}

function ineffectiveTls({ baseUrl, tls }: SystemSketch, path: Path): Finding[] {
  if (tls === undefined) return [];
  if (Object.values(tls).every((value) => value === undefined))
    return [{ path: [...path, 'tls'], message: 'changes nothing: give ca, cert with key, or serverName' }];
  if (typeof baseUrl !== 'string' || !/^http:/i.test(baseUrl)) return [];
  return [{ path: [...path, 'tls'], message: 'has no effect with an http:// baseUrl' }];
}

function limitFindings(limits: NonNullable<SystemSketch['limits']>, path: Path): Finding[] {
  return [...unboundedSearch(limits, path), ...emptyWindows(limits, path)];
}

/** The operator declares the upper end of the search, because the default may be too much. */
function unboundedSearch({ adaptive, maxConcurrent }: NonNullable<SystemSketch['limits']>, path: Path): Finding[] {
  if (adaptive !== true || maxConcurrent !== undefined) return [];
  return [{ path: [...path, 'adaptive'], message: 'needs maxConcurrent, the upper limit of the search' }];
}

function emptyWindows({ schedule = [] }: NonNullable<SystemSketch['limits']>, path: Path): Finding[] {
  return schedule.flatMap((window, at): Finding[] => {
    if (window === undefined || window.maxConcurrent !== undefined || window.maxPerSecond !== undefined) return [];
    return [{ path: [...path, 'schedule', at], message: 'changes nothing: give maxConcurrent or maxPerSecond' }];
  });
}
