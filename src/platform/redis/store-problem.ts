import type { StoreStatus } from './store-status.js';

/** The problem of a Redis that serves badly or refuses writes, for the health page. */
export interface StoreProblem {
  readonly message: string;
  readonly reason: string;
  /** The code of Node, OpenSSL or Redis. */
  readonly code: string;
  /** Missing permissions, as rules of `ACL SETUSER`. */
  readonly missing?: readonly string[];
}

/** Returns `undefined` if Redis serves and takes writes. The page is open: it names no address. */
export function storeProblem({ unavailable, writes, missing }: StoreStatus): StoreProblem | undefined {
  if (unavailable !== undefined) {
    const { reason, code } = unavailable;
    return { message: 'away', reason, code };
  }
  if (writes !== undefined) {
    const { reason, code } = writes;
    return { message: 'writes refused', reason, code };
  }
  if (missing.length === 0) return undefined;
  const reason = 'permission denied: the ACL user lacks a command, a key or a channel';
  return { message: 'permissions missing', reason, code: 'NOPERM', missing };
}
