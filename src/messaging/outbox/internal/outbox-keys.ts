/** The stream of a tenant, in the slot of the tenant's agents and of its invalidation epoch. */
export function outboxKey(tenant: string): string {
  return `outbox:{${tenant}}`;
}

/** Tenants by the time of their last registration, Unix milliseconds. */
export const OUTBOX_TENANTS_KEY = 'outbox-tenants';

/** The lease of the process that sends. */
export function outboxLeaderKey(region: string): string {
  return `outbox-leader:${region}`;
}

/** How full the outboxes of the region are, as its sender has measured last. */
export function outboxFillKey(region: string): string {
  return `outbox-fill:${region}`;
}
