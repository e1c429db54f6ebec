/** The reachable systems and the number of processes of a limit are the same for all tenants. */
const OF_THE_REGION = /^(datadip-reference:route:systems|budget:[^:]+:peers)$/;

export function isOfRegion(key: string): boolean {
  return OF_THE_REGION.test(key);
}

/** Returns the tenant of a stored key. A key with another pattern has no tenant and is an error. */
export function tenantOf(key: string): string {
  const shape =
    /^(?:cust:[a-z-]+:(\w+):[0-9a-f]{64}|(?:agent|agents|queue|agent-[a-z]+|cust-[a-z]+):\{(\w+)\}(?::[\w.-]+)*)$/;
  const [, ofEntry, ofRest] = shape.exec(key) ?? [];
  return ofEntry ?? ofRest ?? `no tenant: ${key}`;
}
