import { isDecodable } from '../schema/text-rules.js';
import { isPlaintextRemote } from '../security-warnings.js';
import type { VariableDoc, Variables } from '../environment/variables.js';

/** `RedisConfig | undefined`. `undefined` means that entries live in this process only. */
export const REDIS_CONFIG = Symbol('redis config');

export interface RedisConfig {
  /**
   * A single URL is a standalone server, or a node or the configuration endpoint of a cluster.
   * Several URLs are the seed nodes of one cluster.
   */
  readonly urls: readonly string[];
  /**
   * The longest one Redis command may take before it counts as failed. In milliseconds, 1 to 1,000.
   * Default 50, which is 2 % of the default deadline.
   */
  readonly timeoutMs: number;
  /**
   * How many replicas must have an invalidation or a claim before Datadip answers it, 0 to 5. With
   * fewer replicas, Datadip answers that the store is unavailable. Default 0.
   */
  readonly waitReplicas?: number;
}

export const REDIS_VARIABLES: readonly VariableDoc[] = [
  {
    name: 'REDIS_URL',
    meaning:
      'The address of Redis: redis:// or rediss://, user and password, a host, a port, and / with the number of the database. Several addresses, separated by commas, are nodes of one cluster. A single address may be a node or the configuration endpoint of a cluster. Special characters in user and password are written as escapes, such as %25 for %. If the variable is empty, entries live in the memory of each process.',
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
    name: 'REDIS_WAIT_REPLICAS',
    meaning:
      'The number of replicas that must have an invalidation or a claim before Datadip answers it, 0 to 5. If fewer replicas confirm within REDIS_TIMEOUT_MS, the invalidation is refused with 503 and the claim with store_unavailable.',
    default: '0',
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
const ESCAPES = 'in a password, / is %2F, ? is %3F, # is %23, a comma is %2C';
const ADDRESS = `must be redis:// or rediss:// and a host, several separated by commas; ${ESCAPES}`;
const OPTIONS = `must not have ? or # after the host: Datadip knows no options there; ${ESCAPES}`;
/**
 * Redis numbers its databases from 0. The server decides how many databases it has, and refuses
 * other numbers.
 */
const DATABASE = /^\/?\d{0,5}$/;
const PLAINTEXT =
  'must be rediss:// in production: redis:// sends passwords and entries unencrypted (ALLOW_PLAINTEXT_REDIS=on permits it where the network is trusted)';

/** Returns `undefined` if the environment names no Redis. */
export function readRedis(variables: Variables, isProduction: boolean): RedisConfig | undefined {
  const urls = readUrls(variables, isProduction);
  const timeoutMs = variables.whole('REDIS_TIMEOUT_MS', 1, 1000, 50, ' of milliseconds');
  const waitReplicas = variables.whole('REDIS_WAIT_REPLICAS', 0, 5, 0, ' of replicas');
  return urls.length === 0 ? undefined : { urls, timeoutMs, waitReplicas };
}

function readUrls(variables: Variables, isProduction: boolean): readonly string[] {
  const allowsPlaintext = variables.oneOf('ALLOW_PLAINTEXT_REDIS', ['on', 'off'], 'off') === 'on';
  const texts = variables.list('REDIS_URL');
  const urls = texts.map((text) => URL.parse(text));
  const complaint = addressProblem(urls);
  if (complaint !== undefined) variables.refuse('REDIS_URL', complaint);
  if (isProduction && !allowsPlaintext && urls.some(isPlaintextRemote)) variables.refuse('REDIS_URL', PLAINTEXT);
  return texts;
}

/**
 * Returns the first problem. The text quotes no address, because an address may carry a password.
 */
function addressProblem(parsed: readonly (URL | null)[]): string | undefined {
  const wrong = parsed.findIndex((url) => url === null || !REDIS_SCHEMES.has(url.protocol) || url.hostname === '');
  if (wrong >= 0) return `${ADDRESS}${numberOf(wrong, parsed.length)}`;
  const urls = parsed.filter((url) => url !== null);
  for (const [at, url] of urls.entries()) {
    const problem = urlProblem(url);
    if (problem !== undefined) return `${problem}${numberOf(at, urls.length)}`;
  }
  return clusterProblem(urls);
}

function urlProblem({ username, password, pathname, search, hash }: URL): string | undefined {
  if (!isDecodable(username) || !isDecodable(password))
    return 'must not have a % in user or password that is not an escape: write %25 for %';
  if (search !== '' || hash !== '') return OPTIONS;
  return DATABASE.test(pathname) ? undefined : 'must have nothing but the database number after the host, such as /0';
}

/** Several addresses are the nodes of one cluster. */
function clusterProblem([first, ...others]: readonly URL[]): string | undefined {
  if (first === undefined || others.length === 0) return undefined;
  const all = [first, ...others];
  if (others.some(({ protocol }) => protocol !== first.protocol))
    return 'must not mix redis:// and rediss://: they are the nodes of one cluster';
  if (all.some(({ pathname }) => Number(pathname.slice(1)) > 0))
    return 'must not name another database than 0: the addresses are the nodes of one cluster, which has only database 0';
  const isOther = ({ username, password }: URL): boolean =>
    `${username}${password}` !== '' && (username !== first.username || password !== first.password);
  return others.some(isOther)
    ? 'must have the same user and password in all addresses: they are the nodes of one cluster'
    : undefined;
}

/** Names an address by its number, because the address may carry a password. */
function numberOf(at: number, count: number): string {
  return count === 1 ? '' : ` (address ${at + 1} of ${count})`;
}
