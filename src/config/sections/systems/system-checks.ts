import { REQUIRED } from '../../schema/wordings.js';
import type { Finding, Path } from '../../yaml/finding.js';
import type { CheckContext } from '../check-context.js';
import { genesysFindings } from './genesys-checks.js';
import { isDatabase, sqlFindings } from './sql-checks.js';
import type { SystemSketch, SystemSketches } from './system-schema.js';

export function systemFindings(systems: SystemSketches = {}, context: CheckContext): Finding[] {
  return Object.entries(systems).flatMap(([name, system]) => {
    if (system === undefined) return [];
    const path = ['systems', name];
    const limits = system.limits === undefined ? [] : limitFindings(system.limits, [...path, 'limits']);
    const ofType = isDatabase(system)
      ? sqlFindings(system, path, context)
      : [...addressFindings(system, path), ...genesysFindings(system, path, context)];
    return [...ofType, ...limits];
  });
}

/**
 * The environment may give the address of a Genesys Cloud system: `genesysFindings` checks that.
 */
function addressFindings({ baseUrl, auth }: SystemSketch, path: Path): Finding[] {
  if (baseUrl !== undefined || auth?.type === 'genesys') return [];
  return [{ path: [...path, 'baseUrl'], message: REQUIRED }];
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
