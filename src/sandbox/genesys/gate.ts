import type { Answer, Exchange } from '../exchange.js';
import { bearerOf, type TokenLedger } from '../login/token-ledger.js';
import type { ApiSwitches } from './api-switches.js';
import { CallBudget } from './call-budget.js';
import type { ClientBook } from './client-book.js';
import { NOBODY, type ClientTally } from './client-counts.js';
import { platformError, tooManyRequests } from './platform-error.js';

interface Kept {
  readonly ledger: TokenLedger;
  readonly clients: ClientBook;
  readonly tally: ClientTally;
  readonly budget: CallBudget;
  readonly switches: () => ApiSwitches;
}

/** Who is let in to the platform API: a good token, a call left in its minute, and the permission the route asks for. */
export class Gate {
  constructor(private readonly kept: Kept) {}

  clientOf({ request }: Exchange): string {
    return this.kept.ledger.holder(bearerOf(request.headers.authorization) ?? '')?.clientId ?? NOBODY;
  }

  /** Counts the call, and its refusal. */
  turnedAway(exchange: Exchange, permission: string | undefined): Answer | undefined {
    const { tally, ledger } = this.kept;
    const token = bearerOf(exchange.request.headers.authorization);
    const holder = token === undefined ? undefined : ledger.holder(token);
    const clientId = holder?.clientId ?? NOBODY;
    tally.count(clientId, 'apiCalls');
    if (token === undefined || holder?.standing !== 'good') {
      tally.count(clientId, 'unauthorized');
      return token === undefined ? tokenMissing() : platformError(401, 'bad.credentials', 'Invalid login credentials.');
    }
    return this.overBudget(clientId, token) ?? this.forbidden(clientId, permission);
  }

  private overBudget(clientId: string, token: string): Answer | undefined {
    const { callsPerMinute, countedBy } = this.kept.switches();
    if (callsPerMinute === null) return undefined;
    const retryAfterS = this.kept.budget.take(countedBy === 'client' ? clientId : token, callsPerMinute);
    if (retryAfterS === undefined) return undefined;
    this.kept.tally.count(clientId, 'rateLimited');
    return tooManyRequests(retryAfterS);
  }

  private forbidden(clientId: string, permission: string | undefined): Answer | undefined {
    const permissions = this.kept.clients.byId(clientId)?.permissions ?? [];
    if (permission === undefined || permissions.includes(permission)) return undefined;
    this.kept.tally.count(clientId, 'forbidden');
    const needed = 'You must have at least one of the following permissions assigned';
    const message = `Unable to perform the requested action. ${needed}: [${permission}]`;
    return platformError(403, 'missing.any.permissions', message);
  }
}

function tokenMissing(): Answer {
  const message = 'No authentication bearer token specified in authorization header.';
  return platformError(401, 'authentication.required', message);
}
