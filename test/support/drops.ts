/** The side of an entry store that a near cache follows. It reports no invalidations; the test reports them. */
export function storeThat(hearsDrops: () => boolean) {
  return { hearsDrops, onDrop: () => undefined, onDropsMissed: () => undefined };
}
