const PLAINTEXT_PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'redis:']);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** Whether traffic to this address leaves the machine unencrypted. An unparsable URL (`null`) counts as no. */
export function isPlaintextRemote(url: URL | null): boolean {
  return url !== null && PLAINTEXT_PROTOCOLS.has(url.protocol) && url.hostname !== '' && !LOOPBACK.test(url.hostname);
}
