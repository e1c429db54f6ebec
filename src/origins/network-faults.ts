/** The meaning of the error codes of Node's sockets, for every driver. */
import type { OriginFault } from '../kernel/errors.js';

/** Errors after which the origin cannot have received the call. */
export const NEVER_ARRIVED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
]);

const FAULTS: Readonly<Record<string, OriginFault>> = {
  ECONNREFUSED: 'connection_refused',
  ENOTFOUND: 'name_not_resolved',
  EAI_AGAIN: 'name_not_resolved',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ETIMEDOUT: 'unreachable',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  ECONNABORTED: 'connection_lost',
  ERR_BAD_RESPONSE: 'connection_lost',
  ERR_STREAM_PREMATURE_CLOSE: 'connection_lost',
};
const TLS_FAULT =
  /^(ERR_(TLS|SSL|OSSL)_|EPROTO$|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA$|HOSTNAME_MISMATCH$)/;

/** The fault of an error code of Node. */
export function faultOfCode(code: string): OriginFault {
  if (TLS_FAULT.test(code)) return 'tls';
  return code.startsWith('EAI_') ? 'name_not_resolved' : (FAULTS[code] ?? 'other');
}
