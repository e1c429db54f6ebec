import type { KeyEntry, KeyInput } from './lookup-config.js';

/** The inputs of one alternative of a key. */
export function entryInputs(entry: KeyEntry): readonly KeyInput[] {
  return 'all' in entry ? entry.all : [entry];
}

/** All inputs of a key, in the declared order. */
export function keyInputs(key: readonly KeyEntry[]): readonly KeyInput[] {
  return key.flatMap(entryInputs);
}
