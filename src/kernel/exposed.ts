const PLAIN: ReadonlySet<string> = new Set(['http:', 'redis:']);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** Whether what is said to this address leaves the machine, and unencrypted. */
export function isPlaintextRemote(url: URL | null): boolean {
  return url !== null && PLAIN.has(url.protocol) && url.hostname !== '' && !LOOPBACK.test(url.hostname);
}
