import type { Answer, Exchange, Routes } from '../exchange.js';
import type { FrontDesk } from '../front-desk.js';
import type { LoginSwitches } from '../login/login-switches.js';
import { posted } from '../login/posted.js';
import { tokenAnswer } from '../login/token-answer.js';
import type { TokenLedger } from '../login/token-ledger.js';
import type { ClientBook } from './client-book.js';
import { NOBODY, type ClientTally } from './client-counts.js';

/** As the counters name it. */
export const TOKEN_ROUTE = '/oauth/token';

interface Login {
  readonly desk: FrontDesk;
  readonly clients: ClientBook;
  readonly ledger: TokenLedger;
  readonly tally: ClientTally;
  readonly switches: () => LoginSwitches;
}

/** `login.<region>` of the platform: its token endpoint, for the client-credentials grant. */
export function loginRoutes(login: Login): Routes {
  return (exchange) => {
    if (exchange.path !== TOKEN_ROUTE) return false;
    void posted(exchange, (body) => {
      const { id, secret } = basicOf(exchange);
      login.tally.count(login.clients.byId(id) === undefined ? NOBODY : id, 'tokenRequests');
      login.desk.take(exchange, TOKEN_ROUTE, () => answerTo(login, { id, secret, body }));
    });
    return true;
  };
}

function answerTo(login: Login, { id, secret, body }: { id: string; secret: string; body: string }): Answer {
  const switches = login.switches();
  const client = login.clients.byId(id);
  if (client === undefined) return refused(switches.refusalStatus, 'invalid_client', 'client not found');
  if (client.secret !== secret) return refused(switches.refusalStatus, 'invalid_client', 'authentication failed');
  if (new URLSearchParams(body).get('grant_type') !== 'client_credentials') {
    return refused(400, 'unsupported_grant_type', 'grant_type must be client_credentials');
  }
  login.tally.count(id, 'tokensGiven');
  const scope = client.scope === null ? {} : { scope: client.scope };
  return tokenAnswer({ access_token: login.ledger.give(id, switches.lifeS * 1000), ...scope }, switches);
}

/** The login host says it in both words. */
function refused(status: number, error: string, description: string): Answer {
  return { status, body: { error, description, error_description: description } };
}

function basicOf({ request }: Exchange): { readonly id: string; readonly secret: string } {
  const encoded = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':');
  return { id, secret: secret.join(':') };
}
