import { unknownSystemWording } from '../../schema/wordings.js';
import type { Finding, Path } from '../../yaml/finding.js';
import type { CheckContext } from '../check-context.js';
import { threeHeartbeatsMs, type RegionsSketch } from '../regions-checks.js';
import { LONGEST_MS } from '../regions-schema.js';
import { sentParameters } from '../systems/sent-parameters.js';
import type { SystemSketches } from '../systems/system-schema.js';
import { composedFindings } from './composed-checks.js';
import { isComposed, type ComposedSketch } from './composed-schema.js';
import { bodyFindings } from './body-checks.js';
import { fieldFindings } from './field-checks.js';
import { keyFindings } from './key-checks.js';
import { callCount, type LookupSketch } from './lookup-schema.js';
import { AGENT_ACTIONS } from './platform-limits.js';
import { sqlOriginFindings } from './sql-origin-checks.js';
import { templateFindings } from './template-checks.js';

interface LookupContext extends CheckContext {
  readonly composed: Readonly<Record<string, ComposedSketch | undefined>> | undefined;
  readonly systems: SystemSketches | undefined;
  readonly regions: RegionsSketch | undefined;
}

export function lookupFindings(
  sketches: Readonly<Record<string, LookupSketch | undefined>> | undefined,
  context: LookupContext,
): Finding[] {
  const lookups = Object.entries(sketches ?? {});
  if (sketches !== undefined && lookups.length === 0) {
    return [{ path: ['lookups'], message: 'must declare at least one lookup' }];
  }
  const plain = lookups.filter(([, lookup]) => lookup === undefined || !isComposed(lookup));
  const composed = lookups.filter(([, lookup]) => lookup !== undefined && isComposed(lookup));
  return [
    ...lookups.flatMap(([name]) => reservedName(name)),
    ...plain.flatMap(([name, lookup]) => (lookup === undefined ? [] : findingsOf(lookup, ['lookups', name], context))),
    ...composedFindings({
      ...context,
      plain: Object.fromEntries(plain),
      composed: Object.fromEntries(composed.map(([name]) => [name, context.composed?.[name]])),
    }),
  ];
}

function reservedName(name: string): Finding[] {
  const message = 'is reserved: it is the name of a Data Action for agents';
  return AGENT_ACTIONS.some((reserved) => reserved === name)
    ? [{ path: ['lookups', name], message, hidesValue: true }]
    : [];
}

function findingsOf(lookup: LookupSketch, path: Path, context: LookupContext): Finding[] {
  return [
    ...keyFindings(lookup, path),
    ...unknownSystem(lookup, path, context),
    ...undeclaredPost(lookup, path, context),
    ...bodyFindings(lookup, path, context),
    ...sqlOriginFindings(lookup, path, context),
    ...templateFindings(lookup, path, context),
    ...fieldFindings(lookup, path),
    ...repeatedParameters(lookup, path, context),
    ...callsAboveSystem(lookup, path, context),
    ...prewarmWithoutShare(lookup, path, context),
    ...withinTooShort(lookup, path, context),
  ];
}

function limitsOfSystem({ origin }: LookupSketch, { systems }: LookupContext) {
  return origin?.system === undefined ? undefined : systems?.[origin.system]?.limits;
}

/** Servers differ in which value of a repeated parameter counts. */
function repeatedParameters({ origin }: LookupSketch, path: Path, { systems }: LookupContext): Finding[] {
  const system = systems?.[origin?.system ?? ''];
  if (system === undefined) return [];
  const sent = new Set(sentParameters(system).map(({ name }) => name));
  const repeated = Object.keys(origin?.query ?? {}).filter((name) => sent.has(name));
  const message = 'is a parameter that the system adds to every call; allowed: another parameter';
  return repeated.map((name) => ({ path: [...path, 'origin', 'query', name], message, hidesValue: true }));
}

/** A `maxCalls` above the limit of the system would have no effect. */
function callsAboveSystem(lookup: LookupSketch, path: Path, context: LookupContext): Finding[] {
  const { maxCalls } = lookup.limits ?? {};
  const ceiling = callCount.safeParse(limitsOfSystem(lookup, context)?.maxConcurrent).data;
  if (maxCalls === undefined || ceiling === undefined || maxCalls <= ceiling) return [];
  return [{ path: [...path, 'limits', 'maxCalls'], message: 'must not be above maxConcurrent of its system' }];
}

/** Prewarming is background work, so it needs a background share. */
function prewarmWithoutShare(lookup: LookupSketch, path: Path, context: LookupContext): Finding[] {
  const { prewarm = [] } = lookup;
  if (prewarm.length === 0 || limitsOfSystem(lookup, context)?.backgroundShare !== 0) return [];
  const message = 'needs a backgroundShare above 0 in its system: prewarming is background work';
  return [{ path: [...path, 'prewarm'], message, hidesValue: true }];
}

/**
 * With a shorter time, a region that hears the others would refuse its entries between two late
 * heartbeats.
 */
function withinTooShort({ cache }: LookupSketch, path: Path, { regions, isSound }: LookupContext): Finding[] {
  const place = [...path, 'cache', 'invalidatedWithinMs'];
  if (!isSound(['regions', 'heartbeatMs']) || !isSound(place)) return [];
  const min = threeHeartbeatsMs(regions);
  const max = LONGEST_MS.invalidatedWithinMs;
  if ((cache?.invalidatedWithinMs ?? min) >= min || min > max) return [];
  const message = `must be at least three heartbeats; allowed: ${min} to ${max}`;
  return [{ path: place, message }];
}

function unknownSystem({ origin }: LookupSketch, path: Path, { systems }: LookupContext): Finding[] {
  if (origin?.system === undefined || systems === undefined) return [];
  if (Object.hasOwn(systems, origin.system)) return [];
  return [{ path: [...path, 'origin', 'system'], message: unknownSystemWording(systems) }];
}

/** Datadip repeats calls and makes them in the background, so a POST must be declared as a read. */
function undeclaredPost({ origin }: LookupSketch, path: Path, { isSound }: CheckContext): Finding[] {
  const declared = origin?.readOnly === true || !isSound([...path, 'origin', 'readOnly']);
  if (origin?.method !== 'POST' || declared) return [];
  const message = 'needs readOnly: true: Datadip sends only reads';
  return [{ path: [...path, 'origin', 'method'], message }];
}
