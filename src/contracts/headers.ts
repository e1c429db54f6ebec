/** Names of response headers, in the spelling that Datadip sends. */
export const REQUEST_ID = 'X-Request-Id';
export const CACHE_OUTCOME = 'X-Cache';
export const RETRY_AFTER = 'Retry-After';
/** Names the events of the request. A read that sends it in `AFTER_HEADER` waits for them. */
export const POSITION = 'X-Datadip-Position';

/** Names of request headers, in the lower case that Node provides. */
export const TENANT_HEADER = 'x-genesys-org';
export const AFTER_HEADER = 'x-datadip-after';
export const API_KEY_HEADER = 'x-api-key';
/** Name of the region that forwards a request to the home of its tenant. */
export const FORWARDED_HEADER = 'x-datadip-forwarded';
/** Name of the caller of a forwarded request. */
export const FORWARDED_CALLER_HEADER = 'x-datadip-caller';
/** Proves that a region has written the name of the caller. */
export const FORWARDED_SIGNATURE_HEADER = 'x-datadip-caller-signature';
/** How long the forwarding region still waits, in milliseconds. */
export const DEADLINE_HEADER = 'x-datadip-deadline-ms';
export const SIGNATURE_HEADER = 'x-signature-256';
export const SIGNATURE_TIMESTAMP_HEADER = 'x-signature-timestamp';
