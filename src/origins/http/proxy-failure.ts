import { AxiosError } from 'axios';
import type { OriginFault } from '../../kernel/errors.js';

/** Why a forward proxy opened no connection. */
export type ProxyFault = Extract<OriginFault, 'proxy_unreachable' | 'proxy_refused' | 'proxy_failed' | 'proxy_timeout'>;

/** The forward proxy opened no connection. The host behind it got nothing. */
export class ProxyFailure extends Error {
  constructor(
    readonly fault: ProxyFault,
    /** The code of the error, as Node reports it. */
    readonly code: string,
    /** The status of the proxy's answer. `undefined` means that there was none. */
    readonly status?: number,
  ) {
    super(fault);
  }
}

/** The failure of a proxy inside the error of a request. */
export function proxyFailureOf(error: unknown): ProxyFailure | undefined {
  const cause: unknown = error instanceof AxiosError ? error.cause : error;
  return cause instanceof ProxyFailure ? cause : undefined;
}
