/** Header names that callers, tests and dashboards rely on, spelt as they are sent. */
export const REQUEST_ID = 'X-Request-Id';
export const CACHE_OUTCOME = 'X-Cache';
export const RETRY_AFTER = 'Retry-After';

/** Request headers, in the lower case Node gives them. */
export const TENANT_HEADER = 'x-genesys-org';
export const API_KEY_HEADER = 'x-api-key';
export const SIGNATURE_HEADER = 'x-signature-256';
export const SIGNATURE_TIMESTAMP_HEADER = 'x-signature-timestamp';
