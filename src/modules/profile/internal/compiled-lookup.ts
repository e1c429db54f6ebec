import type { LookupConfig } from '../../../config/config.js';
import type { DipLookup, Identifier } from '../../../contracts/dip.js';
import { defaultsText, formatOf, readableAs } from './answer-shape.js';
import type { Inputs } from './inputs.js';
import { hashedIdentity, normalise } from './normalise.js';
import { Projection } from './projection.js';

/** A declared lookup, ready to be asked: everything that can be worked out before a request is. */
export interface CompiledLookup extends DipLookup {
  readonly config: LookupConfig;
  readonly projection: Projection;
}

export function compileLookup(config: LookupConfig): CompiledLookup {
  return {
    name: config.name,
    fields: config.fields,
    cache: config.cache,
    priority: config.priority,
    format: formatOf(config),
    readable: readableAs(config.fields),
    defaults: defaultsText(config.fields),
    config,
    projection: new Projection(config),
  };
}

/** The first input that is present and usable; absent when there is none. */
export function identify({ config }: CompiledLookup, inputs: Inputs): Identifier | undefined {
  for (const key of config.key) {
    const given = inputs.get(key.input);
    const value = given === undefined ? undefined : normalise(key.kind, given);
    if (value === undefined) continue;
    return { input: key.input, hashed: hashedIdentity(config.key, key, value.identity), atOrigin: value.atOrigin };
  }
  return undefined;
}
