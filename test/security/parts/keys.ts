/** Which systems of record can be reached is the same for everybody, and so is how many processes share a ceiling. */
const OF_THE_REGION = /^(datadip-reference:route:systems|budget:[^:]+:peers)$/;

export function isOfRegion(key: string): boolean {
  return OF_THE_REGION.test(key);
}

/** Whose a key of the store is. What has another shape is nobody's, and should not be there. */
export function tenantOf(key: string): string {
  const shape =
    /^(?:cust:[a-z-]+:(\w+):[0-9a-f]{64}|(?:agent|agents|queue|agent-[a-z]+|cust-[a-z]+):\{(\w+)\}(?::[\w.-]+)*)$/;
  const [, ofEntry, ofRest] = shape.exec(key) ?? [];
  return ofEntry ?? ofRest ?? `nobody's: ${key}`;
}
