/** The library has no types. */
declare module 'cluster-key-slot' {
  /** Returns the slot of a key, 0 to 16383. Only the hash tag counts if the key has one. */
  export default function calculateSlot(key: string): number;
}
