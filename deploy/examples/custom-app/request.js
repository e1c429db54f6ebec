/**
 * Sends a request that ends within its bound, whatever the service does.
 *
 * @returns `status` 0 if there was no answer; `json` is `undefined` if the body is no JSON
 */
export async function request(url, withinMs, options = {}) {
  try {
    const response = await fetch(url, { ...options, cache: 'no-store', signal: AbortSignal.timeout(withinMs) });
    const json = await response.json().catch(() => undefined);
    return { status: response.status, json };
  } catch {
    return { status: 0, json: undefined };
  }
}
