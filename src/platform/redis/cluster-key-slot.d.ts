/** The library brings no types. */
declare module 'cluster-key-slot' {
  /** The slot of a key, 0 to 16383, its hash tag considered. */
  export default function calculateSlot(key: string): number;
}
