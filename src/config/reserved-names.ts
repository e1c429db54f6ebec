/** What every answer says about itself, beside the declared fields. */
export const OWN_FIELDS: ReadonlySet<string> = new Set(['contactFound', 'source', 'cacheHit', 'latencyMs', 'error']);

/** Names that a contract of Genesys Cloud may not use: it fills them itself. */
export const GENESYS_NAMES: ReadonlySet<string> = new Set(['orgId', 'integrationId', 'rawRequest']);

/** The Data Actions of the agents' routes. A lookup of such a name would claim the same file. */
export const AGENT_ACTIONS = ['agents-available', 'agents-confirm', 'agents-release'] as const;
