import type { Finding, Path } from '../../yaml/finding.js';
import { placedAlternatives } from './key-schema.js';
import type { LookupSketch } from './lookup-schema.js';

/** Checks the inputs of a key against each other. */
export function keyFindings({ key }: LookupSketch, path: Path): Finding[] {
  const inputs = placedAlternatives(key).flat();
  const names = inputs.map(({ entry }) => entry?.input);
  return inputs.flatMap(({ path: place, entry }, at): Finding[] => {
    const isRepeated = entry?.input !== undefined && names.indexOf(entry.input) < at;
    const isIdle = entry?.kind !== undefined && entry.kind !== 'phone' && entry.country !== undefined;
    return [
      ...(isRepeated ? [{ path: [...path, ...place, 'input'], message: REPEATED }] : []),
      ...(isIdle ? [{ path: [...path, ...place, 'country'], message: IDLE }] : []),
    ];
  });
}

const REPEATED = 'is repeated in key; allowed: once';
const IDLE = 'needs kind: phone: only phone numbers are read in a country';
