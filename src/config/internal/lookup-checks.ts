import { AGENT_ACTIONS } from '../reserved-names.js';
import type { CheckContext } from './check-context.js';
import { fieldFindings } from './field-checks.js';
import { CALLS, type LookupSketch } from './file-sketch.js';
import type { Finding } from './finding.js';
import type { Path } from './path.js';
import { templateFindings } from './template-checks.js';

export function lookupFindings(context: CheckContext): Finding[] {
  const lookups = Object.entries(context.sketch.lookups ?? {});
  if (context.sketch.lookups !== undefined && lookups.length === 0) {
    return [{ path: ['lookups'], message: 'must declare at least one lookup' }];
  }
  return lookups.flatMap(([name, lookup]) =>
    lookup === undefined ? [] : [...takenName(name), ...findingsOf(lookup, ['lookups', name], context)],
  );
}

function takenName(name: string): Finding[] {
  const message = 'is reserved: it is the name of a Data Action for agents';
  return AGENT_ACTIONS.some((taken) => taken === name) ? [{ path: ['lookups', name], message, valueIsMoot: true }] : [];
}

function findingsOf(lookup: LookupSketch, path: Path, context: CheckContext): Finding[] {
  return [
    ...repeatedInputs(lookup, path),
    ...unknownSystem(lookup, path, context),
    ...writing(lookup, path, context),
    ...strayBody(lookup, path, context),
    ...templateFindings(lookup, path, context),
    ...fieldFindings(lookup, path),
    ...beyondItsSystem(lookup, path, context),
    ...warmedByNobody(lookup, path, context),
  ];
}

function limitsOfSystem({ origin }: LookupSketch, { sketch }: CheckContext) {
  return origin?.system === undefined ? undefined : sketch.systems?.[origin.system]?.limits;
}

/** A bulkhead as wide as the ship keeps nothing out. */
function beyondItsSystem(lookup: LookupSketch, path: Path, context: CheckContext): Finding[] {
  const { maxCalls } = lookup.limits ?? {};
  const ceiling = CALLS.safeParse(limitsOfSystem(lookup, context)?.maxConcurrent).data;
  if (maxCalls === undefined || ceiling === undefined || maxCalls <= ceiling) return [];
  return [{ path: [...path, 'limits', 'maxCalls'], message: 'must not be above maxConcurrent of its system' }];
}

/** What is loaded before a peak is background work. */
function warmedByNobody(lookup: LookupSketch, path: Path, context: CheckContext): Finding[] {
  const { prewarm = [] } = lookup;
  if (prewarm.length === 0 || limitsOfSystem(lookup, context)?.backgroundShare !== 0) return [];
  const message = 'cannot be: backgroundShare of its system is 0, so nothing would ever be loaded';
  return [{ path: [...path, 'prewarm'], message, valueIsMoot: true }];
}

function repeatedInputs({ key = [] }: LookupSketch, path: Path): Finding[] {
  const inputs = key.map((entry) => entry?.input);
  return inputs.flatMap((input, at): Finding[] => {
    const repeated = input !== undefined && inputs.indexOf(input) < at;
    return repeated ? [{ path: [...path, 'key', at, 'input'], message: 'stands in key a second time' }] : [];
  });
}

function unknownSystem({ origin }: LookupSketch, path: Path, { sketch }: CheckContext): Finding[] {
  if (origin?.system === undefined || sketch.systems === undefined) return [];
  if (Object.hasOwn(sketch.systems, origin.system)) return [];
  const known = Object.keys(sketch.systems).join(', ');
  const message = `is no declared system: there ${known === '' ? 'is none' : `are ${known}`}`;
  return [{ path: [...path, 'origin', 'system'], message }];
}

/** A read is repeated, run ahead and run behind an answer: whoever declares a POST must say that it does nothing but read. */
function writing({ origin }: LookupSketch, path: Path, { isSound }: CheckContext): Finding[] {
  const declared = origin?.readOnly === true || !isSound([...path, 'origin', 'readOnly']);
  if (origin?.method !== 'POST' || declared) return [];
  const message = 'must come with readOnly: true: nothing but reads is ever sent';
  return [{ path: [...path, 'origin', 'method'], message }];
}

function strayBody({ origin }: LookupSketch, path: Path, { isSound }: CheckContext): Finding[] {
  if (origin?.body === undefined || origin.method === 'POST' || !isSound([...path, 'origin', 'method'])) return [];
  return [{ path: [...path, 'origin', 'body'], message: 'is sent with method: POST alone' }];
}
