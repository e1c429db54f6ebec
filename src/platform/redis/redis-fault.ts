/** Why Redis does not serve, or refuses writes. Both texts are from closed sets. */
export interface RedisFault {
  /** The cause in the words of Redis and of its operators. */
  readonly reason: string;
  /** The code of the error: of Node (`ECONNREFUSED`), of OpenSSL, or of Redis (`WRONGPASS`). */
  readonly code: string;
}

const TIMEOUT = 'no answer in time';
const LOST = 'connection lost';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ENOTFOUND', 'host name not found in DNS'],
  ['EAI_AGAIN', 'host name not resolved: DNS does not answer'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['ENETUNREACH', 'network unreachable'],
  ['ETIMEDOUT', TIMEOUT],
  ['ECONNRESET', LOST],
  ['EPIPE', LOST],
  ['NOAUTH', 'authentication required: REDIS_URL has no password'],
  ['WRONGPASS', 'authentication failed: user name or password is wrong'],
  ['NOPERM', 'permission denied: the ACL user lacks a command, a key or a channel'],
  ['READONLY', 'read-only replica: writes are refused'],
  ['MISCONF', 'snapshots fail: Redis has stopped writes'],
  ['OOM', 'out of memory: maxmemory is reached'],
  ['NOREPLICAS', 'not enough replicas: Redis has stopped writes'],
  ['LOADING', 'loading its data from disk'],
  ['MASTERDOWN', 'replica without its master'],
  ['CLUSTERDOWN', 'cluster down: some slots have no master'],
  ['DENIED', 'protected mode: Redis accepts loopback clients only'],
]);

/** Error replies with the general code `ERR`, by their beginning. */
const TEXTS: readonly (readonly [start: string, fault: RedisFault])[] = [
  ['ERR DB index', { reason: 'database number refused', code: 'DB_INDEX' }],
  ['ERR SELECT is not allowed', { reason: 'database number refused: a cluster has only database 0', code: 'DB_INDEX' }],
  ['ERR max number of clients', { reason: 'too many clients: maxclients is reached', code: 'MAXCLIENTS' }],
  ['ERR This instance has cluster support disabled', { reason: 'not a cluster', code: 'NOT_A_CLUSTER' }],
  ['ERR AUTH', { reason: 'authentication failed', code: 'WRONGPASS' }],
  ['ERR invalid password', { reason: 'authentication failed', code: 'WRONGPASS' }],
];

/** Replies with which a server refuses writes and still serves reads. */
const REFUSES_WRITES: ReadonlySet<string> = new Set(['READONLY', 'MISCONF', 'OOM', 'NOREPLICAS']);
/** Replies of a server that serves no command at all. */
const SERVES_NOTHING: ReadonlySet<string> = new Set([
  ...['LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'NOAUTH', 'WRONGPASS', 'DENIED', 'MAXCLIENTS', 'DB_INDEX'],
]);
/** Faults that a new connection alone does not repair: an operator has to. */
const NEEDS_OPERATOR: ReadonlySet<string> = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM', 'DENIED', 'DB_INDEX']);

const TLS_CODE = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|ERR_OSSL)/;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** The parts of an error that show a cause. `lastNodeError` is the cause of a cluster's error. */
interface ErrorParts {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly lastNodeError?: unknown;
}

export const CLUSTER_DOWN_FAULT: RedisFault = { reason: 'cluster down: no slot has a master', code: 'CLUSTERDOWN' };
export const TIMED_OUT_FAULT: RedisFault = { reason: TIMEOUT, code: 'ETIMEDOUT' };
export const LOST_FAULT: RedisFault = { reason: LOST, code: 'ECONNRESET' };

/**
 * Returns the cause that an error shows. `undefined` means that the error is a reply about the
 * command, not about the server.
 */
export function faultOf(error: unknown): RedisFault | undefined {
  if (typeof error !== 'object' || error === null) return LOST_FAULT;
  const { name, message = '', code, lastNodeError } = error as ErrorParts;
  if (name === 'ReplyError') return replyFault(message);
  return lastNodeError === undefined || lastNodeError === null ? connectionFault(code) : faultOf(lastNodeError);
}

/** The cause that an error reply shows, given its text. */
function replyFault(text: string): RedisFault | undefined {
  const known = TEXTS.find(([start]) => text.startsWith(start));
  if (known !== undefined) return known[1];
  // Redis before 7 puts the refusal of a command inside a script behind other words.
  const [, inScript] = /script.*?-?(READONLY|MISCONF|OOM|NOREPLICAS|NOPERM) /.exec(text) ?? [];
  if (/can't (run this command|access at least one of the keys)/.test(text)) return named('NOPERM');
  return named(text.slice(0, text.indexOf(' '))) ?? (inScript === undefined ? undefined : named(inScript));
}

function connectionFault(code: unknown): RedisFault {
  if (typeof code !== 'string' || !CODE.test(code)) return LOST_FAULT;
  if (TLS_CODE.test(code)) return { reason: tlsReason(code), code };
  return named(code) ?? { reason: LOST, code };
}

function tlsReason(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'TLS certificate is for another host name';
  if (code === 'CERT_HAS_EXPIRED') return 'TLS certificate has expired';
  const isHandshake = code.startsWith('ERR_SSL') || code === 'EPROTO';
  return isHandshake ? 'TLS handshake failed' : 'TLS certificate is not trusted';
}

function named(code: string): RedisFault | undefined {
  const reason = REASONS.get(code);
  return reason === undefined ? undefined : { reason, code };
}

export function refusesWrites({ code }: RedisFault): boolean {
  return REFUSES_WRITES.has(code);
}

export function servesNothing({ code }: RedisFault): boolean {
  return SERVES_NOTHING.has(code);
}

/** True if dialling often would only repeat the refusal. */
export function needsOperator({ code }: RedisFault): boolean {
  return NEEDS_OPERATOR.has(code) || TLS_CODE.test(code);
}
