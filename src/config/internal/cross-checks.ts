import { callerFindings } from './caller-checks.js';
import type { CheckContext } from './check-context.js';
import type { Finding } from './finding.js';
import { lookupFindings } from './lookup-checks.js';
import { systemFindings } from './system-checks.js';
import { name } from './text-rules.js';

/** Every rule that looks at more than one key, or at the names of a map. */
export function crossFindings(context: CheckContext): Finding[] {
  const { systems = {}, lookups = {}, callers = {} } = context.sketch;
  return [
    ...nameFindings('systems', Object.keys(systems)),
    ...nameFindings('lookups', Object.keys(lookups)),
    ...nameFindings('callers', Object.keys(callers)),
    ...systemFindings(context),
    ...lookupFindings(context),
    ...callerFindings(context),
    ...unknownPlatforms(context),
  ];
}

function unknownPlatforms({ sketch: { systems, agents } }: CheckContext): Finding[] {
  if (systems === undefined) return [];
  return (agents?.reconcile ?? []).flatMap((entry, at): Finding[] => {
    if (entry?.system === undefined || Object.hasOwn(systems, entry.system)) return [];
    return [{ path: ['agents', 'reconcile', at, 'system'], message: 'is no declared system' }];
  });
}

function nameFindings(section: string, names: readonly string[]): Finding[] {
  return names.flatMap((given): Finding[] => {
    const message = name(given);
    return message === undefined ? [] : [{ path: [section, given], message, valueIsMoot: true }];
  });
}
