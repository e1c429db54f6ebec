import { StoreUnavailable } from '../../kernel/errors.js';
import type { NodeHealth } from './node-health.js';
import { faultOf, LOST_FAULT, refusesWrites, servesNothing, type RedisFault } from './redis-fault.js';

/** Why a command failed, as counted in the metrics. */
export type RedisErrorKind = 'timeout' | 'connection' | 'reply' | 'breaker_open';

/** The reply of a cluster whose slot is moving. The command was not executed. */
const TRY_AGAIN = 'TRYAGAIN ';
/**
 * Replies of another node than the node that has the slot. Such replies say nothing about the node
 * that has the slot.
 */
const REDIRECTION = /^(ASK|MOVED) /;

/** A failed command, with the kind that is counted if its caller gets the failure. */
export class FailedCommand extends StoreUnavailable {
  constructor(
    message: string,
    readonly kind: RedisErrorKind,
  ) {
    super(message);
  }
}

/** The server has not executed the command: it may be sent again. */
export class NotExecuted extends FailedCommand {
  constructor(
    message: string,
    kind: RedisErrorKind,
    /** Why the slot of the key could not be used. `undefined` means that no slot moves. */
    readonly slotMoves?: 'moving' | 'redirected',
  ) {
    super(message, kind);
  }
}

/** Notes in the health of the node what an error of a command shows, and returns the failure. */
export function commandFailure(health: NodeHealth, error: unknown): FailedCommand {
  const reply = error instanceof Error && error.name === 'ReplyError' ? error.message : undefined;
  const fault = faultOf(error);
  if (reply === undefined) {
    health.failed(fault ?? LOST_FAULT);
    return new FailedCommand('the store cannot be reached', 'connection');
  }
  if (REDIRECTION.test(reply)) return new NotExecuted('the slot of the key moves', 'reply', 'redirected');
  if (fault !== undefined && servesNothing(fault)) {
    health.failed(fault);
    return refusedByServer(reply);
  }
  health.succeeded();
  if (fault !== undefined) noteRefusal(health, fault);
  if (reply.startsWith(TRY_AGAIN)) return new NotExecuted('the slot of the key moves', 'reply', 'moving');
  return new FailedCommand('the store refused a command', 'reply');
}

/** Remembers a refusal of a server that still answers, for the log and the health page. */
export function noteRefusal(health: NodeHealth, fault: RedisFault): void {
  if (refusesWrites(fault)) health.writeFault = fault;
  if (fault.code === 'NOPERM') health.permissionRefused = true;
}

/** A script that met the refusal half-way names itself: a part of it was executed. */
function refusedByServer(reply: string): FailedCommand {
  const message = 'the store cannot serve now';
  return reply.includes('script') ? new FailedCommand(message, 'reply') : new NotExecuted(message, 'reply');
}
