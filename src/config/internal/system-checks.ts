import type { CheckContext } from './check-context.js';
import type { SystemSketch } from './file-sketch.js';
import type { Finding } from './finding.js';
import { genesysFindings } from './genesys-checks.js';
import type { Path } from './path.js';

export function systemFindings(context: CheckContext): Finding[] {
  return Object.entries(context.sketch.systems ?? {}).flatMap(([name, system]) => {
    if (system === undefined) return [];
    const path = ['systems', name];
    const limits = system.limits === undefined ? [] : limitFindings(system.limits, [...path, 'limits']);
    return [...addressFindings(system, path), ...genesysFindings(system, path, context), ...limits];
  });
}

/** Of a client of Genesys Cloud the environment may say it. */
function addressFindings({ baseUrl, auth }: SystemSketch, path: Path): Finding[] {
  if (baseUrl !== undefined || auth?.type === 'genesys') return [];
  return [{ path: [...path, 'baseUrl'], message: 'is required' }];
}

function limitFindings(limits: NonNullable<SystemSketch['limits']>, path: Path): Finding[] {
  return [...boundless(limits, path), ...emptyWindows(limits, path)];
}

/** A search for what a system bears must have an end that somebody has thought about. */
function boundless({ adaptive, maxConcurrent }: NonNullable<SystemSketch['limits']>, path: Path): Finding[] {
  if (adaptive !== true || maxConcurrent !== undefined) return [];
  return [{ path: [...path, 'adaptive'], message: 'needs maxConcurrent beside it: the ceiling it must not go above' }];
}

function emptyWindows({ schedule = [] }: NonNullable<SystemSketch['limits']>, path: Path): Finding[] {
  return schedule.flatMap((window, at): Finding[] => {
    if (window === undefined || window.maxConcurrent !== undefined || window.maxPerSecond !== undefined) return [];
    return [{ path: [...path, 'schedule', at], message: 'changes nothing: give maxConcurrent or maxPerSecond' }];
  });
}
