import type { CheckContext } from './check-context.js';
import type { SystemSketch } from './file-sketch.js';
import type { Finding } from './finding.js';
import type { Path } from './path.js';

export function systemFindings({ sketch }: CheckContext): Finding[] {
  return Object.entries(sketch.systems ?? {}).flatMap(([name, system]) => {
    const limits = system?.limits;
    return limits === undefined ? [] : limitFindings(limits, ['systems', name, 'limits']);
  });
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
