import { isPlaintextRemote } from '../security-warnings.js';
import type { VariableDoc, Variables } from '../environment/variables.js';

/** `RedisConfig | undefined`. `undefined` means that entries live in this process only. */
export const REDIS_CONFIG = Symbol('redis config');

export interface RedisConfig {
  /** A single URL is a standalone server. Several URLs are the seed nodes of one cluster. */
  readonly urls: readonly string[];
  /**
   * The longest one Redis command may take before it counts as failed. In milliseconds, 1 to 1,000.
   * Default 50, which is 2 % of the default deadline.
   */
  readonly timeoutMs: number;
}

export const REDIS_VARIABLES: readonly VariableDoc[] = [
  {
    name: 'REDIS_URL',
    meaning:
      'The address of Redis: redis:// or rediss://, a host and a port. Several addresses, separated by commas, are the nodes of one cluster. If the variable is empty, entries live in the memory of each process.',
    default: '',
    isSecret: true,
  },
  {
    name: 'REDIS_TIMEOUT_MS',
    meaning: 'The longest one Redis command may take before it counts as failed. In milliseconds, 1 to 1000.',
    default: '50',
    isSecret: false,
  },
  {
    name: 'ALLOW_PLAINTEXT_REDIS',
    meaning:
      'on permits redis:// to another machine in production. off refuses it, because redis:// sends passwords and entries unencrypted.',
    default: 'off',
    isSecret: false,
  },
];

const REDIS_SCHEMES: ReadonlySet<string> = new Set(['redis:', 'rediss:']);
const PLAINTEXT =
  'must be rediss:// in production: redis:// sends passwords and entries unencrypted (ALLOW_PLAINTEXT_REDIS=on permits it where the network is trusted)';

/** Returns `undefined` if the environment names no Redis. */
export function readRedis(variables: Variables, isProduction: boolean): RedisConfig | undefined {
  const urls = readUrls(variables, isProduction);
  const timeoutMs = variables.whole('REDIS_TIMEOUT_MS', 1, 1000, 50, ' of milliseconds');
  return urls.length === 0 ? undefined : { urls, timeoutMs };
}

function readUrls(variables: Variables, isProduction: boolean): readonly string[] {
  const allowsPlaintext = variables.oneOf('ALLOW_PLAINTEXT_REDIS', ['on', 'off'], 'off') === 'on';
  const texts = variables.list('REDIS_URL');
  const urls = texts.map((text) => URL.parse(text));
  const complaint = wrongAddress(urls) ?? mixedSchemes(urls);
  if (complaint !== undefined) variables.refuse('REDIS_URL', complaint);
  if (isProduction && !allowsPlaintext && urls.some(isPlaintextRemote)) variables.refuse('REDIS_URL', PLAINTEXT);
  return texts;
}

/** Names a wrong address by its number, because the address may carry a password. */
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
