/** Freezes what was handed in and everything inside it; of a map, what it holds, since `ReadonlyMap` already guards the map itself. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const held: unknown[] = value instanceof Map ? [...value.values()] : Object.values(value);
  held.forEach(deepFreeze);
  return Object.freeze(value);
}
