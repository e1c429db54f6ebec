import type { KeyInput, LookupConfig } from '../../../config/config.js';
import type { Dip, DipLookup, Identifier } from '../../../contracts/dip.js';
import { PrioritySemaphore } from '../../../kernel/priority-semaphore.js';
import { defaultsText, formatOf, readableAs } from './answer-shape.js';
import type { Clock } from '../../../kernel/clock.js';
import { PopularEntries } from './popular-entries.js';
import type { Inputs } from './inputs.js';
import { identityPrefix, normalise } from './normalise.js';
import { Projection } from './projection.js';

interface IdentifyingInput extends KeyInput {
  /** Stands before the value where it is hashed. */
  readonly prefix: string;
}

/** A declared lookup, ready to be asked: everything that can be worked out before a request is. */
export interface CompiledLookup extends DipLookup {
  readonly config: LookupConfig;
  readonly projection: Projection;
  readonly bulkhead: PrioritySemaphore | undefined;
  /** Absent: no peak is declared, so nothing is counted. */
  readonly popular: PopularEntries | undefined;
  /** In the order in which they are tried. */
  readonly keys: readonly IdentifyingInput[];
}

/** A dip that carries its compiled lookup, so that no stage looks the lookup up again. */
export interface LookupDip extends Dip {
  readonly lookup: CompiledLookup;
}

/** Entries counted for each that may be loaded before a peak: more, so that counts settle. */
const COUNTED_PER_PREWARMED = 4;

export function compileLookup(config: LookupConfig, clock: Clock): CompiledLookup {
  const top = Math.max(0, ...config.prewarm.map((one) => one.top));
  return {
    name: config.name,
    fields: config.fields,
    cache: config.cache,
    priority: config.priority,
    format: formatOf(config),
    readable: readableAs(config.fields),
    defaults: defaultsText(config.fields),
    config,
    bulkhead: createBulkhead(config.limits.maxCalls),
    popular: top === 0 ? undefined : new PopularEntries(clock, top * COUNTED_PER_PREWARMED),
    projection: new Projection(config),
    keys: config.key.map((key) => ({ ...key, prefix: identityPrefix(config.key, key) })),
  };
}

/** Caps the lookup's concurrent calls to its system, so that it cannot starve other lookups. Calls never wait here. */
function createBulkhead(maxCalls: number | undefined): PrioritySemaphore | undefined {
  return maxCalls === undefined ? undefined : new PrioritySemaphore({ limit: () => maxCalls, maxWaiting: 0 });
}

/** The first input that is present and usable; absent when there is none. */
export function identify({ keys }: CompiledLookup, inputs: Inputs): Identifier | undefined {
  for (const { input, kind, prefix } of keys) {
    const given = inputs.get(input);
    const value = given === undefined ? undefined : normalise(kind, given);
    if (value !== undefined) return { input, hashed: prefix + value.identity, atOrigin: value.atOrigin };
  }
  return undefined;
}
