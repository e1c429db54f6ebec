/** Keys of the whole region: reachable systems, processes of a limit, state of the store. */
const OF_THE_REGION = /^(datadip-reference:route:systems|budget:[^:]+:peers|datadip-(history|probe):\{\d+\})$/;

export function isOfRegion(key: string): boolean {
  return OF_THE_REGION.test(key);
}

/** Returns the tenant of a stored key. A key with another pattern has no tenant and is an error. */
export function tenantOf(key: string): string {
  const ofEntry = /^cust:[a-z-]+:(\w+):[0-9a-f]{64}$/;
  const ofCustomer = /^cust-[a-z]+:\{customers:[0-9a-f]{2}\}:(\w+)(?::[0-9a-f]{64})+$/;
  const ofRest = /^(?:agent|agents|queue|agent-[a-z]+|cust-[a-z]+):\{(\w+)\}(?::[\w.-]+)*$/;
  const found = [ofEntry, ofCustomer, ofRest].map((shape) => shape.exec(key)?.[1]);
  return found.find((tenant) => tenant !== undefined) ?? `no tenant: ${key}`;
}
