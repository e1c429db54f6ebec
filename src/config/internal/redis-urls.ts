import { isPlaintextRemote } from '../plaintext-remote.js';
import type { Variables } from './variables.js';

const REDIS_SCHEMES: ReadonlySet<string> = new Set(['redis:', 'rediss:']);

/** The addresses of Redis; none: entries live in this process only. */
export function readRedisUrls(variables: Variables, isProduction: boolean): readonly string[] {
  const allowsPlaintext = variables.oneOf('ALLOW_PLAINTEXT_REDIS', ['on', 'off'], 'off') === 'on';
  const texts =
    variables
      .text('REDIS_URL')
      ?.split(',')
      .map((text) => text.trim()) ?? [];
  const urls = texts.map((text) => URL.parse(text));
  const complaint = wrongAddress(urls) ?? mixedSchemes(urls);
  if (complaint !== undefined) variables.refuse('REDIS_URL', complaint);
  if (isProduction && !allowsPlaintext && urls.some(isPlaintextRemote)) variables.refuse('REDIS_URL', EXPOSED);
  return texts;
}

const EXPOSED =
  'must be rediss:// in production: redis:// sends passwords and entries unencrypted (ALLOW_PLAINTEXT_REDIS=on permits it where the network is trusted)';

/** Which one is told by its number, since the address itself may carry a password. */
function wrongAddress(urls: readonly (URL | null)[]): string | undefined {
  const at = urls.findIndex((url) => url === null || !REDIS_SCHEMES.has(url.protocol) || url.hostname === '');
  if (at < 0) return undefined;
  const which = urls.length === 1 ? '' : ` (address ${at + 1} of ${urls.length})`;
  return `must be redis:// or rediss:// and a host, several separated by commas${which}`;
}

function mixedSchemes(urls: readonly (URL | null)[]): string | undefined {
  const schemes = new Set(urls.map((url) => url?.protocol));
  return schemes.size > 1 ? 'must not mix redis:// and rediss://: they are the nodes of one cluster' : undefined;
}
