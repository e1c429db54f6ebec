import type { LockOwner } from '../agent-store.js';

/** Reads the locks of a call, one line per caller: `<caller hash> <token> <agent>`. */
export function callOwners(lines: string): Omit<LockOwner, 'tenant'>[] {
  return lines.split('\n').flatMap((line) => {
    const [, token, agentId] = line.split(' ');
    return token === undefined || agentId === undefined ? [] : [{ agentId, token }];
  });
}
