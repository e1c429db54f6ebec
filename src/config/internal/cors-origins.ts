import type { Variables } from './variables.js';

/** Who may ask from a browser; nobody unless declared. */
export function readCorsOrigins(variables: Variables): readonly string[] {
  const origins = (variables.text('CORS_ORIGINS')?.split(',') ?? []).map((text) => text.trim());
  if (origins.every(isOrigin)) return origins;
  variables.refuse(
    'CORS_ORIGINS',
    'must be origins such as https://apps.mypurecloud.com, separated by commas, without a path',
  );
  return [];
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
