import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of another site may have sent this request with a login that the browser stored. A
 * browser sends HTTP Basic with every request to a site, whatever page asks for it. API keys and
 * tokens are sent only by code that has them.
 *
 * Over plain HTTP, browsers send no `Sec-Fetch-Site`. Then `Origin` and `Referer` are compared with
 * the address of the service. A client that is not a browser sends none of the three.
 *
 * @param trusted the origins that `CORS_ORIGINS` declares
 */
export function isForeignLogin(headers: IncomingHttpHeaders, trusted: ReadonlySet<string>): boolean {
  if (headers.authorization === undefined || !/^basic\b/i.test(headers.authorization)) return false;
  const { origin } = headers;
  if (origin !== undefined && trusted.has(origin)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const page = origin ?? headers.referer;
  return page !== undefined && !isOwn(page, headers);
}

/** Whether the page is of the address that the request names. A proxy may change `Host`. */
function isOwn(page: string, { host, 'x-forwarded-host': forwarded }: IncomingHttpHeaders): boolean {
  const from = URL.parse(page)?.host;
  return from !== undefined && (from === host || from === forwarded);
}
